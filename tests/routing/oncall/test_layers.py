"""Layers by tables: months, restrictions, ends, swaps, and the clocks of half-hour zones."""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from routing.intervals import Part, TimeInterval
from routing.oncall.schedule import Layer, Override, Schedule, Shift, WeeklyRange
from routing.oncall.shifts import gaps, next_on_call, on_call, shifts

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ZONE = "Europe/Vienna"


def at(text: str, zone: str = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def rotation(*users: str, starts: str = "2026-01-05", zone: str = ZONE, **given: object) -> Layer:
    base = Layer(users=users, starts_at=at(starts, zone), turn=WEEK, handoff=time(9))
    return Layer(**{name: getattr(base, name) for name in base.__struct_fields__} | given)


def made(*layers: Layer, zone: str = ZONE, overrides: tuple[Override, ...] = ()) -> Schedule:
    return Schedule(name="s", time_zone=zone, layers=layers, overrides=overrides)


def read(schedule: Schedule, start: str, end: str) -> list[str]:
    """Shifts as `user from - until` on the schedule's clock."""
    zone = ZoneInfo(schedule.time_zone)
    found = shifts(schedule, at(start, zone.key), at(end, zone.key))
    return [
        f"{one.user or '-'} "
        f"{one.starts_at.astimezone(zone):%m-%d %H:%M} - {one.ends_at.astimezone(zone):%m-%d %H:%M}"
        for one in found
    ]


class Case(NamedTuple):
    about: str
    schedule: Schedule
    start: str
    end: str
    shifts: list[str]


MONTHLY = rotation("ana", "bo", starts="2026-01-31", turn=timedelta(0), months=1)
NIGHTS = WeeklyRange(starts=22 * 60, ends=30 * 60)
WEEKEND = WeeklyRange(starts=(4 * 24 + 18) * 60, ends=(7 * 24 + 9) * 60)
LORD_HOWE = "Australia/Lord_Howe"

CASES = [
    Case(
        "a month from the 31st ends on the last day of shorter ones",
        made(MONTHLY),
        "2026-02-01",
        "2026-05-02",
        [
            "ana 02-01 00:00 - 02-28 09:00",
            "bo 02-28 09:00 - 03-31 09:00",
            "ana 03-31 09:00 - 04-30 09:00",
            "bo 04-30 09:00 - 05-02 00:00",
        ],
    ),
    Case(
        "a quarter is three months",
        made(rotation("ana", "bo", starts="2026-01-01", turn=timedelta(0), months=3)),
        "2026-01-01",
        "2026-07-02",
        [
            "ana 01-01 00:00 - 04-01 09:00",
            "bo 04-01 09:00 - 07-01 09:00",
            "ana 07-01 09:00 - 07-02 00:00",
        ],
    ),
    Case(
        "a night crosses midnight, and the week's end too",
        made(rotation("ana"), rotation("bo", weekly=(WeeklyRange(starts=9960, ends=10440),))),
        "2026-01-10",
        "2026-01-13",
        [
            "ana 01-10 00:00 - 01-11 22:00",
            "bo 01-11 22:00 - 01-12 06:00",
            "ana 01-12 06:00 - 01-13 00:00",
        ],
    ),
    Case(
        "outside a restriction the layer beneath has it, and without one nobody",
        made(rotation("bo", weekly=(NIGHTS,)), rotation("cai", weekly=(WEEKEND,))),
        "2026-01-12",
        "2026-01-20",
        [
            "cai 01-12 00:00 - 01-12 09:00",
            "- 01-12 09:00 - 01-12 22:00",
            "bo 01-12 22:00 - 01-13 06:00",
            "- 01-13 06:00 - 01-16 18:00",
            "cai 01-16 18:00 - 01-19 09:00",
            "- 01-19 09:00 - 01-19 22:00",
            "bo 01-19 22:00 - 01-20 00:00",
        ],
    ),
    Case(
        "a restriction by a time interval, which has its own zone",
        made(
            rotation("ana"),
            rotation(
                "bo",
                during=(
                    TimeInterval(
                        name="office",
                        parts=(Part(times=((540, 1020),), time_zone="America/New_York"),),
                    ),
                ),
            ),
        ),
        "2026-01-12",
        "2026-01-13",
        [
            "ana 01-12 00:00 - 01-12 15:00",
            "bo 01-12 15:00 - 01-12 23:00",
            "ana 01-12 23:00 - 01-13 00:00",
        ],
    ),
    Case(
        "a layer that has ended gives way to the one beneath",
        made(rotation("ana"), rotation("bo", ends_at=at("2026-01-14T12:00"))),
        "2026-01-14",
        "2026-01-15",
        ["bo 01-14 00:00 - 01-14 12:00", "ana 01-14 12:00 - 01-15 00:00"],
    ),
    Case(
        "a handoff in the half hour that Lord Howe skips is half an hour later",
        made(
            rotation(
                "ana", "bo", starts="2026-10-01", zone=LORD_HOWE, turn=DAY, handoff=time(2, 15)
            ),
            zone=LORD_HOWE,
        ),
        "2026-10-03T12:00",
        "2026-10-05T12:00",
        [
            "ana 10-03 12:00 - 10-04 02:45",
            "bo 10-04 02:45 - 10-05 02:15",
            "ana 10-05 02:15 - 10-05 12:00",
        ],
    ),
    Case(
        "hours are counted on the clock, so of those that exist twice one turn is longer",
        made(rotation("ana", "bo", turn=timedelta(hours=1), handoff=time(0))),
        "2026-10-25T01:00",
        "2026-10-25T04:00",
        [
            "bo 10-25 01:00 - 10-25 02:00",
            "ana 10-25 02:00 - 10-25 03:00",
            "bo 10-25 03:00 - 10-25 04:00",
        ],
    ),
    Case(
        "an hourly turn that does not exist is left out",
        made(rotation("ana", "bo", "cai", turn=timedelta(hours=1), handoff=time(0))),
        "2026-03-29T01:00",
        "2026-03-29T05:00",
        [
            "bo 03-29 01:00 - 03-29 03:00",
            "ana 03-29 03:00 - 03-29 04:00",
            "bo 03-29 04:00 - 03-29 05:00",
        ],
    ),
    Case(
        "a swap exchanges two people where either has a turn, and nobody else",
        made(
            rotation("ana", "bo", "cai"),
            overrides=(
                Override(
                    user="cai",
                    replaces="ana",
                    is_swap=True,
                    starts_at=at("2026-01-05T09:00"),
                    ends_at=at("2026-01-26T09:00"),
                ),
            ),
        ),
        "2026-01-05T09:00",
        "2026-01-28",
        [
            "cai 01-05 09:00 - 01-12 09:00",
            "bo 01-12 09:00 - 01-19 09:00",
            "ana 01-19 09:00 - 01-28 00:00",
        ],
    ),
    Case(
        "an override of one user leaves the others and the gaps",
        made(
            rotation("ana", "bo", turn=DAY, starts="2026-01-06"),
            overrides=(
                Override(
                    user="cai",
                    replaces="ana",
                    starts_at=at("2026-01-05"),
                    ends_at=at("2026-01-07T12:00"),
                ),
            ),
        ),
        "2026-01-05",
        "2026-01-08",
        [
            "- 01-05 00:00 - 01-06 00:00",
            "cai 01-06 00:00 - 01-07 09:00",
            "bo 01-07 09:00 - 01-08 00:00",
        ],
    ),
    Case(
        "plain shifts have nobody between them",
        made(
            rotation("ana", ends_at=at("2026-01-14")),
            rotation(
                turn=timedelta(0),
                shifts=(
                    Shift(user="bo", starts_at=at("2026-01-13"), ends_at=at("2026-01-13T08:00")),
                    Shift(user="cai", starts_at=at("2026-01-14T08:00"), ends_at=at("2026-01-15")),
                ),
            ),
        ),
        "2026-01-12",
        "2026-01-15",
        [
            "ana 01-12 00:00 - 01-13 00:00",
            "bo 01-13 00:00 - 01-13 08:00",
            "ana 01-13 08:00 - 01-14 00:00",
            "- 01-14 00:00 - 01-14 08:00",
            "cai 01-14 08:00 - 01-15 00:00",
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_shifts_by_a_table(case: Case) -> None:
    assert read(case.schedule, case.start, case.end) == case.shifts


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_who_is_on_call_agrees_at_both_ends_of_each_shift(case: Case) -> None:
    schedule = case.schedule
    ends = (at(case.start, schedule.time_zone), at(case.end, schedule.time_zone))
    for shift in shifts(schedule, *ends):
        last = shift.ends_at.astimezone(UTC) - timedelta(seconds=1)
        assert {on_call(schedule, shift.starts_at), on_call(schedule, last)} == {shift.user or None}


def test_a_week_that_leaves_an_hour_has_that_gap() -> None:
    schedule = made(rotation("ana", weekly=(WeeklyRange(starts=60, ends=7 * 1440),)))
    found = gaps(schedule, at("2026-01-06"), at("2026-01-20"))
    assert [one.starts_at for one in found] == [at("2026-01-12"), at("2026-01-19")]
    assert {one.ends_at - one.starts_at for one in found} == {timedelta(hours=1)}


def test_a_rotation_of_one_hands_over_to_nobody() -> None:
    assert next_on_call(made(rotation("ana")), at("2026-01-06")) is None


def test_nothing_is_on_call_in_no_time() -> None:
    assert shifts(made(rotation("ana")), at("2026-01-06"), at("2026-01-06")) == []
