"""`tocsin incident` on a real broker."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from console import view
from routing.event import Acknowledge, Escalate, Reassign, Reopen, Resolve, Snooze
from routing.incident import IncidentState
from streams import clock
from tests.console.scene import acknowledged, paged_incident
from tests.streams.incidents.desk import Desk

ID = "inc-7f3a9c"


@pytest.fixture
def desk(bootstrap: str, prefix: str, tmp_path: Path) -> Desk:
    return Desk(bootstrap, prefix, tmp_path)


def test_incidents_are_listed_and_one_is_told(desk: Desk) -> None:
    over = paged_incident(id="inc-over", state=IncidentState.RESOLVED)
    desk.show(paged_incident(), over)
    head, line = desk.run("incident", "list").splitlines()
    assert head.split() == ["ID", "STATE", "SEVERITY", "SINCE", "LEVEL", "BY", "TITLE"]
    assert line.startswith(f"{ID}  open")
    assert "inc-over" in desk.run("incident", "list", "--all")
    assert [one["id"] for one in json.loads(desk.run("incident", "list", "--json"))] == [ID]
    said = desk.run("incident", "show", ID)
    assert "escalation: " in said
    assert json.loads(desk.run("incident", "show", ID, "--json"))["id"] == ID


def test_a_digest_is_listed_as_one(desk: Desk) -> None:
    digest = paged_incident(digest_for="ana")
    desk.show(digest)
    assert f"Digest for ana: {digest.title}" in desk.run("incident", "list")
    assert f"Digest for ana: {digest.title}" in desk.run("incident", "show", ID)
    assert view.title(digest) == f"Digest for ana: {digest.title}"


def test_each_command_is_an_event_in_the_log(desk: Desk) -> None:
    desk.show(paged_incident())
    before = clock.now()
    assert "ana takes it" in desk.run("incident", "ack", ID)
    desk.run("incident", "snooze", ID, "--for", "1h", "--by", "Bruno")
    desk.run("incident", "reassign", ID, "--user", "ana")
    desk.run("incident", "escalate", ID)
    desk.run("incident", "resolve", ID)
    taken, put_off, given, raised, closed = desk.events()
    assert isinstance(taken, Acknowledge)
    assert (taken.incident_id, taken.by, taken.via) == (ID, "ana", "command line")
    assert isinstance(put_off, Snooze)
    assert put_off.by == "Bruno"
    assert timedelta(hours=1) <= put_off.until - before < timedelta(hours=1, minutes=2)
    assert isinstance(given, Reassign)
    assert (given.kind, given.name) == ("user", "ana")
    assert isinstance(raised, Escalate)
    assert raised.level == paged_incident().level
    assert isinstance(closed, Resolve)


def test_the_same_command_to_the_same_view_is_the_same_command(desk: Desk) -> None:
    desk.show(paged_incident())
    desk.run("incident", "escalate", ID)
    desk.run("incident", "escalate", ID, "--by", "Bruno")
    desk.show(paged_incident(version=99))
    desk.run("incident", "escalate", ID)
    first, second, third = (event.id for event in desk.events() if isinstance(event, Escalate))
    assert first == second != third


def test_what_was_taken_is_given_back(desk: Desk) -> None:
    desk.show(acknowledged(paged_incident()))
    assert "ana gives it back" in desk.run("incident", "unack", ID)
    (given_back,) = desk.events()
    assert isinstance(given_back, Reopen)


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("unack", ID), 1, "is not taken by anybody"),
        (("ack", "inc-none"), 1, "no incident inc-none: see tocsin incident list"),
        (("ack", "inc-over"), 1, "is resolved: nothing can be done"),
        (("snooze", ID), 2, "takes --for, such as --for 1h, or --until"),
        (("snooze", ID, "--for", "soon"), 2, "--for: "),
        (("snooze", ID, "--for", "60d"), 2, "within 30 days"),
        (("snooze", ID, "--until", "2020-01-01T00:00:00Z"), 2, "ends later than now"),
        (("snooze", ID, "--until", "2026-12-24T22:00:00"), 2, "say the zone"),
        (("reassign", ID), 2, "one of --user, --schedule and --policy"),
        (("reassign", ID, "--user", "anna"), 2, 'there is no user "anna" (did you mean "ana"?)'),
        (("reassign", ID, "--policy", "x"), 2, 'there is no policy "x"; there are: none'),
    ],
)
def test_what_cannot_be_done_is_said_and_not_written(
    desk: Desk, arguments: tuple[str, ...], code: int, problem: str
) -> None:
    desk.show(paged_incident(), paged_incident(id="inc-over", state=IncidentState.RESOLVED))
    assert problem in desk.run("incident", *arguments, code=code)
    assert desk.events() == []
