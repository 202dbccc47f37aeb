"""What PagerDuty tells us of its incidents, by webhooks v3.

https://developer.pagerduty.com/docs/verifying-webhook-signatures has the signature.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from routing.channels import hook
from routing.channels.answer import Answer, Person, Word
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


def heard(
    body: bytes, headers: Mapping[str, str], *, secrets: Sequence[Secret | None], now: float
) -> Sequence[Answer]:
    """The answers of people in a request signed with any of the secrets. Raises `Unheard`.

    Most of what a program did is what we ourselves told PagerDuty. That it acknowledged matters
    where the incident was opened meanwhile, and that an acknowledgement has timed out always; that
    it resolved does not, for its alerts go on.
    """
    given = headers.get("x-pagerduty-signature", "").split(",")[:_MOST_SIGNATURES]
    hook.check_genuine(body, given, secrets, prefix="v1=")
    event = hook.read(body, _told.decode).event
    hook.check_fresh(event.occurred_at, now=now, oldest_s=OLDEST_S)
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
