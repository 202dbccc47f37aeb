"""What Jira tells us of its issues, by webhooks with a secret.

https://developer.atlassian.com/cloud/jira/platform/webhooks/ has the signature.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from routing.channels.answer import Answer, Person, Unheard, key_of
from routing.digest import digest
from routing.secret import Secret

_MOST = 20  # incidents of one issue that was opened again and again
LABEL = "tocsin-"  # what the label of an incident's issue begins with
OLDEST_S = 24 * 3600.0


class _User(Struct, frozen=True, rename="camel"):
    account_id: str = ""
    name: str = ""
    display_name: str = ""
    email_address: str = ""


class _Category(Struct, frozen=True):
    key: str = ""


class _Status(Struct, frozen=True, rename="camel"):
    status_category: _Category = _Category()


class _Fields(Struct, frozen=True):
    labels: list[str] = []
    status: _Status = _Status()


class _Issue(Struct, frozen=True):
    key: str = ""
    fields: _Fields = _Fields()


class _Item(Struct, frozen=True):
    field: str = ""


class _Changes(Struct, frozen=True):
    items: list[_Item] = []


class _Told(Struct, frozen=True, rename={"event": "webhookEvent", "at_ms": "timestamp"}):
    event: str
    at_ms: int
    user: _User = _User()
    issue: _Issue = _Issue()
    changelog: _Changes = _Changes()


_told = msgspec.json.Decoder(_Told)


def signature(body: bytes, key: bytes) -> str:
    """What Jira writes into `X-Hub-Signature`.

    >>> signature(b"{}", b"a secret")[:16]
    'sha256=c424c6f59'
    """
    return "sha256=" + hmac.new(key, body, sha256).hexdigest()


def heard(
    body: bytes, headers: Mapping[str, str], *, secret: Secret | None, own: str, now: float
) -> Sequence[Answer]:
    """The answers of people in a request. Raises `Unheard`.

    Only an issue that moves to a status of the category "done" says something: whatever the
    resolution, its incident is closed. `own` is the mail address we work with.
    """
    given = headers.get("x-hub-signature", "").strip().encode("utf-8", "replace")
    if not hmac.compare_digest(signature(body, key_of(secret)).encode(), given):
        raise Unheard("not_genuine")
    try:
        told = _told.decode(body)
        at = datetime.fromtimestamp(told.at_ms / 1000, UTC)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, OverflowError, OSError):
        raise Unheard("unreadable") from None
    if now - at.timestamp() > OLDEST_S:
        raise Unheard("stale")
    is_own = bool(own) and told.user.email_address.casefold() == own.casefold()
    return () if is_own or not _is_closed(told) else _answers(told, at, body)


def _is_closed(told: _Told) -> bool:
    """Whether this is the moment at which the issue was done."""
    has_moved = any(item.field == "status" for item in told.changelog.items)
    is_done = told.issue.fields.status.status_category.key == "done"
    return told.event == "jira:issue_updated" and has_moved and is_done


def _answers(told: _Told, at: datetime, body: bytes) -> Sequence[Answer]:
    labels = [one for one in told.issue.fields.labels if one.startswith(LABEL)]
    user = told.user
    who = Person(addresses=(user.account_id, user.email_address, user.name), name=user.display_name)
    name = digest(sha256(body).hexdigest(), chars=20)
    return [
        Answer(
            incident_id=label.removeprefix(LABEL),
            word="resolve",
            by=who,
            id=f"jira:{name}-{number}" if number else f"jira:{name}",
            at=at,
        )
        for number, label in enumerate(labels[:_MOST])
    ]
