"""On-call schedules: rotations, handoffs in wall-clock time, overrides and gaps."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.oncall.shifts import on_call, shifts
from routing.policy import Layer, Override, Schedule

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def berlin(*fields: int, fold: int = 0) -> datetime:
    return datetime(*fields, tzinfo=BERLIN, fold=fold)  # type: ignore[arg-type, misc]


def weekly(
    *users: str, handoff: time = time(9), turn: timedelta = 7 * DAY, starts: datetime | None = None
) -> Layer:
    return Layer(users=users, starts_at=starts or berlin(2026, 3, 2), turn=turn, handoff=handoff)


def schedule(*layers: Layer, overrides: tuple[Override, ...] = ()) -> Schedule:
    return Schedule(name="s", time_zone="Europe/Berlin", layers=layers, overrides=overrides)


def test_a_rotation_hands_over_at_the_handoff_time() -> None:
    made = schedule(weekly("ana", "bo", "cai"))
    assert on_call(made, berlin(2026, 3, 9, 8, 59)) == "ana"
    assert on_call(made, berlin(2026, 3, 9, 9, 0)) == "bo"
    assert on_call(made, berlin(2026, 3, 16, 9, 0)) == "cai"
    assert on_call(made, berlin(2026, 3, 23, 9, 0)) == "ana"


def test_a_layer_has_nobody_before_it_starts_and_its_first_user_from_then_on() -> None:
    made = schedule(weekly("ana", "bo", starts=berlin(2026, 3, 2, 22), turn=DAY / 2))
    assert on_call(made, berlin(2026, 3, 2, 21, 59)) is None
    assert on_call(made, berlin(2026, 3, 2, 22)) == "ana"
    assert on_call(made, berlin(2026, 3, 3, 9)) == "bo"
    assert on_call(made, berlin(2026, 3, 3, 21)) == "ana"


@pytest.mark.parametrize(
    ("about", "monday"),
    [
        ("before clocks go forward", (2026, 3, 23)),
        ("after clocks went forward", (2026, 3, 30)),
        ("after clocks went back", (2026, 10, 26)),
    ],
)
def test_a_handoff_stays_at_its_wall_clock_time(about: str, monday: tuple[int, int, int]) -> None:
    made = schedule(weekly("ana", "bo"))
    before = on_call(made, berlin(*monday, 8, 59))
    after = on_call(made, berlin(*monday, 9, 0))
    assert {before, after} == {"ana", "bo"}, about


def test_a_handoff_that_does_not_exist_happens_an_hour_later_on_the_clock() -> None:
    made = schedule(weekly("ana", "bo", handoff=time(2, 30), turn=DAY, starts=berlin(2026, 3, 28)))
    assert on_call(made, berlin(2026, 3, 29, 1, 59)) == "ana"
    assert on_call(made, berlin(2026, 3, 29, 3, 29)) == "ana"
    assert on_call(made, berlin(2026, 3, 29, 3, 30)) == "bo"
    assert on_call(made, berlin(2026, 3, 30, 2, 30)) == "ana"


def test_a_handoff_that_exists_twice_happens_once_at_the_first() -> None:
    starts = berlin(2026, 10, 24)
    made = schedule(weekly("ana", "bo", "cai", handoff=time(2, 30), turn=DAY, starts=starts))
    assert on_call(made, berlin(2026, 10, 25, 2, 29)) == "ana"
    assert on_call(made, berlin(2026, 10, 25, 2, 30)) == "bo"
    assert on_call(made, berlin(2026, 10, 25, 2, 10, fold=1)) == "bo"
    assert on_call(made, berlin(2026, 10, 25, 2, 30, fold=1)) == "bo"
    assert on_call(made, berlin(2026, 10, 26, 2, 30)) == "cai"


def test_a_later_layer_wins_over_an_earlier_one() -> None:
    made = schedule(weekly("ana"), weekly("bo", starts=berlin(2026, 4, 1)), weekly())
    assert on_call(made, berlin(2026, 3, 31)) == "ana"
    assert on_call(made, berlin(2026, 4, 1)) == "bo"


def test_an_override_wins_and_ends() -> None:
    first = Override(user="cai", starts_at=berlin(2026, 3, 3), ends_at=berlin(2026, 3, 5))
    second = Override(user="dee", starts_at=berlin(2026, 3, 4), ends_at=berlin(2026, 3, 6))
    made = schedule(weekly("ana"), overrides=(first, second))
    seen = [on_call(made, berlin(2026, 3, day)) for day in (2, 3, 4, 5, 6)]
    assert seen == ["ana", "cai", "dee", "dee", "ana"]


def test_an_unknown_zone_or_a_turn_of_nothing_still_has_somebody() -> None:
    odd = Schedule(
        name="s", time_zone="Mars/Base", layers=(weekly("ana", "bo", turn=timedelta(0)),)
    )
    assert on_call(odd, berlin(2026, 3, 9)) == "ana"


edges = st.integers(0, 20 * 24 * 4).map(lambda n: timedelta(minutes=15 * n))
origins = st.sampled_from([datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 10, 16, tzinfo=UTC)])


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    origin = draw(origins)
    layer = st.builds(
        lambda users, start, hours, handoff: Layer(
            users=tuple(users),
            starts_at=origin + start - timedelta(days=8),
            turn=timedelta(hours=hours),
            handoff=handoff,
        ),
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=3),
        edges,
        st.sampled_from([6, 12, 24, 168]),
        st.sampled_from([time(0), time(2), time(2, 30), time(3), time(9)]),
    )
    override = st.builds(
        lambda start, length: Override(
            user="x", starts_at=origin + start, ends_at=origin + start + length
        ),
        edges,
        edges,
    )
    made = Schedule(
        name="s",
        time_zone=draw(st.sampled_from(["Europe/Berlin", "UTC", "Australia/Lord_Howe"])),
        layers=tuple(draw(st.lists(layer, max_size=2))),
        overrides=tuple(draw(st.lists(override, max_size=2))),
    )
    return made, origin


@settings(max_examples=40, deadline=None)
@given(schedules())
def test_shifts_agree_with_a_walk_by_quarters_of_an_hour(case: tuple[Schedule, datetime]) -> None:
    made, start = case
    end = start + timedelta(days=14)
    found = shifts(made, start, end)
    assert found[0].starts_at == start
    assert found[-1].ends_at == end
    for earlier, later in pairwise(found):
        assert earlier.ends_at == later.starts_at
        assert earlier.user != later.user
    at, index = start, 0
    while at < end:
        while found[index].ends_at <= at:
            index += 1
        assert found[index].user == (on_call(made, at) or ""), at
        at += timedelta(minutes=15)


@settings(max_examples=40, deadline=None)
@given(schedules())
def test_turns_agree_with_a_naive_count_of_handoffs(case: tuple[Schedule, datetime]) -> None:
    """Walk the wall clock from the first turn: hand over whenever the instant of one is reached."""
    made, origin = case
    zone = ZoneInfo(made.time_zone)
    for layer in made.layers:
        wall = layer.starts_at.astimezone(zone).replace(tzinfo=None)
        next_wall = datetime.combine(wall.date(), layer.handoff) + layer.turn
        while next_wall <= wall:
            next_wall += layer.turn
        alone = Schedule(name="s", time_zone=made.time_zone, layers=(layer,))
        at, turn = layer.starts_at, 0
        while at < origin + timedelta(days=14):
            while next_wall.replace(tzinfo=zone).astimezone(UTC) <= at:
                next_wall += layer.turn
                turn += 1
            assert on_call(alone, at) == layer.users[turn % len(layer.users)], at
            at += timedelta(minutes=30)
