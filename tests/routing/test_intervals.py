"""Time intervals against Alertmanager's own cases, and their edges against a walk by minutes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.intervals import Part, TimeInterval, contains, next_edge

ZONES = ["UTC", "Europe/Vienna", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]


def spans(low: int, high: int) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    ends = st.tuples(st.integers(low, high), st.integers(low, high))
    return st.lists(ends.map(lambda e: (min(e), max(e))), max_size=2).map(tuple)


PARTS = st.builds(
    Part,
    times=spans(0, 1440).map(lambda found: tuple((a, b) for a, b in found if a < b)),
    weekdays=spans(0, 6),
    days=st.one_of(spans(1, 31), spans(-31, -1)),
    months=spans(1, 12),
    time_zone=st.sampled_from(ZONES),
)
# Around the instants at which clocks change there, and an ordinary week.
STARTS = st.sampled_from(
    [
        datetime(2026, 3, 28, 12, tzinfo=UTC),
        datetime(2026, 10, 24, 20, tzinfo=UTC),
        datetime(2026, 11, 1, 0, tzinfo=UTC),
        datetime(2026, 4, 4, 6, tzinfo=UTC),
        datetime(2026, 2, 26, 0, tzinfo=UTC),
    ]
)


@given(PARTS, STARTS)
def test_next_edge_is_that_of_a_walk_minute_by_minute(part: Part, start: datetime) -> None:
    interval = TimeInterval(name="x", parts=(part,))
    before = contains(interval, start)
    walk = (start + timedelta(minutes=n) for n in range(1, 3 * 1440))
    walked = next((at for at in walk if contains(interval, at) is not before), None)
    found = next_edge([interval], start)
    if walked is None:
        assert found is None or found > start + timedelta(minutes=3 * 1440 - 1)
    else:
        assert found == walked


@pytest.mark.parametrize(
    ("description", "part", "inside", "outside"),
    [
        (
            "the last three days of a leap February",
            Part(days=((-3, -1),)),
            [date(2028, 2, 27), date(2028, 2, 29)],
            [date(2028, 2, 26), date(2028, 3, 1)],
        ),
        (
            "the 30th of months that have one",
            Part(days=((30, 31),)),
            [date(2026, 4, 30), date(2026, 1, 31)],
            [date(2026, 2, 28), date(2026, 4, 29)],
        ),
        (
            "from more days before the end than a month has",
            Part(days=((-31, 2),)),
            [date(2026, 2, 1), date(2026, 2, 2)],
            [date(2026, 2, 3)],
        ),
        ("everything", Part(), [date(1999, 1, 1), date(2100, 6, 6)], []),
    ],
)
def test_days_count_from_both_ends_of_the_month(
    description: str, part: Part, inside: list[date], outside: list[date]
) -> None:
    interval = TimeInterval(name="x", parts=(part,))
    for day in [*inside, *outside]:
        at = datetime.combine(day, datetime.min.time(), UTC)
        assert contains(interval, at) is (day in inside), f"{description}: {day}"


def test_an_interval_that_never_changes_has_no_edge() -> None:
    always = TimeInterval(name="always", parts=(Part(),))
    past = TimeInterval(name="past", parts=(Part(years=((2000, 2001),)),))
    assert next_edge([always, past], datetime(2026, 1, 1, tzinfo=UTC)) is None
