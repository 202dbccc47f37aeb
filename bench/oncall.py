"""What it costs to know who is on call: `python -m bench.oncall [--json]`.

Schedules of 12 users and 5 layers in a zone with daylight saving: turns of weeks, days, hours and
months, nights and weekends, a time interval, overrides and swaps. Measured in CPU time: the shifts
and the gaps of a year, who is on call at an instant, who is next, and a calendar of a year and a
quarter read from iCalendar. Shifts are compared with a walk by minutes, which is timed as well.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from config.documents import Document
from config.errors import Place
from config.models.people import UserModel
from config.oncall.calendars import CalendarReader, horizon
from config.oncall.export import calendar_text
from routing.intervals import Part, TimeInterval
from routing.oncall.schedule import Layer, Override, Schedule, Shift, WeeklyRange
from routing.oncall.shifts import gaps, next_on_call, on_call, shifts
from tests.routing.oncall.oracle import MINUTE, walk

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR, DAY, HOUR = timedelta(days=365), timedelta(days=1), timedelta(hours=1)
USERS = tuple(f"user{n}" for n in range(12))
ZONE = "Australia/Lord_Howe"
RUNS, INSTANTS = 5, 500

T = TypeVar("T")


def main() -> None:
    """Print one line for each figure, or all of them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but one JSON object")
    figures = measured()
    if parser.parse_args().json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<28}{value:>12,}")


def measured() -> dict[str, float]:
    """All figures; milliseconds and microseconds of CPU time are medians."""
    schedule, end = made(), START + YEAR
    found = shifts(schedule, START, end)
    instants = [START + n * YEAR / INSTANTS for n in range(INSTANTS)]
    walked, walk_s = _timed(lambda: walk(schedule, START, YEAR // MINUTE))
    return {
        "shifts": len(found),
        "minutes that differ": differing(found, walked),
        "shifts of a year, ms": _ms(lambda: shifts(schedule, START, end)),
        "gaps of a year, ms": _ms(lambda: gaps(schedule, START, end)),
        "walk by minutes, ms": round(1e3 * walk_s, 1),
        "who is on call, µs": _us(lambda: [on_call(schedule, at) for at in instants]),
        "who is next, µs": _us(lambda: [next_on_call(schedule, at) for at in instants[::10]], 10),
        "weekly rotation, year, ms": _ms(lambda: shifts(weekly(), START, end)),
        "hourly rotation, year, ms": _ms(lambda: shifts(hourly(), START, end)),
        "calendar of 66 weeks, ms": _ms(_calendar()),
    }


def made() -> Schedule:
    """12 users, 5 layers, 20 overrides and swaps."""
    office = Part(times=((540, 1020),), weekdays=((0, 4),), time_zone="Europe/Berlin")
    nights = tuple(
        WeeklyRange(starts=day * 1440 + 1320, ends=day * 1440 + 1800) for day in range(7)
    )
    layers = (
        _layer(USERS[:3], months=1),
        _layer(USERS[3:6], turn=7 * DAY),
        _layer(USERS[6:8], turn=12 * HOUR, weekly=nights),
        _layer(USERS[8:10], turn=DAY, weekly=(WeeklyRange(starts=6840, ends=10620),)),
        _layer(USERS[10:], turn=HOUR, during=(TimeInterval(name="office", parts=(office,)),)),
    )
    overrides = tuple(
        Override(
            user=USERS[n % 12],
            replaces=USERS[(n + 5) % 12] if n % 2 else "",
            is_swap=n % 4 == 1,
            starts_at=START + n * 17 * DAY,
            ends_at=START + n * 17 * DAY + 5 * DAY,
        )
        for n in range(20)
    )
    return Schedule(name="all", time_zone=ZONE, layers=layers, overrides=overrides)


def weekly() -> Schedule:
    """What most teams have: one rotation of weeks."""
    return Schedule(name="weekly", time_zone=ZONE, layers=(_layer(USERS, turn=7 * DAY),))


def hourly() -> Schedule:
    """A handoff each hour, 8,760 a year."""
    return Schedule(name="hourly", time_zone=ZONE, layers=(_layer(USERS, turn=HOUR),))


def differing(found: list[Shift], walked: list[str]) -> int:
    """In how many minutes shifts are not those of the walk."""
    wrong = 0
    for shift in found:
        first, last = ((at - START) // MINUTE for at in (shift.starts_at, shift.ends_at))
        wrong += sum(user != shift.user for user in walked[first:last])
    return wrong


def _layer(users: tuple[str, ...], **given: object) -> Layer:
    base = {"starts_at": START - 40 * DAY, "turn": timedelta(0), "handoff": clock_time(9)}
    return Layer(users=users, **{**base, **given})  # type: ignore[arg-type]


def _calendar() -> Callable[[], object]:
    span = horizon(START)
    text = calendar_text(weekly(), shifts(weekly(), *span))
    with tempfile.NamedTemporaryFile(suffix=".ics", delete=False) as file:
        file.write(text.encode())
    path = Path(file.name)
    users = {name: UserModel.model_construct(full_name="", contacts=[]) for name in USERS}

    def read() -> object:
        document = Document(places={("calendar",): Place(path, 1, 1)})
        reader = CalendarReader(document, ("calendar",), home=ZoneInfo(ZONE), users=users, names={})
        return reader.shifts(path, span)

    return read


def _ms(work: Callable[[], object]) -> float:
    return round(1e3 * statistics.median(_timed(work)[1] for _ in range(RUNS)), 1)


def _us(work: Callable[[], object], every: int = 1) -> float:
    each = statistics.median(_timed(work)[1] for _ in range(RUNS)) / (INSTANTS / every)
    return round(1e6 * each, 1)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.process_time()
    answer = work()
    return answer, time.process_time() - began


if __name__ == "__main__":
    main()
