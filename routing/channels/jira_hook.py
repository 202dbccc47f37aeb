"""What Jira tells us of its issues, by webhooks with a secret.

https://developer.atlassian.com/cloud/jira/platform/webhooks/ has the signature.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from routing.channels import hook
from routing.channels.answer import Answer, Person, Unheard, Word
from routing.digest import digest
from routing.secret import Secret

_MOST = 20  # incidents of one issue that was opened again and again
LABEL = "tocsin-"  # what the label of an incident's issue begins with
OLDEST_S = 24 * 3600.0


class _User(Struct, frozen=True, rename="camel"):
    account_id: str = ""
    key: str = ""
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
    to: object = None


class _Changes(Struct, frozen=True):
    items: list[_Item] = []


class _Told(Struct, frozen=True, rename={"event": "webhookEvent", "at_ms": "timestamp"}):
    event: str
    at_ms: int
    user: _User = _User()
    issue: _Issue = _Issue()
    changelog: _Changes = _Changes()


_told = msgspec.json.Decoder(_Told)


def heard(
    body: bytes, headers: Mapping[str, str], *, secret: Secret | None, own: str, now: float
) -> Sequence[Answer]:
    """The answers of people in a request. Raises `Unheard`.

    An issue that moves to a status of the category "done" closes its incident, whatever the
    resolution. Who gives an open one to themselves takes it: that is something which neither we
    nor Jira's own rules do, so that it is never our own doing that comes back. `own` is the mail
    address we work with.
    """
    hook.check_genuine(body, [headers.get("x-hub-signature", "")], [secret], prefix="sha256=")
    told = hook.read(body, _told.decode)
    at = _moment(told)
    hook.check_fresh(at, now=now, oldest_s=OLDEST_S)
    is_own = bool(own) and told.user.email_address.casefold() == own.casefold()
    word = None if is_own else _said(told)
    return () if word is None else _answers(told, at, body, word)


def _moment(told: _Told) -> datetime:
    try:
        return datetime.fromtimestamp(told.at_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unheard("unreadable") from None


def _said(told: _Told) -> Word | None:
    """What a person did with the issue, where that means anything to us."""
    changed = {item.field: item.to for item in told.changelog.items}
    is_done = told.issue.fields.status.status_category.key == "done"
    if told.event != "jira:issue_updated":
        return None
    if is_done:
        return "resolve" if "status" in changed else None
    who = {told.user.account_id, told.user.key, told.user.name} - {""}
    return "acknowledge" if changed.get("assignee") in who else None


def _answers(told: _Told, at: datetime, body: bytes, word: Word) -> Sequence[Answer]:
    labels = [one for one in told.issue.fields.labels if one.startswith(LABEL)]
    user = told.user
    who = Person(addresses=(user.account_id, user.email_address, user.name), name=user.display_name)
    name = digest(sha256(body).hexdigest(), chars=20)
    return [
        Answer(
            incident_id=label.removeprefix(LABEL),
            word=word,
            by=who,
            id=f"jira:{name}-{number}" if number else f"jira:{name}",
            at=at,
        )
        for number, label in enumerate(labels[:_MOST])
    ]
