"""What PagerDuty tells us of its incidents, by webhooks v3.

https://developer.pagerduty.com/docs/verifying-webhook-signatures has the signature.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from routing.channels.answer import Answer, Person, Unheard, Word, key_of
from routing.channels.text import clean
from routing.secret import Secret

PREFIX = "tocsin:"  # what our dedup keys begin with
OLDEST_S = 49 * 3600.0  # PagerDuty tries for two days
_SAYS: Mapping[str, Word] = {
    "incident.acknowledged": "acknowledge",
    "incident.unacknowledged": "reopen",
    "incident.resolved": "resolve",
    "incident.reassigned": "reassign",
}
_AUTOMATIC = frozenset({"acknowledge", "reopen"})
_MOST_SIGNATURES = 20


class _Reference(Struct, frozen=True):
    id: str = ""
    type: str = ""
    summary: str | None = None


class _Data(Struct, frozen=True):
    incident_key: str | None = None
    assignees: list[_Reference] = []


class _Event(Struct, frozen=True):
    id: str
    event_type: str
    occurred_at: datetime
    agent: _Reference | None = None
    data: _Data | None = None


class _Told(Struct, frozen=True):
    event: _Event


_told = msgspec.json.Decoder(_Told)


def signature(body: bytes, key: bytes) -> str:
    """One of what PagerDuty writes into `X-PagerDuty-Signature`.

    >>> signature(b"{}", b"a secret")[:12]
    'v1=c424c6f59'
    """
    return "v1=" + hmac.new(key, body, sha256).hexdigest()


def heard(
    body: bytes, headers: Mapping[str, str], *, secret: Secret | None, now: float
) -> Sequence[Answer]:
    """The answers of people in a request. Raises `Unheard`.

    Most of what a program did is what we ourselves told PagerDuty. That it acknowledged matters
    where the incident was opened meanwhile, and that an acknowledgement has timed out always; that
    it resolved does not, for its alerts go on.
    """
    wanted = signature(body, key_of(secret)).encode()
    given = headers.get("x-pagerduty-signature", "").split(",")[:_MOST_SIGNATURES]
    found = [hmac.compare_digest(wanted, one.strip().encode("utf-8", "replace")) for one in given]
    if not any(found):
        raise Unheard("not_genuine")
    try:
        event = _told.decode(body).event
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unheard("unreadable") from None
    if event.occurred_at.tzinfo is None:
        raise Unheard("unreadable")
    if now - event.occurred_at.timestamp() > OLDEST_S:
        raise Unheard("stale")
    return _answers(event)


def _answers(event: _Event) -> Sequence[Answer]:
    word, data = _SAYS.get(event.event_type), event.data or _Data()
    agent = event.agent or _Reference()
    is_person = agent.type in ("user_reference", "user")
    key = data.incident_key or ""
    if word is None or not key.startswith(PREFIX) or not (is_person or word in _AUTOMATIC):
        return ()
    return [
        Answer(
            incident_id=key.removeprefix(PREFIX),
            word=word,
            by=_person(agent) if is_person else Person(name="PagerDuty"),
            id=f"pagerduty:{clean(event.id, 80)}",
            to=_person(data.assignees[0]) if word == "reassign" and data.assignees else None,
            at=event.occurred_at,
            is_automatic=not is_person,
        )
    ]


def _person(reference: _Reference) -> Person:
    return Person(addresses=(reference.id,), name=reference.summary or "")
