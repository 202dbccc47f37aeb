from itertools import islice, pairwise

import pytest

from streams.demo.plan import CLEAR_CONTRAST, PAUSE_S, Timeline, is_season_clear, plan
from streams.demo.scenario import MINUTE_S, Running
from streams.demo.scenarios import SCENARIOS

ONE_PM = 20_000 * 86_400.0 + 13 * 3600.0


def test_once_plays_every_scenario_after_twenty_quiet_minutes_and_within_a_hundred() -> None:
    running = list(plan("once", ONE_PM))
    assert {one.scenario.name for one in running} == set(SCENARIOS)
    assert min(one.begins_at for one in running) == ONE_PM + 20 * MINUTE_S
    assert max(one.ends_at for one in running) <= ONE_PM + 100 * MINUTE_S
    assert [one.begins_at for one in running] == sorted(one.begins_at for one in running)


def test_a_loop_goes_on_for_ever_one_at_a_time_and_begins_with_a_spike() -> None:
    running = list(islice(plan("loop", ONE_PM), 100))
    assert running[0].scenario.name == "spike"
    assert running[0].begins_at <= ONE_PM + 10 * MINUTE_S
    for one, following in pairwise(running):
        assert following.begins_at == one.ends_at + PAUSE_S


def test_a_loop_breaks_the_season_only_where_it_can_be_seen() -> None:
    running = list(islice(plan("loop", ONE_PM), 300))
    broken = [one for one in running if one.scenario.name == "season-break"]
    assert broken
    assert all(is_season_clear(one) for one in broken)


def test_half_a_day_away_from_the_middle_of_the_swing_looks_like_now() -> None:
    at_ten = Running(SCENARIOS["season-break"], ONE_PM - 3 * 3600.0)
    assert not is_season_clear(at_ten)
    assert 0 < CLEAR_CONTRAST < 1


@pytest.mark.parametrize("name", SCENARIOS)
def test_one_scenario_by_its_name_happens_once(name: str) -> None:
    assert [one.scenario.name for one in plan(name, ONE_PM)] == [name]


def test_an_unknown_plan_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="no plan 'spikes': take once, loop, spike"):
        plan("spikes", ONE_PM)


def test_a_timeline_tells_each_begin_and_each_end_once() -> None:
    timeline = Timeline(plan("once", ONE_PM))
    begun, ended = [], []
    for step in range(240):
        new, over = timeline.move_to(ONE_PM + step * 30.0)
        begun += [one.scenario.name for one in new]
        ended += [one.scenario.name for one in over]
    assert sorted(begun) == sorted(ended) == sorted(SCENARIOS)
    assert timeline.is_over


def test_a_timeline_that_jumps_over_a_whole_scenario_still_tells_both() -> None:
    timeline = Timeline(plan("spike", ONE_PM))
    begun, ended = timeline.move_to(ONE_PM + 86_400.0)
    assert [one.scenario.name for one in begun] == ["spike"]
    assert [one.scenario.name for one in ended] == ["spike"]
    assert timeline.running == ()
