"""The labels by which issues are found again: of an incident, and of its group."""

import re
from hashlib import sha256

from routing.notification import Notification

_LABEL_SAFE = re.compile(r"[A-Za-z0-9_.-]{1,200}")


def group_label(notification: Notification) -> str:
    """The label that the issues of one group have in common."""
    return f"tocsin_group-{short(notification.incident.group_key)}"


def label(incident_id: str) -> str:
    """The label by which an incident's issue is found again.

    >>> label("7f3a")
    'tocsin-7f3a'
    """
    if _LABEL_SAFE.fullmatch(incident_id):
        return f"tocsin-{incident_id}"
    return f"tocsin-{short(incident_id)}"


def short(text: str) -> str:
    """A text as sixteen hexadecimal digits."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
