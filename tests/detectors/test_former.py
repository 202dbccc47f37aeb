"""What was normal before a trouble was accepted, and is so again."""

import numpy as np
import pytest

from bench.detection.watcher import Watcher
from detectors import former
from detectors.defaults import DEFAULTS
from detectors.evidence import Look
from detectors.profile import DAY, Profile
from detectors.state import State, fresh
from detectors.threshold import Threshold

SERIES, STEP_S, HOUR, A_DAY = 40, 300.0, 12, 288
BEGINS, LASTS = 4 * A_DAY, 8 * HOUR


def profile(**settings: object) -> Profile:
    """The default detectors under one false alarm a week."""
    given = {"name": "p", "detectors": DEFAULTS, "false_alarms_per_s": 1 / (7 * DAY)}
    return Profile(**{"warm_up_s": DAY, **given, **settings})  # type: ignore[arg-type]


def opened(off: dict[int, float], steps: int, of: Profile | None = None) -> np.ndarray:
    """Who opens when (steps, series): noise around 100, that is off by so much from then on."""
    rng, watcher = np.random.default_rng(40), Watcher(of or profile(), SERIES)
    rows, told, by = np.arange(SERIES), np.zeros((steps, SERIES), np.bool_), 0.0
    for nth in range(steps):
        by = off.get(nth, by)
        value = 100 + 5 * rng.standard_normal(SERIES) + by
        told[nth] = watcher.step(rows, np.full(SERIES, STEP_S * nth), value).opened
    return told


def test_the_end_of_a_trouble_that_was_accepted_opens_nothing() -> None:
    back = BEGINS + LASTS
    told = opened({BEGINS: 60.0, back: 0.0}, back + A_DAY)
    assert told[BEGINS : BEGINS + HOUR].any(axis=0).all()
    assert told[back : back + 2 * HOUR].sum() <= 1
    assert told[back:].sum() <= SERIES / 4


def test_at_the_former_level_what_is_odd_is_told_as_before() -> None:
    back, again = BEGINS + LASTS, BEGINS + A_DAY
    told = opened({BEGINS: 60.0, back: 0.0, again: 20.0}, again + 3 * HOUR)
    assert told[again:].any(axis=0).sum() > 0.9 * SERIES


def test_a_sample_alone_at_the_former_level_is_taken_back() -> None:
    alone, after = BEGINS + LASTS, BEGINS + LASTS + 2 * HOUR
    told = opened({BEGINS: 60.0, alone: 0.0, alone + 1: 60.0, after: 90.0}, after + 3 * HOUR)
    assert told[alone:after].sum() <= 1
    assert told[after:].any(axis=0).sum() > 0.9 * SERIES


def test_after_a_sample_alone_at_the_former_level_the_way_back_is_still_known() -> None:
    alone, back = BEGINS + LASTS, BEGINS + LASTS + 4 * HOUR
    told = opened({BEGINS: 60.0, alone: 0.0, alone + 1: 60.0, back: 0.0}, back + 3 * HOUR)
    assert told[alone:].sum() <= 2


def test_a_bound_is_one_anomaly_until_it_is_crossed_no_longer_and_its_end_none() -> None:
    bound = profile(detectors=(*DEFAULTS, Threshold(upper=140.0)))
    back = BEGINS + 14 * HOUR
    told = opened({BEGINS: 60.0, back: 0.0}, back + A_DAY, bound)
    assert told[BEGINS:back].sum(axis=0).tolist() == [1] * SERIES
    assert told[back:].sum() <= SERIES / 4


def test_what_is_watched_upwards_comes_back_too() -> None:
    back, again = BEGINS + LASTS, BEGINS + LASTS + 4 * HOUR
    told = opened({BEGINS: 60.0, back: 0.0, again: 30.0}, again + HOUR, profile(direction="up"))
    assert told[again:].any(axis=0).sum() > 0.9 * SERIES


def test_what_was_normal_long_ago_is_news() -> None:
    back = BEGINS + 3 * A_DAY
    told = opened({BEGINS: 60.0, back: 0.0}, back + HOUR, profile(memory_s=2 * DAY))
    assert told[back:].any(axis=0).sum() > 0.9 * SERIES


def test_a_bound_is_told_of_at_whichever_level() -> None:
    bound = profile(detectors=(*DEFAULTS, Threshold(lower=120.0)), warm_up_s=0, warm_up_samples=0)
    back = BEGINS + 3 * A_DAY
    told = opened({0: 60.0, BEGINS: 160.0, BEGINS + LASTS: 60.0, back: 0.0}, back + HOUR, bound)
    assert told[back:].any(axis=0).all()


def test_a_constant_comes_back_exactly() -> None:
    watcher, rows = Watcher(profile(), 1), np.arange(1)
    told = 0
    for nth in range(BEGINS + LASTS + 3 * A_DAY):
        value = np.array([2e6 if nth in (BEGINS, BEGINS + 1) else 0.0])
        told += int(watcher.step(rows, np.array([STEP_S * nth]), value).opened.sum())
    assert told == 1


def look(value: list[float], expected: list[float], half: float = 1.0) -> Look:
    x, e = np.array(value), np.array(expected)
    zeroes = np.zeros(len(x))
    parts = np.zeros((1, len(x)), np.float32)
    return Look(
        zeroes, x, e, e - half, e + half, nats=zeroes, single=zeroes, parts=parts, still=zeroes
    )


def left(*steps: float, until: float = 1.0) -> State:
    state = fresh(former.FORMER, len(steps))
    former.leave(state, np.arange(len(steps)), np.array(steps), np.full(len(steps), until))
    return state


def test_between_half_and_three_halves_of_the_step_is_the_way_back() -> None:
    state = left(10, 10, 10, 10, -10, -10, np.nan, np.inf, 0)
    seen = look([4.9, 5, 15, 15.1, 10, -10, 10, 10, 10], [0.0] * 9)
    assert former.returned(state, seen, np.ones(9, np.bool_)).tolist() == [1, 2, 5]
    assert former.returned(state, seen, np.zeros(9, np.bool_)).tolist() == []
    assert former.returned(left(10, until=-1.0), look([10], [0]), np.ones(1, np.bool_)).size == 0


def test_from_the_former_level_the_way_is_known_for_an_hour_and_back_to_it_as_before() -> None:
    state, row = left(10.0, until=1e6), np.arange(1)

    def known(at: float) -> float:
        return float(former.so_far(state, row, np.array([at]))[0])

    assert (known(1e6), known(1e6 + 1)) == (10.0, 0.0)
    former.turn(state, row, np.array([-9.0]), np.array([5.0]))
    assert (state["step"][0], state["until"][0], known(5.0)) == (-9.0, 5.0 + former.AN_HOUR, 0.0)
    former.turn(state, row, np.array([11.0]), np.array([6.0]))
    assert (state["until"][0], known(6.0)) == (1e6, 11.0)


@pytest.mark.parametrize(
    ("value", "expected", "half", "guess", "level"),
    [
        (10.0, 0.0, 1.0, 9.5, 9.5),  # within what noise would be
        (10.0, 0.0, 1.0, 4.0, 9.0),
        (10.0, 0.0, 1e-9, 9.999, 10.0),  # a constant
        (10.0, 0.0, np.nan, 4.0, 4.0),
        (1e300, -1e300, 1e300, 0.0, 0.0),
    ],
)
def test_a_level_is_near_its_sample(
    value: float, expected: float, half: float, guess: float, level: float
) -> None:
    told = former.level(look([value], [expected], half), np.arange(1), np.array([guess]))
    assert told.tolist() == pytest.approx([level])
