"""Shifts, and who is on call, are those that a walk by minutes finds, whatever the clocks do."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing.intervals import Part, TimeInterval
from routing.oncall.schedule import Layer, Override, Schedule, WeeklyRange
from routing.oncall.shifts import gaps, next_on_call, on_call, shifts
from tests.routing.oncall.oracle import MINUTE, walk

DAYS = 9  # no more than the walk can go
WEEK = 7 * 24 * 60
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
# A few days before each change of clocks in these zones.
ORIGINS = ("2026-03-05", "2026-03-25", "2026-04-01", "2026-10-01", "2026-10-21", "2026-10-28")

origins = st.sampled_from(ORIGINS).map(lambda day: datetime.fromisoformat(day).replace(tzinfo=UTC))
quarters = st.integers(-20 * 96, DAYS * 96).map(lambda n: 15 * n * MINUTE)
names = st.sampled_from("abcd")
ranges = st.builds(
    lambda starts, length: WeeklyRange(starts=15 * starts, ends=15 * (starts + length)),
    st.integers(0, WEEK // 15 - 1),
    st.integers(1, WEEK // 15),
)
parts = st.builds(
    lambda first, days, start, length, zone: Part(
        weekdays=((first, min(6, first + days)),),
        times=((15 * start, min(1440, 15 * (start + length))),),
        time_zone=zone,
    ),
    st.integers(0, 6),
    st.integers(0, 4),
    st.integers(0, 95),
    st.integers(1, 96),
    st.sampled_from(ZONES),
)
TURNS = (15, 45, 60, 120, 360, 720, 1440, 2880, WEEK)


@st.composite
def layers(draw: st.DrawFn, origin: datetime) -> Layer:
    starts_at = origin + draw(quarters)
    is_monthly = draw(st.booleans())
    intervals = draw(st.lists(parts, max_size=2))
    return Layer(
        users=tuple(draw(st.lists(names, min_size=1, max_size=3))),
        starts_at=starts_at - timedelta(days=300) if is_monthly else starts_at,
        turn=timedelta(0) if is_monthly else draw(st.sampled_from(TURNS)) * MINUTE,
        months=draw(st.integers(1, 2)) if is_monthly else 0,
        handoff=draw(st.sampled_from([time(0), time(2), time(2, 15), time(2, 30), time(9)])),
        ends_at=draw(st.none() | quarters.map(lambda shift: origin + shift)),
        weekly=tuple(draw(st.lists(ranges, max_size=2))),
        during=tuple(TimeInterval(name="i", parts=(part,)) for part in intervals),
    )


@st.composite
def overrides(draw: st.DrawFn, origin: datetime) -> Override:
    starts_at = origin + draw(quarters)
    replaces = draw(st.sampled_from(["", "a", "b"]))
    return Override(
        user=draw(st.sampled_from("cdx")),
        starts_at=starts_at,
        ends_at=starts_at + draw(st.integers(0, 400)) * 15 * MINUTE,
        replaces=replaces,
        is_swap=bool(replaces) and draw(st.booleans()),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    origin = draw(origins)
    schedule = Schedule(
        name="s",
        time_zone=draw(st.sampled_from(ZONES)),
        layers=tuple(draw(st.lists(layers(origin), max_size=3))),
        overrides=tuple(draw(st.lists(overrides(origin), max_size=3))),
    )
    return schedule, origin


HOURLY = Schedule(
    name="s",
    time_zone="Europe/Berlin",
    layers=(
        Layer(
            users=("a", "b", "c"),
            starts_at=datetime(2026, 3, 20, tzinfo=UTC),
            turn=45 * MINUTE,
            handoff=time(2, 15),
        ),
    ),
)


@settings(max_examples=60, deadline=None)
@example((HOURLY, datetime(2026, 3, 25, tzinfo=UTC)), DAYS * 96)
@example((HOURLY, datetime(2026, 10, 21, tzinfo=UTC)), 4 * 96 + 4)  # in an hour that comes twice
@given(cases(), st.integers(1, DAYS * 96))
def test_shifts_are_those_of_a_walk_by_minutes(
    case: tuple[Schedule, datetime], quarters: int
) -> None:
    schedule, start = case
    end = start + quarters * 15 * MINUTE
    walked = walk(schedule, start, quarters * 15)
    found = shifts(schedule, start, end)
    assert (found[0].starts_at, found[-1].ends_at) == (start, end)
    for earlier, later in pairwise(found):
        assert earlier.ends_at == later.starts_at
        assert earlier.user != later.user
    for shift in found:
        first, last = ((at - start) // MINUTE for at in (shift.starts_at, shift.ends_at))
        assert walked[first:last] == [shift.user] * (last - first), shift
    empty = [(one.starts_at, one.ends_at) for one in found if not one.user]
    assert gaps(schedule, start, end) == empty


@settings(max_examples=30, deadline=None)
@example((HOURLY, datetime(2026, 3, 25, tzinfo=UTC)), 0)
@given(cases(), st.integers(0, 96))
def test_who_is_on_call_is_who_a_walk_by_minutes_finds(
    case: tuple[Schedule, datetime], first: int
) -> None:
    schedule, start = case
    walked = walk(schedule, start, DAYS * 1440)
    for minute in range(first, DAYS * 1440, 97):
        assert (on_call(schedule, start + minute * MINUTE) or "") == walked[minute], minute


@settings(max_examples=20, deadline=None)
@given(cases())
def test_the_next_one_on_call_is_the_next_other_user_of_the_walk(
    case: tuple[Schedule, datetime],
) -> None:
    schedule, start = case
    walked = walk(schedule, start, DAYS * 1440)
    others = (n for n, user in enumerate(walked) if user and user != walked[0])
    minute = next(others, None)
    found = next_on_call(schedule, start)
    if minute is None:
        assert found is None or found.starts_at >= start + timedelta(days=DAYS)
    else:
        assert found is not None
        assert (found.starts_at, found.user) == (start + minute * MINUTE, walked[minute])
