"""The thread that the mails of an incident are in: their headers, and the handle that goes on."""

import re
from email.utils import format_datetime
from hashlib import sha256

from routing.alert import Severity
from routing.channels.channel import Message
from routing.channels.mail_addresses import bare, recipients
from routing.channels.summary import Summary
from routing.channels.text import clean
from routing.notification import Notification

UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


def headers_of(notification: Notification, summary: Summary, sender: str) -> dict[str, str]:
    """The headers of a mail; the same notification always has the same Message-ID."""
    handle = notification.handle
    domain = bare(sender).rpartition("@")[2] or "localhost"
    mine = _message_id(notification, domain)
    known = handle.get("root", "")
    root = known or (_message_id(notification, domain, 0) if notification.attempt > 1 else mine)
    whose = notification.incident.receiver or notification.incident.route
    team = UNSAFE.sub("-", whose).strip("-.").lower()[:60] or "all"
    # "=?" begins an encoded word, which could hold a line feed that ends the header.
    subject = handle.get("subject") or clean(f"[{team}] {summary.title}".replace("=?", "= ?"), 180)
    headers = {
        "Message-ID": mine,
        "Date": format_datetime(summary.at),
        "From": sender,
        "To": ", ".join(recipients(notification.contact.address, strict=False)),
        "Subject": f"Re: {subject}" if mine != root else subject,
        "List-Id": f"Tocsin <{team}.{domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Tocsin-Incident": clean(notification.incident.id, 120).replace("=?", "= ?"),
        "X-Tocsin-Reason": notification.reason.value,
    }
    if mine != root:
        last = handle.get("last") or root
        headers |= {"In-Reply-To": last, "References": " ".join(dict.fromkeys((root, last)))}
    if summary.state == "firing" and summary.severity is Severity.CRITICAL:
        headers["Importance"] = "high"
    return headers


def _message_id(notification: Notification, domain: str, sequence: int | None = None) -> str:
    """`<inc-ID.SEQUENCE.CONTACT@domain>`.

    The contact is part of it, or else a mailbox that is reached as two contacts would take the
    second mail for a copy of the first and hide it.
    """
    incident = UNSAFE.sub("-", clean(notification.incident.id, 120))
    contact = f"{notification.contact.channel}\n{notification.contact.address}"
    short = sha256(contact.encode("utf-8", "replace")).hexdigest()[:8]
    count = notification.sequence if sequence is None else sequence
    return f"<inc-{incident}.{count}.{short}@{UNSAFE.sub('-', domain)}>"


def handle_of(message: Message) -> dict[str, str]:
    """What the next mail of the thread has to know of this one."""
    headers = message.payload["headers"]
    mine = headers["Message-ID"]
    handle = message.notification.handle
    subject = handle.get("subject") or headers["Subject"]
    return {"root": handle.get("root") or mine, "last": mine, "subject": subject}
