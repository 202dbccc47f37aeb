"""Layers from iCalendar files: what events become, whom they are for, and what is wrong where."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.errors import ConfigError
from config.loader import load
from config.oncall.export import calendar_text
from config.settings import Config
from config.watch import Watcher
from routing.oncall.schedule import Schedule
from routing.oncall.shifts import shifts
from tests.config.oncall.test_schedules import LAYER, SHOP
from tests.config.samples import ENVIRON, write

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Vienna")
CALENDAR = "      - calendar: rota.ics\n"


def ics(*events: str) -> str:
    body = "\n".join(
        f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT" for n, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//x//EN\n{body}\nEND:VCALENDAR\n"


def event(summary: str, start: str, end: str, *more: str) -> str:
    lines = (f"DTSTART;TZID=Europe/Vienna:{start}", f"DTEND;TZID=Europe/Vienna:{end}")
    return "\n".join((f"SUMMARY:{summary}", *lines, *more))


WEEKLY = event("ana", "20261102T090000", "20261109T090000", "RRULE:FREQ=WEEKLY;INTERVAL=2")


def loaded(
    tmp_path: Path, *events: str, layers: str = CALENDAR, now: datetime | None = NOW
) -> Config:
    (tmp_path / "rota.ics").write_text(ics(*events))
    return load(write(tmp_path, SHOP.replace(LAYER, layers)), environ=ENVIRON, now=now)


def schedule(tmp_path: Path, *events: str, layers: str = CALENDAR) -> Schedule:
    (one,) = loaded(tmp_path, *events, layers=layers).policy.schedules
    return one


def read(found: Schedule, days: int = 21, start: str = "2026-12-01") -> list[str]:
    begins = datetime.fromisoformat(start).replace(tzinfo=ZONE)
    return [
        f"{one.user or '-'} {one.starts_at.astimezone(ZONE):%m-%dT%H} "
        f"{one.ends_at.astimezone(ZONE):%m-%dT%H}"
        for one in shifts(found, begins, begins + timedelta(days=days))
    ]


def test_recurring_events_become_shifts_in_their_zone(tmp_path: Path) -> None:
    assert read(schedule(tmp_path, WEEKLY)) == [
        "ana 12-01T00 12-07T09",
        "- 12-07T09 12-14T09",
        "ana 12-14T09 12-21T09",
        "- 12-21T09 12-22T00",
    ]


def test_a_wall_clock_time_stays_through_daylight_saving(tmp_path: Path) -> None:
    daily = event("ana", "20261102T090000", "20261102T170000", "RRULE:FREQ=DAILY")
    found = read(schedule(tmp_path, daily), days=2, start="2027-03-27")
    assert found[1::2] == ["ana 03-27T09 03-27T17", "ana 03-28T09 03-28T17"]


def test_exceptions_moved_and_cancelled_events_count(tmp_path: Path) -> None:
    made = "\n".join((WEEKLY, "EXDATE;TZID=Europe/Vienna:20261130T090000"))
    moved = event(
        "bo",
        "20261215T090000",
        "20261216T090000",
        "RECURRENCE-ID;TZID=Europe/Vienna:20261214T090000",
    )
    text = ics(made, moved).replace("UID:1", "UID:0")
    cancelled = event("bo", "20261218T090000", "20261219T090000", "STATUS:CANCELLED")
    (tmp_path / "rota.ics").write_text(
        text.replace(
            "END:VCALENDAR", f"BEGIN:VEVENT\nUID:9\n{cancelled}\nEND:VEVENT\nEND:VCALENDAR"
        )
    )
    file = write(tmp_path, SHOP.replace(LAYER, CALENDAR))
    (found,) = load(file, environ=ENVIRON, now=NOW).policy.schedules
    assert read(found) == [
        "- 12-01T00 12-15T09",
        "bo 12-15T09 12-16T09",
        "- 12-16T09 12-22T00",
    ]


def test_days_and_times_without_a_zone_are_those_of_the_schedule(tmp_path: Path) -> None:
    day = "SUMMARY:ana\nDTSTART;VALUE=DATE:20261202\nDTEND;VALUE=DATE:20261204"
    floating = "SUMMARY:bo\nDTSTART:20261205T080000\nDURATION:PT4H"
    assert read(schedule(tmp_path, day, floating), days=6) == [
        "- 12-01T00 12-02T00",
        "ana 12-02T00 12-04T00",
        "- 12-04T00 12-05T08",
        "bo 12-05T08 12-05T12",
        "- 12-05T12 12-07T00",
    ]


@pytest.mark.parametrize(
    ("about", "lines"),
    [
        ("a user's name", "SUMMARY:Ana"),
        ("a full name", "SUMMARY:ANA NOVAK"),
        ("a text of `names`", "SUMMARY:Ana N. (primary)"),
        ("an attendee's name", "SUMMARY:on call\nATTENDEE;CN=ana:mailto:x@y.example"),
        ("an attendee's address", "SUMMARY:on call\nATTENDEE:mailto:a.novak@shop.example"),
        ("one of two attendees", "SUMMARY:x\nATTENDEE:mailto:z@y.at\nATTENDEE;CN=Ana:mailto:q@y"),
    ],
)  # fmt: skip
def test_an_event_is_for_whom_it_names(tmp_path: Path, about: str, lines: str) -> None:
    layers = CALENDAR + ("        names: {'Ana N. (primary)': ana, A.Novak@shop.example: ana}\n")
    text = SHOP.replace(LAYER, layers).replace("  ana:\n", "  ana:\n    full_name: Ana Novak\n")
    span = "DTSTART:20261201T000000Z\nDTEND:20261208T000000Z"
    (tmp_path / "rota.ics").write_text(ics(f"{lines}\n{span}"))
    (found,) = load(write(tmp_path, text), environ=ENVIRON, now=NOW).policy.schedules
    assert [shift.user for shift in found.layers[0].shifts] == ["ana"], about


def test_a_rotation_is_beneath_a_calendar_and_restrictions_hold(tmp_path: Path) -> None:
    night = "        restrictions: [{start_time: '22:00', end_time: '06:00'}]\n"
    layers = LAYER.replace("[ana]", "[bo]") + CALENDAR + night
    assert read(schedule(tmp_path, WEEKLY, layers=layers), days=1) == [
        "ana 12-01T00 12-01T06",
        "bo 12-01T06 12-01T22",
        "ana 12-01T22 12-02T00",
    ]


def test_of_two_that_overlap_the_later_holds_and_it_is_said(tmp_path: Path) -> None:
    other = event("bo", "20261203T000000", "20261204T000000")
    config = loaded(tmp_path, WEEKLY, other)
    assert read(config.policy.schedules[0], days=4) == [
        "ana 12-01T00 12-03T00",
        "bo 12-03T00 12-04T00",
        "ana 12-04T00 12-05T00",
    ]
    said = [one for one in config.warnings if "overlaps" in one.message]
    assert [(one.place.file.name, one.place.line) for one in said] == [("rota.ics", 13)]


def test_calendars_are_read_for_a_year_ahead_at_least(tmp_path: Path) -> None:
    layer = schedule(tmp_path, WEEKLY).layers[0]
    assert layer.ends_at is not None
    assert layer.starts_at < NOW < layer.ends_at - timedelta(days=366)
    assert layer.shifts[-1].ends_at > layer.ends_at - timedelta(days=28)


def test_without_an_instant_no_calendar_is_read(tmp_path: Path) -> None:
    config = loaded(tmp_path, WEEKLY, now=None)
    assert config.policy.schedules[0].layers[0].shifts == ()


SOMEBODY = event("Zoe", "20261201T090000", "20261202T090000", "RRULE:FREQ=DAILY")
PAST = event("Zoe", "20251201T090000", "20251202T090000")


def test_who_is_gone_may_stand_in_the_past(tmp_path: Path) -> None:
    assert loaded(tmp_path, PAST, WEEKLY).policy.schedules[0].layers[0].shifts


@pytest.mark.parametrize(
    ("about", "text", "line", "message"),
    [
        ("an unknown user, once", ics(WEEKLY, SOMEBODY), 13, '"Zoe" is no user: name the event'),
        ("a misspelt user", ics(WEEKLY.replace("ana", "anna")), 6, 'did you mean "ana"?'),
        ("no summary", ics("DTSTART:20261201T000000Z\nDURATION:P1D"), 4, "without a summary"),
        ("no calendar", "hello\n", 1, "not an iCalendar file"),
        ("nothing", "", 1, "not an iCalendar file"),
        ("a bad rule", ics(WEEKLY.replace("WEEKLY", "SOMETIMES")), 6, "bad RRULE"),
        ("a bad date", ics(WEEKLY.replace("20261102T", "2026T")), 6, "bad DTSTART"),
        ("no start", ics("SUMMARY:ana"), 6, "no DTSTART"),
        ("an unknown zone", ics(WEEKLY.replace("Europe/Vienna", "Mars/Base")), 6, "zone Mars/Base"),
        ("a backward event", ics(WEEKLY.replace("20261109T", "20261101T")), 6, "ends before"),
        ("far too often", ics(WEEKLY.replace("FREQ=WEEKLY", "FREQ=MINUTELY")), 6, "too frequent"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_calendar_is_said_with_its_line(
    tmp_path: Path, about: str, text: str, line: int, message: str
) -> None:
    (tmp_path / "rota.ics").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(write(tmp_path, SHOP.replace(LAYER, CALENDAR)), environ=ENVIRON, now=NOW)
    (problem,) = (one for one in raised.value.problems if one.level == "error")
    assert message in problem.message, about
    assert (problem.place.file.name, problem.place.line) == ("rota.ics", line), about


def test_a_calendar_that_is_not_there_is_said_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(write(tmp_path, SHOP.replace(LAYER, CALENDAR)), environ=ENVIRON, now=NOW)
    (problem,) = (one for one in raised.value.problems if one.level == "error")
    assert "rota.ics cannot be read: No such file" in problem.message
    assert (problem.place.line, problem.place.text) == (
        SHOP[: SHOP.index(LAYER)].count("\n") + 1,
        "rota.ics",
    )


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (CALENDAR + "        turn: 1w\n", "has a calendar: leave `turn` out"),
        (CALENDAR + "        names: {A: anna}\n", 'did you mean "ana"?'),
    ],
)
def test_a_layer_is_a_rotation_or_a_calendar(tmp_path: Path, layer: str, message: str) -> None:
    with pytest.raises(ConfigError, match="layers\\[0\\]") as raised:
        loaded(tmp_path, WEEKLY, layers=layer)
    assert message in raised.value.render()


def test_an_edit_of_a_calendar_and_a_new_month_are_noticed(tmp_path: Path) -> None:
    config = loaded(tmp_path, WEEKLY)
    watcher = Watcher(
        tmp_path / "tocsin.yaml",
        environ=ENVIRON,
        digest=config.digest,
        calendars=config.calendars,
    )
    assert [watcher.poll(NOW) for _ in range(3)] == [None] * 3
    (tmp_path / "rota.ics").write_text(ics(WEEKLY.replace("SUMMARY:ana", "SUMMARY:zoe")))
    assert isinstance(settled(watcher, NOW), ConfigError)
    (tmp_path / "rota.ics").write_text(ics(WEEKLY.replace("SUMMARY:ana", "SUMMARY: bo")))
    edited = settled(watcher, NOW)
    assert isinstance(edited, Config)
    assert edited.policy.schedules[0].layers[0].shifts[0].user == "bo"
    later = settled(watcher, NOW + timedelta(days=7))
    assert isinstance(later, Config)
    assert later.digest != edited.digest


def settled(watcher: Watcher, now: datetime) -> Config | ConfigError | None:
    """What polls say until they say something, three at most."""
    return next((said for _ in range(3) if (said := watcher.poll(now)) is not None), None)


def test_shifts_written_as_a_calendar_are_read_as_they_were(tmp_path: Path) -> None:
    found = schedule(tmp_path, WEEKLY, event("bo", "20261203T000000", "20261204T000000"))
    first = found.layers[0].starts_at
    written = shifts(found, first, first + timedelta(days=200))
    (tmp_path / "rota.ics").write_text(calendar_text(found, written))
    file = write(tmp_path, SHOP.replace(LAYER, CALENDAR))
    (again,) = load(file, environ=ENVIRON, now=NOW).policy.schedules
    assert shifts(again, first, first + timedelta(days=200)) == written
