"""What a pressed button writes, and whether its effect is seen by now."""

from types import MappingProxyType

import structlog

from config.marks.incident import series_of
from config.marks.marks import MOST_FEEDBACK
from console.desk import Desk
from console.errors import Refused
from console.handing import HANDS, Fields
from console.opinions import not_useful
from routing.event import Acknowledge, Resolve
from routing.incident import Incident, IncidentState
from routing.pressing import command_id

COMMANDS: dict[str, type[Acknowledge] | type[Resolve]] = {
    "acknowledge": Acknowledge,
    "resolve": Resolve,
}
SENT = {"acknowledge": IncidentState.ACKNOWLEDGED, "resolve": IncidentState.RESOLVED}

log = structlog.get_logger()


async def carry_out(
    desk: Desk,
    incident: Incident,
    word: str,
    *,
    by: str,
    mark_id: str = "",
    fields: Fields = MappingProxyType({}),
) -> None:
    """Write what the button `word` of an incident's page stands for.

    Raises `LogUnavailable`, or `Refused` where there is nothing that it could change.
    """
    if word == "not-useful":
        await _say_not_useful(desk, incident, by)
    elif word == "take-back":
        await _take_back(desk, incident, mark_id)
    elif incident.state is IncidentState.RESOLVED:
        return
    elif word in HANDS:
        await desk.commands.write(HANDS[word](desk, incident, fields, by))
    else:
        id_ = command_id(incident, word, by)
        command = COMMANDS[word](incident_id=incident.id, by=by, via="console", id=id_)
        await desk.commands.write(command)
    log.info("command sent", command=word, incident=incident.id, by=by)


async def _say_not_useful(desk: Desk, incident: Incident, by: str) -> None:
    if not series_of(incident):
        raise Refused("its alerts came from outside: there is no budget to change")
    if len(desk.projection.marks.feedback) >= MOST_FEEDBACK:
        raise Refused(
            f"feedback was given {MOST_FEEDBACK} times, which is all there may be: set the budget "
            "in a profile instead, and take some back"
        )
    mark = not_useful(incident, by=by)
    await desk.commands.mark(mark.id, mark)


async def _take_back(desk: Desk, incident: Incident, mark_id: str) -> None:
    marks = desk.projection.marks
    known = {mark.id for series in series_of(incident) for mark in marks.about(series)}
    if mark_id in known:  # otherwise it is taken back already
        await desk.commands.mark(mark_id, None)


def is_waiting(desk: Desk, incident: Incident, word: str) -> bool:
    """True while a button was pressed whose effect is not yet seen."""
    if word == "not-useful":
        known = {mark.id for mark in desk.projection.marks.feedback}
        return bool(series_of(incident)) and not_useful(incident, by="").id not in known
    if word == "snooze":
        return not incident.is_snoozed and incident.state is not IncidentState.RESOLVED
    expected = SENT.get(word)
    return expected is not None and incident.state not in (expected, IncidentState.RESOLVED)
