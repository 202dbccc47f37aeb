"""What several detectors say is one surprise, in the direction that matters."""

import math
from typing import Any, ClassVar

import numpy as np
import pytest

from detectors import judge, tail
from detectors.detector import Detector, Judgement
from detectors.evidence import Look
from detectors.jump import Jump
from detectors.level import Level
from detectors.level_shift import LevelShift
from detectors.profile import Direction, Profile
from detectors.state import State
from detectors.threshold import Threshold

N = 40


def learnt(streams: int) -> State:
    """Tails that saw 2,000 exponential residuals in every stream."""
    rng = np.random.default_rng(1)
    names = tail.TAIL.names or ()
    state = State({name: np.zeros((streams, N), np.float32) for name in names}, {})
    one, keep = np.ones(N, np.float32), np.full(N, 0.9999, np.float32)
    for residual in rng.exponential(size=(2000, streams, N)).astype(np.float32):
        tail.learn(state, residual, one, keep)
    return state


def verdict(
    *residuals: float, absolute: int = 0, direction: Direction = "both", **band: Any
) -> judge.Verdict:
    """What is found of residuals, of which the last so many are absolute."""
    calibrated = len(residuals) - absolute
    detectors: list[Detector] = [Level()] * calibrated + [Threshold(upper=1.0)] * absolute
    bands = band.get("bands", [(math.nan,) * 3] * len(residuals))
    judgements = [
        Judgement(np.full(N, residual), *(np.full(N, end) for end in ends))
        for residual, ends in zip(residuals, bands, strict=True)
    ]
    jury = judge.Jury(detectors, direction)
    return judge.Verdict(jury, judgements, learnt(len(residuals) + 1))


def test_the_surprise_of_a_single_detector_is_that_of_all() -> None:
    found = verdict(5.0)
    np.testing.assert_array_equal(found.nats, found.parts[0])
    assert abs(found.nats.mean() - 5) < 0.5


def test_one_that_is_far_more_surprised_is_believed_alone() -> None:
    calm, alone = verdict(0.1, 0.1, 0.1), verdict(0.1, 0.1, 40.0)
    assert (calm.nats < 1).all()
    assert (alone.nats >= alone.parts[2] - 4).all()


def test_one_sample_is_judged_by_those_alone_that_answer_to_one() -> None:
    detectors: list[Detector] = [Level(), Jump(), LevelShift()]
    unknown = np.full(N, math.nan)
    judgements = [Judgement(np.full(N, r), *[unknown] * 3) for r in (1.0, 5.0, 20.0)]
    found = judge.Verdict(judge.Jury(detectors, "both"), judgements, learnt(4))
    level, jump, _ = found.parts
    np.testing.assert_allclose(found.single, (level + 2 * jump) / 3, rtol=1e-6)
    none = judge.Verdict(judge.Jury(detectors[2:], "both"), judgements[2:], learnt(2))
    assert np.isnan(none.single).all()


class _Weightless(Jump):
    on_one: ClassVar[float] = -1.0


def test_a_weight_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="jump: on_one is -1"):
        judge.on_one(_Weightless())


def test_one_without_an_opinion_is_not_counted() -> None:
    found = verdict(3.0, math.nan)
    assert np.isnan(found.parts[1]).all()
    assert np.abs(found.nats - found.parts[0]).mean() < 0.5


def test_what_goes_the_other_way_is_doubted_but_does_not_surprise() -> None:
    for direction, residual in ("up", -40.0), ("down", 40.0):
        found = verdict(residual, residual, direction=direction)
        assert (found.nats < 1).all()
        assert (found.doubt > 10).all()


def test_what_is_absolute_is_believed_as_it_is_and_in_both_directions() -> None:
    found = verdict(0.1, -30.0, absolute=1, direction="up")
    assert (found.nats < 1).all()
    assert (found.parts[1] == 30).all()
    assert (found.raised(found.nats) == 30).all()


def test_where_none_has_an_opinion_nothing_is_surprising() -> None:
    found = verdict(math.nan, math.nan)
    assert np.isnan(found.nats).all()
    assert (found.raised(found.nats) == 0).all()


def test_the_band_is_that_of_the_first_detector_that_knows_either_end() -> None:
    bands = [(9.0, math.nan, math.nan), (1.0, math.nan, 2.0), (5.0, 4.0, 6.0)]
    found = verdict(1.0, 1.0, 1.0, bands=bands)
    assert (found.expected == 1).all()
    assert np.isnan(found.lower).all()
    assert (found.upper == 2).all()


def test_a_deviation_too_small_to_matter_never_alarms() -> None:
    profile = Profile(name="p", detectors=(Level(),), min_change=3.0, min_change_ratio=0.1)
    value, expected = np.array([103, 109, 111, 7, 103.0]), np.array([100, 100, 100, 3.9, math.nan])
    nothing = np.zeros(5)
    nats, single = np.full(5, 9.0), np.array([0, 9, 8.5, 0, 0])
    opinion = (expected, nothing, nothing, nats, single, np.zeros((1, 5), "f4"), nothing)
    look = Look(nothing, value, *opinion)
    told = judge.alarms(look, np.full(5, 8.0), profile)
    assert told.alarm.tolist() == [0, 0, 1, 1, 1]
    assert (told.alarm & told.at_once).tolist() == [0, 0, 1, 0, 0]
    assert not judge.alarms(look, np.full(5, 9.5), profile).alarm.any()
