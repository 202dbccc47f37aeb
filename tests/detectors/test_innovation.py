"""One-step forecast errors, by memories of which each counts as it has served a series."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from detectors.detector import Detector
from detectors.innovation import Innovation
from detectors.jump import Jump
from detectors.state import State, fresh
from tests.detectors.oracle import Histories, NaivePace, NaiveUsual, assert_agree, histories
from tests.detectors.planted import autocorrelated, found, noise

STEP_S = 60.0
CLIP, REACH, FIRST, MOST, HEAVIEST = 3.0, 6.0, 10.0, 1e4, 2.0


def within(x: float, most: float) -> float:
    return min(max(x, -most), most)


class NaiveInnovation:
    """With matrices, where the detector has their cells."""

    def __init__(self) -> None:
        self.pace = NaivePace(memory_s=0.0, young=20)
        self.size, self.ratio, self.lead = NaiveUsual(7200.0), NaiveUsual(7200.0), 0.0
        self.levels = np.zeros(4)  # the sample before, and memories of 3, 20 and 200 steps
        self.weights, self.unknown = np.array([0.0, 1.0, 1.0]), FIRST * np.eye(3)

    @property
    def steps(self) -> np.ndarray:
        return self.levels[:-1] - self.levels[1:]

    @property
    def level(self) -> float:
        level = self.levels[3]
        for weight, step in zip(self.weights[::-1], self.steps[::-1], strict=True):
            level += weight * step
        return float(level)

    def proportional(self, level: float) -> float:
        return max(self.ratio.size * abs(level), 0.1 * self.size.size)

    def scale(self) -> float:
        size = self.proportional(self.level) if self.lead > 0 else self.size.size
        return max(1.2533 * size, 1e-9 * abs(self.level) + 1e-12)

    def score(self, x: float, at: float) -> tuple[float, float]:
        if self.pace.is_blind(at):
            return math.nan, math.nan
        return (x - self.level) / self.scale(), math.nan

    def learn(self, x: float, at: float, weight: float) -> None:
        if not self.pace.seen:
            self.levels[:] = x
        level, scale = self.level, self.scale()
        e = x - level
        if not (self.pace.is_young or self.pace.is_gap(at)):
            kept = 1 - weight * self.pace.gain(at, max(30 * self.pace.step, 7200.0))
            self._choose(abs(e), level, 1 - kept)
            self._regress(within(e / scale, CLIP), scale, weight, kept)
        self.size.keep(e, at, weight, self.pace)
        self.ratio.keep(e / max(abs(level), 1e-12), at, weight, self.pace)
        self._move(x, at, weight, math.inf if self.pace.is_young else CLIP * scale)
        self.pace.keep(at, weight)

    def _choose(self, e: float, level: float, part: float) -> None:
        size, of_level = max(self.size.size, 1e-12), max(self.proportional(level), 1e-12)
        lead = math.log(size / of_level) + min(e / size, 5.0) - min(e / of_level, 5.0)
        self.lead += part * (lead - self.lead)

    def _regress(self, e: float, scale: float, weight: float, kept: float) -> None:
        steps = np.clip(self.steps / scale, -REACH, REACH)
        toward = self.unknown @ steps
        gain = weight * toward / (kept + weight * max(steps @ toward, 0.0))
        again = kept if self.unknown.diagonal().max() < MOST else 1.0
        self.weights = np.clip(self.weights + gain * e, -HEAVIEST, HEAVIEST)
        self.unknown = (self.unknown - np.outer(gain, toward)) / again

    def _move(self, x: float, at: float, weight: float, most: float) -> None:
        last, near, far, slow = self.levels
        near_gain, far_gain, slow_gain = (
            self.pace.gain(at, memory * max(self.pace.step, 1e-3)) for memory in (3.0, 20.0, 200.0)
        )
        if abs(x - near) > most and abs(x - last) <= most:
            near = (x + last) / 2
        near += near_gain * within(x - near, most)
        far += weight * far_gain * within(x - far, most)
        slow += weight * slow_gain * within(x - slow, most + 2 * abs(last - slow))
        self.levels[:] = x, near, far, slow


@settings(max_examples=20, deadline=None)
@given(histories())
def test_it_says_what_a_plain_loop_says(told: Histories) -> None:
    # a regression makes what is rounded off larger, most of all after a standstill
    assert_agree(Innovation(spread_s=7200.0), NaiveInnovation, told, close=1e-4)


def taught(detector: Detector, x: np.ndarray) -> State:
    state = fresh(detector.dtype)
    for i, value in enumerate(x):
        detector.learn(state, np.array([value]), np.array([STEP_S * i]), np.ones(1))
    return state


def residual(detector: Detector, x: np.ndarray, last: float) -> float:
    """Of one more sample."""
    judged = detector.score(taught(detector, x), np.array([last]), np.array([STEP_S * len(x)]))
    return float(judged.residual[0])


def test_around_a_level_it_is_not_led_astray_by_the_sample_before() -> None:
    x = noise(3000)
    x[-1] = 94.0  # three deviations below the level
    assert residual(Innovation(), x, 108.0) == pytest.approx(4.0, abs=0.5)
    assert residual(Jump(), x, 108.0) == pytest.approx(5.0, abs=0.5)
    x[-1] = 106.0
    assert residual(Innovation(), x, 108.0) == pytest.approx(4.0, abs=0.5)
    assert residual(Jump(), x, 108.0) < 1.0


def test_on_what_wanders_it_is_about_the_step() -> None:
    x = autocorrelated(3000)
    of_step = residual(Jump(), x, x[-1] + 8)
    assert residual(Innovation(), x, x[-1] + 8) == pytest.approx(of_step, rel=0.1)
    assert of_step > 6


def test_what_goes_on_is_expected_to_go_on() -> None:
    """A slope of half the noise a step, up and down: memories alone are late by all of it."""
    rng = np.random.default_rng(5)
    x = 100 + 40 * np.abs(np.arange(3000) / 160 % 2 - 1) + 0.5 * rng.normal(size=3000)
    next_one = x[-1] + (x[-1] - x[-41]) / 40
    assert abs(residual(Innovation(), x, next_one)) < 1.0
    assert residual(Innovation(), x, next_one + 5 * 0.5) > 3.0


def test_errors_are_held_against_the_level_where_they_grow_with_it() -> None:
    """The same distance is far where values are low and quiet, and usual where they are high."""
    rng = np.random.default_rng(6)
    level = 100 + 80 * np.sin(np.arange(12 * 1440) / 1440 * 2 * np.pi)
    x = level * (1 + 0.05 * rng.normal(size=len(level)))
    low, high = x[: 11 * 1440 + 1080], x[: 11 * 1440 + 360]
    assert residual(Innovation(), low, 20 + 8.0) > 5.0
    assert abs(residual(Innovation(), high, 180 + 8.0)) < 2.0


def test_what_comes_back_from_a_trouble_is_soon_no_surprise() -> None:
    x, detector = noise(3000), Innovation()
    state, at = taught(detector, x), np.array([STEP_S * len(x)])
    for i in range(25):
        detector.learn(state, np.array([900.0]), at + STEP_S * i, np.zeros(1))
    for i in range(25, 28):
        detector.learn(state, np.array([100.0]), at + STEP_S * i, np.zeros(1))
    after = detector.score(state, np.array([100.0]), at + STEP_S * 28)
    assert abs(float(after.residual[0])) < 1.0


@pytest.mark.parametrize("wild", [-999_999.0, 2.0**63, 1e200])
def test_one_wild_sample_does_not_lead_the_long_memories_astray(wild: float) -> None:
    """Nor the slowest: of a value that stands for none all of a day would be strange."""
    x = noise(3000)
    without, x[2900] = residual(Innovation(), x, 108.0), wild
    assert residual(Innovation(), x, 108.0) == pytest.approx(without, rel=0.1)


def test_a_step_in_a_series_that_wanders_is_seen() -> None:
    x = autocorrelated(2500)
    x[2300:] += 8.0
    assert found(Innovation(), x, open_samples=1, open_of=1).only_within(2300, 2300)


def test_weights_and_what_is_not_known_of_them_stay_bounded_whatever_comes() -> None:
    rng, detector, rows = np.random.default_rng(7), Innovation(), 60
    state = fresh(detector.dtype, rows)
    x = np.zeros(rows)
    for step in range(20_000):
        kind = (np.arange(rows) + step // 500) % 4
        wild = 1e6 * rng.standard_cauchy(rows)
        x = np.choose(kind, [x, x + rng.normal(size=rows), wild, np.full(rows, 50.0)])
        weight = rng.choice([1.0, 0.1, 0.0], rows)
        detector.learn(state, np.clip(x, -1e12, 1e12), np.full(rows, STEP_S * step), weight)
    cells = [state[name] for name in ("aa", "ab", "ac", "ab", "bb", "bc", "ac", "bc", "cc")]
    unknown = np.stack(cells, axis=1).reshape(rows, 3, 3)
    least, most = (np.linalg.eigvalsh(unknown)[:, place] for place in (0, 2))
    assert (least.min() > 0, most.max() < 4 * MOST) == (True, True)
    for name in ("on_last", "on_near", "on_far"):
        assert np.abs(state[name]).max() <= HEAVIEST
