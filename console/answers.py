"""Answers of people that come through channels, as commands in the log.

A command that changes nothing is not written: most of those are our own, coming back.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, Protocol

import structlog

from console import pressed
from console.commands import Command
from console.desk import Desk
from console.errors import LogUnavailable, Refused
from routing.channels.answer import Answer, Person, Recognising, Word
from routing.channels.text import clean
from routing.event import Acknowledge, Reassign, Reopen, Resolve, SetSilence
from routing.incident import Incident, IncidentState
from routing.labels import Matcher
from routing.policy import Silence, User
from routing.wording import channel as written

SILENCED_FOR = timedelta(hours=1)
NAME_LIMIT = 80
LEEWAY = timedelta(minutes=1)
_PLAIN: dict[Word, type[Acknowledge] | type[Reopen] | type[Resolve]] = {
    "acknowledge": Acknowledge,
    "reopen": Reopen,
    "resolve": Resolve,
}
Outcome = Literal["written", "already", "late", "unknown", "refused"]

log = structlog.get_logger()


class Through(Protocol):
    """The channel that an answer came through."""

    kind: str
    name: str


async def carry_out(desk: Desk, through: Through, answer: Answer) -> Outcome:
    """Write what the answer stands for. Raises `LogUnavailable` where that cannot be done now."""
    incident = desk.projection.incident(answer.incident_id)
    if incident is None:
        if not desk.health().is_live:
            raise LogUnavailable("the console is still reading the incidents")
        return "unknown"
    by = name_of(desk.users, through.name, await _recognised(desk.users, through, answer.by))
    if is_so(incident, answer.word, "" if answer.is_automatic else by):
        return "already"
    if _is_late(incident, answer):
        return "late"
    try:
        await _write(desk, incident, answer, by=by, through=through)
    except Refused as error:
        log.info("answer refused", command=answer.word, incident=incident.id, reason=str(error))
        return "refused"
    log.info("command sent", command=answer.word, incident=incident.id, by=by, via=through.kind)
    return "written"


def is_so(incident: Incident, word: Word, by: str = "") -> bool:
    """Whether an answer would change nothing, as far as the console knows."""
    if word == "not-useful":
        return False
    if incident.state is IncidentState.RESOLVED:
        return True
    if word == "acknowledge":
        is_taken = incident.state is IncidentState.ACKNOWLEDGED and not incident.is_snoozed
        return is_taken and by in (incident.acknowledged_by, "")
    return word == "reopen" and incident.state is IncidentState.OPEN


def _is_late(incident: Incident, answer: Answer) -> bool:
    """Whether it was said before the incident became what it is now.

    An acknowledgement or an end may be a little older than that: what opened the incident was
    said earlier than it arrived.
    """
    is_opening = answer.word in ("reopen", "reassign")
    since = incident.acknowledged_at if is_opening else incident.reopened_at
    leeway = timedelta(0) if is_opening else LEEWAY
    return answer.at is not None and since is not None and answer.at < since - leeway


def name_of(users: Iterable[User], channel: str, person: Person) -> str:
    """Our user by address, else by the name that is shown; else that name as it is."""
    user = user_of(users, channel, person)
    known = user.name if user else person.name or next(iter(person.addresses), "")
    return clean(known, NAME_LIMIT) or "Somebody"


def user_of(users: Iterable[User], channel: str, person: Person) -> User | None:
    """The user that a person is, where there is exactly one such.

    A mail address stands for the same person in every channel, other addresses in their own.
    """
    known = list(users)
    given = {address.casefold() for address in person.addresses if address}
    shown = person.name.casefold().strip().removeprefix("@")
    by_address = [
        user
        for user in known
        if any(
            contact.address.casefold() in given
            and (contact.channel == channel or "@" in contact.address)
            for contact in user.contacts
        )
    ]
    by_name = [u for u in known if shown and shown in (u.name.casefold(), u.full_name.casefold())]
    found = by_address or by_name
    return found[0] if len(found) == 1 else None


async def _recognised(users: Iterable[User], through: Through, person: Person) -> Person:
    """Somebody we do not know, with all that the provider knows of them."""
    if not isinstance(through, Recognising) or user_of(users, through.name, person) is not None:
        return person
    return await through.recognise(person)


def silence_of(incident: Incident, *, by: str, via: str, now: datetime) -> Silence:
    """What mutes the alerts of an incident for an hour: the labels that they all share.

    Raises `Refused` where they share none, which would mute everything.
    """
    alerts = [alert.labels.items() for alert in incident.firing or incident.alerts.values()]
    shared = set(alerts[0]).intersection(*alerts[1:]) if alerts else set()
    if not shared:
        raise Refused("its alerts share no label: make a silence by hand")
    return Silence(
        id=f"hour-{incident.id}",
        matchers=tuple(Matcher(name=name, op="=", value=value) for name, value in sorted(shared)),
        starts_at=now,
        ends_at=now + SILENCED_FOR,
        created_by=by,
        comment=f"Incident {incident.id}, by {written(via)}",
    )


async def _write(
    desk: Desk, incident: Incident, answer: Answer, *, by: str, through: Through
) -> None:
    if answer.word == "not-useful":
        await pressed.carry_out(desk, incident, "not-useful", by=by)
        return
    await desk.commands.write(_command(desk, incident, answer, by=by, through=through))


def _command(
    desk: Desk, incident: Incident, answer: Answer, *, by: str, through: Through
) -> Command:
    via = through.kind
    if answer.word == "silence":
        return SetSilence(silence_of(incident, by=by, via=via, now=desk.now()))
    if answer.word == "reassign":
        return _reassign(desk, incident, answer, by=by, through=through)
    return _PLAIN[answer.word](incident_id=incident.id, by=by, via=via, id=answer.id)


def _reassign(
    desk: Desk, incident: Incident, answer: Answer, *, by: str, through: Through
) -> Command:
    """To our user; given to somebody we do not know, it is at least nobody's here any more."""
    via, to = through.kind, user_of(desk.users, through.name, answer.to or Person())
    if to is not None:
        return Reassign(
            incident_id=incident.id, by=by, via=via, kind="user", name=to.name, id=answer.id
        )
    if incident.state is IncidentState.OPEN:
        raise Refused("nobody of our users is whom it was given to")
    return Reopen(incident_id=incident.id, by=by, via=via, id=answer.id)
