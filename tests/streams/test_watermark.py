"""Event time: how far the stream has come."""

import pytest

from streams.watermark import (
    BEHIND_S,
    IDLE_AFTER_S,
    LONGEST_STEP_S,
    UNHEARD_S,
    Attention,
    Watermarks,
)


def marks(*seen: tuple[str, float, float]) -> Watermarks:
    watermarks = Watermarks()
    for source, at, wall in seen:
        watermarks.advance("shop", source, at=at, wall=wall)
    return watermarks


def test_present_is_where_the_slowest_source_is() -> None:
    assert marks(("t/0", 1000, 5), ("t/1", 900, 5)).present("shop", wall=5) == 900


def test_silent_input_still_grows_old() -> None:
    assert marks(("t/0", 1000, 5)).present("shop", wall=65 + IDLE_AFTER_S) == 1060


def test_no_time_passes_while_a_killed_worker_is_replaced() -> None:
    assert marks(("t/0", 1000, 5)).present("shop", wall=5 + IDLE_AFTER_S) == 1000


def test_source_that_fell_silent_does_not_hold_the_others_back() -> None:
    late = 5 + IDLE_AFTER_S + 1
    assert marks(("t/0", 1000, 5), ("t/1", 5000, late)).present("shop", wall=late) == 5000


def test_late_sample_does_not_turn_time_back() -> None:
    assert marks(("t/0", 1000, 5), ("t/0", 400, 6)).present("shop", wall=6) == 1000


def test_kept_watermarks_go_on_from_the_wall_time_they_are_loaded_at() -> None:
    watermarks = Watermarks()
    watermarks.load(marks(("t/0", 1000, 5)).dump(), wall=700)
    assert watermarks.present("shop", wall=710 + IDLE_AFTER_S) == 1010


def test_unknown_input_has_no_present() -> None:
    with pytest.raises(KeyError):
        Watermarks().present("shop", wall=0)


def test_time_in_which_nothing_could_be_heard_does_not_pass() -> None:
    wall = iter([100.0, 101.0, 161.0, 162.0, 1000.0, 1001.0])
    attention = Attention(lambda: next(wall))
    spent = []
    for is_listening in (
        True,
        True,
        False,
        True,
        True,
        True,
    ):  # a rebalance, then a process stopped
        attention.tick(is_listening=is_listening)
        spent.append(attention.now())
    assert spent == [0, 1, 1, 2, 2 + LONGEST_STEP_S, 3 + LONGEST_STEP_S]


def test_time_does_not_pass_while_no_broker_answers() -> None:
    wall = iter([100.0, 101.0, 102.0, 103.0])
    attention = Attention(lambda: next(wall))
    for unheard_s in (0.1, 0.1, UNHEARD_S, 0.1):
        attention.tick(is_listening=True, unheard_s=unheard_s)
    assert attention.now() == 2


def test_time_does_not_pass_while_a_backlog_is_worked_off() -> None:
    wall = iter([100.0, 101.0, 102.0, 103.0])
    attention = Attention(lambda: next(wall))
    for behind_s in (0.1, 0.1, BEHIND_S, 0.1):
        attention.tick(is_listening=True, behind_s=behind_s)
    assert attention.now() == 2


def test_what_an_input_has_shown_does_not_go_on_with_the_wall() -> None:
    watermarks = marks(("t/0", 1000, 5), ("t/1", 900, 5))
    assert watermarks.reached("shop") == 900
    assert watermarks.present("shop", wall=65 + IDLE_AFTER_S) == 960


def test_source_that_fell_silent_is_not_where_an_input_is() -> None:
    assert marks(("t/0", 1000, 5), ("t/1", 5000, 16)).reached("shop") == 5000
