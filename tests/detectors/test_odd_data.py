"""Odd data through a whole bank: no warning, no NaN told, no page for nothing."""

import math
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from bench.detection.default import profile
from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.profile import Profile
from detectors.registry import OURS
from tests.detectors.test_checks import made

EPOCH, STEP_S, DAYS = 1_700_000_000.0, 300.0, 3
STEPS = int(DAYS * 86400 / STEP_S)
Stream = Sequence[tuple[float, float]]


def usual(steps: int = STEPS, first: int = 0) -> list[tuple[float, float]]:
    values = np.random.default_rng(first).normal(100, 5, steps)
    return [(EPOCH + STEP_S * (first + i), float(x)) for i, x in enumerate(values)]


def constant(value: float) -> Stream:
    return [(at, value) for at, _ in usual()]


def broken(value: float) -> Stream:
    return [(at, value if i % 7 == 3 else x) for i, (at, x) in enumerate(usual())]


def after_a_week() -> Stream:
    return [*usual(), *usual(200, first=STEPS + 2016)]


def backwards() -> Stream:
    stream = usual()
    return [*stream, *stream[::-1], *usual(200, first=STEPS)]


def repeated() -> Stream:
    stream = usual()
    return [*stream, *[stream[-1]] * 10_000, *usual(200, first=STEPS)]


ODD: dict[str, Callable[[], Stream]] = {
    "NaN now and then": lambda: broken(math.nan),
    "infinity now and then": lambda: broken(math.inf),
    "minus infinity now and then": lambda: broken(-math.inf),
    "only NaN": lambda: constant(math.nan),
    "zero": lambda: constant(0.0),
    "a constant": lambda: constant(42.0),
    "a constant of 1e300": lambda: constant(1e300),
    "a constant of -1e300": lambda: constant(-1e300),
    "a denormal": lambda: constant(5e-324),
    "denormals": lambda: [(at, x * 1e-312) for at, x in usual()],
    "huge and usual in turn": lambda: [
        (at, x * 10.0 ** (298 * (i % 2))) for i, (at, x) in enumerate(usual())
    ],
    "a gap of a week": after_a_week,
    "time that runs backwards": backwards,
    "10,000 duplicates": repeated,
    "times that are no numbers": lambda: [*usual(), *[(math.nan, 1.0), (math.inf, 1.0)] * 50],
}


def told(stream: Stream, chunk: int) -> list[Anomaly]:
    bank = Bank(profile(1 / (30 * 86400), absent_after=None))
    row = bank.rows(["odd"])
    anomalies = []
    for first in range(0, len(stream), chunk):
        at, value = np.array(stream[first : first + chunk], np.float64).T
        rows = np.repeat(row, len(at))
        anomalies += bank.observe(rows, at, value, np.full(len(at), first))
        state = bank.state("odd")
        for part, columns in state.items():
            if part == "gate":
                assert all(np.isfinite(column).all() for column in columns.values())
    return anomalies


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("chunk", [500, 20_000], ids=["chunks", "at once"])
def test_odd_data_neither_warn_nor_page(name: str, chunk: int) -> None:
    with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("error")
        anomalies = told(ODD[name](), chunk)
    assert anomalies == []


def test_what_is_told_after_odd_data_has_numbers() -> None:
    stream = [*broken(math.inf), *((EPOCH + STEP_S * (STEPS + i), 1e300) for i in range(10))]
    anomalies = told(stream, 500)
    assert anomalies
    for one in anomalies:
        numbers = (one.value, one.expected, one.lower, one.upper, one.p_value)
        assert np.isfinite(numbers).all()
        assert np.isfinite([point.value for point in one.points]).all()


ODDEST = (math.nan, math.inf, -math.inf, 1e300, -1e300, 5e-324, 0.0, -1e-312)


def mixed() -> Stream:
    """Usual values with odd ones between them, a week's gap, time that runs backwards, repeats."""
    stream = [
        (at, ODDEST[i // 5 % len(ODDEST)] if i % 5 == 3 else x)
        for i, (at, x) in enumerate(usual(300))
    ]
    later = usual(60, first=300 + 2016)
    return [*stream, *stream[-40::-1], *later, *[later[-1]] * 40, *usual(20, first=360 + 2016)]


@pytest.mark.parametrize("name", OURS)
def test_no_detector_of_ours_warns_of_odd_data_or_tells_a_number_that_is_none(name: str) -> None:
    bank = Bank(
        Profile(name="p", detectors=(made(name),), warm_up_s=0.0, false_alarms_per_s=1 / 3600)
    )
    at, value = np.array(mixed(), np.float64).T
    with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("error")
        anomalies = bank.observe(
            np.repeat(bank.rows(["odd"]), len(at)), at, value, np.arange(len(at))
        )
    assert all(math.isfinite(one.p_value) and math.isfinite(one.value) for one in anomalies)
    parts = bank.state("odd")
    assert all(np.isfinite(column).all() for column in parts["gate"].values())
