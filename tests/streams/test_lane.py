"""The lane of a channel: how much waits in it, and when it is closed for a while."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.lane import (
    AT_ONCE,
    FEW,
    HUNG_AFTER_S,
    MOST,
    MOST_BYTES,
    PAUSE_S,
    RESERVE,
    RESERVE_BYTES,
    Lane,
)


class Time:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def lane(time: Time | None = None) -> Lane:
    return Lane("slack", time or Time())


@given(st.lists(st.tuples(st.integers(1, 3 * MOST_BYTES), st.booleans()), max_size=50))
def test_what_is_at_hand_is_within_the_bound_or_one_alone(
    comings: list[tuple[int, bool]],
) -> None:
    here, inside = lane(), list[int]()
    for size, leaves in comings:
        if leaves and inside:
            here.leave(inside.pop(0), "#ops")
        if here.admits(size, "#ops") is None:
            inside.append(size)
        assert (here.count, here.bytes) == (len(inside), sum(inside))
        assert here.bytes <= MOST_BYTES + RESERVE_BYTES or here.count == 1


def hang(lane: Lane, times: int = 1) -> None:
    for _ in range(times):
        assert lane.begins() is None
        lane.ended(took_s=HUNG_AFTER_S, has_failed=True)


def test_lane_takes_so_many_and_no_more_until_one_leaves() -> None:
    here = lane()
    assert [here.admits(1, "#ops") for _ in range(MOST)] == [None] * MOST
    put_off = here.admits(1, "#ops")
    assert put_off is not None
    assert put_off.detail == f"{MOST} other messages wait for slack"
    here.leave(1, "#ops")
    assert here.admits(1, "#ops") is None


def test_full_lane_has_room_for_what_is_pressing_and_for_addresses_with_few() -> None:
    here = lane()
    for _ in range(MOST):
        here.admits(1, "#ops")
    assert here.admits(1, "#ops") is not None
    assert [here.admits(1, "#shop") for _ in range(FEW)] == [None] * FEW
    assert here.admits(1, "#shop") is not None
    pressing = [here.admits(1, "#ops", is_pressing=True) for _ in range(RESERVE - FEW)]
    assert pressing == [None] * (RESERVE - FEW)
    assert here.admits(1, "#ops", is_pressing=True) is not None


def test_lane_takes_so_many_bytes_and_one_alone_whatever_its_size() -> None:
    here = lane()
    assert here.admits(2 * MOST_BYTES, "#ops") is None
    assert here.admits(1, "#ops") is not None
    here.leave(2 * MOST_BYTES, "#ops")
    assert here.admits(MOST_BYTES, "#ops") is None
    assert here.admits(RESERVE_BYTES + 1, "#ops") is not None
    assert (here.count, here.bytes) == (1, MOST_BYTES)


ENDS = [
    ("hung ones close it", [(HUNG_AFTER_S, True)] * AT_ONCE, True),
    ("too few do not", [(HUNG_AFTER_S, True)] * (AT_ONCE - 1), False),
    ("failures that come at once keep nobody waiting", [(0.1, True)] * 50, False),
    ("slow ones that arrive are not failures", [(9.0, False)] * 50, False),
    (
        "one that arrives between hung ones says that it lives",
        [*[(HUNG_AFTER_S, True)] * 3, (0.1, False), *[(HUNG_AFTER_S, True)] * 3],
        False,
    ),
]


@pytest.mark.parametrize(("case", "ended", "is_paused"), ENDS, ids=[case for case, *_ in ENDS])
def test_attempts_that_close_a_lane(
    case: str, ended: list[tuple[float, bool]], is_paused: bool
) -> None:
    here = lane()
    for took_s, has_failed in ended:
        here.ended(took_s=took_s, has_failed=has_failed)
    assert here.is_paused is is_paused


def test_closed_lane_puts_off_what_comes_and_what_waits_and_then_lets_one_try() -> None:
    time = Time()
    here = lane(time)
    hang(here, AT_ONCE)
    time.now += 5
    for put_off in (here.admits(1, "#ops"), here.begins()):
        assert put_off is not None
        assert put_off.retry_after.total_seconds() == PAUSE_S - 5
    time.now += PAUSE_S - 5
    assert here.begins() is None
    assert here.begins() is not None  # one at a time
    here.ended(took_s=HUNG_AFTER_S, has_failed=True)
    assert here.begins() is not None
    time.now += PAUSE_S
    assert here.begins() is None
    here.ended(took_s=0.1, has_failed=False)
    assert [here.begins() for _ in range(AT_ONCE)] == [None] * AT_ONCE
    assert not here.is_paused


def test_channel_that_answers_again_with_a_failure_is_open_again() -> None:
    time = Time()
    here = lane(time)
    hang(here, AT_ONCE)
    time.now += PAUSE_S
    assert here.begins() is None
    here.ended(took_s=0.1, has_failed=True)
    assert here.admits(1, "#ops") is None


def test_edit_of_the_channels_opens_a_lane() -> None:
    here = lane()
    hang(here, AT_ONCE)
    here.open()
    assert here.begins() is None
