"""One pass over the past: like the bank sample by sample, causal, and silence told in its time."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.counts import Counts
from detectors.history import Samples, watched
from detectors.profile import Profile
from detectors.score import anomaly_score
from detectors.threshold import Threshold
from tests.detectors.test_bank import T0, noise, quick_profile

PROFILE = quick_profile()
ODD = st.sampled_from([5e3, 0.0, math.nan, math.inf])


def wave(n: int, seed: int, step_s: float = 10.0) -> Samples:
    """Noise with a fault in its last fifth."""
    value = noise(n, seed)
    value[-n // 5 : -n // 10] *= 3
    return Samples(T0 + step_s * np.arange(n), value)


def alone(profile: Profile, samples: Samples) -> tuple[list[Anomaly], list[bool]]:
    """One sample at a time through a bank, and after each whether an anomaly is open."""
    bank = Bank(profile)
    row = bank.rows(["a"])
    told, flags = [], []
    for i, (at, value) in enumerate(zip(*samples, strict=True)):
        told += bank.observe(row, [at], [value], i)
        flags.append(bank.is_open(0))
    return told, flags


def test_every_sample_is_judged_as_the_bank_judges_it_alone() -> None:
    samples = wave(300, 1)
    found = watched(PROFILE, {"a": samples})
    told, flags = alone(PROFILE, samples)
    assert found.anomalies["a"] == told
    assert any(anomaly.is_open for anomaly in told)
    assert found.looks["a"].is_open.tolist() == flags
    opened = found.looks["a"].is_alarm[flags.index(True)]
    assert opened


def test_series_side_by_side_are_judged_as_if_alone() -> None:
    series = {"a": wave(300, 1), "b": wave(410, 2, 30.0), "c": Samples(*np.zeros((2, 0)))}
    together = watched(PROFILE, series)
    for key, samples in series.items():
        single = watched(PROFILE, {key: samples})
        assert together.anomalies[key] == single.anomalies[key]
        for ours, theirs in zip(together.looks[key], single.looks[key], strict=True):
            np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=12)
@given(st.integers(1, 299), st.lists(st.tuples(st.integers(0, 299), ODD), max_size=5))
def test_nothing_said_of_a_sample_depends_on_later_ones(
    length: int, odd: list[tuple[int, float]]
) -> None:
    at, value = wave(300, 3)
    for place, x in odd:
        value[place] = x
    whole = watched(PROFILE, {"a": Samples(at, value)}).looks["a"]
    start = watched(PROFILE, {"a": Samples(at[:length], value[:length])}).looks["a"]
    for ours, theirs in zip(start, whole, strict=True):
        np.testing.assert_array_equal(ours, theirs[:length])


def test_what_is_not_judged_has_no_opinion_and_keeps_its_place() -> None:
    at, value = wave(300, 1)
    at[100], value[200] = at[99], math.nan
    looks = watched(PROFILE, {"a": Samples(at, value)}).looks["a"]
    assert len(looks.at) == len(looks.nats) == 300
    assert np.flatnonzero(np.isnan(looks.nats)).tolist() == [100, 200]
    assert looks.anomaly_score[100] == looks.anomaly_score[200] == 0.0
    assert not looks.is_alarm[[100, 200]].any()


def test_what_is_not_after_1970_began_is_not_judged_and_keeps_its_place() -> None:
    at, value = wave(100, 1)
    looks = watched(PROFILE, {"a": Samples(at - at[10], value)}).looks["a"]
    assert np.flatnonzero(np.isnan(looks.nats)).tolist() == list(range(11))


@pytest.mark.parametrize(("silent_s", "messages"), [(30.0, []), (600.0, [True, False])])
def test_a_silence_is_an_anomaly_where_that_is_watched(
    silent_s: float, messages: list[bool]
) -> None:
    profile = quick_profile(absent_after=6.0, absent_at_least_s=60.0)
    at, value = T0 + 10.0 * np.arange(200), noise(200)
    at[150:] += silent_s
    found = watched(profile, {"a": Samples(at, value)})
    assert [anomaly.is_open for anomaly in found.anomalies["a"]] == messages
    for anomaly in found.anomalies["a"][:1]:
        assert [part.detector for part in anomaly.parts] == ["absence"]
        assert anomaly.opened_at == pytest.approx(at[149] + 10.0, abs=1.0)


def test_a_series_that_ends_before_its_source_is_absent() -> None:
    profile = quick_profile(absent_after=6.0)
    samples = Samples(T0 + 10.0 * np.arange(200), noise(200))
    assert not watched(profile, {"a": samples}).anomalies["a"]
    found = watched(profile, {"a": samples}, ends={"a": samples.at[-1] + 600.0})
    assert [anomaly.is_open for anomaly in found.anomalies["a"]] == [True]


def test_an_anomaly_ends_in_a_silence_as_it_does_in_a_worker() -> None:
    at, value = T0 + 10.0 * np.arange(300), noise(300)
    value[245:255] *= 5
    at[250:] += 7200.0
    found = watched(PROFILE, {"a": Samples(at, value)})
    bank = Bank(PROFILE)
    row = np.repeat(bank.rows(["a"]), 300)
    told = bank.observe(row[:250], at[:250], value[:250], np.arange(250))
    for second in range(7190):
        told += bank.elapse(at[249] + second)
    told += bank.observe(row[250:], at[250:], value[250:], np.arange(250, 300))
    assert [anomaly.is_open for anomaly in told[:2]] == [True, False]
    assert [a.is_open for a in found.anomalies["a"]] == [a.is_open for a in told]
    for ours, theirs in zip(found.anomalies["a"], told, strict=True):
        assert ours.closed_at == pytest.approx(theirs.closed_at, abs=2.0)


def test_a_profile_that_counts_tells_of_its_bins() -> None:
    profile = Profile(name="errors", detectors=(Counts(),), count_every_s=60.0)
    at = np.sort(np.random.default_rng(1).uniform(T0, T0 + 36000, 3000))
    looks = watched(profile, {"a": Samples(at, np.ones(3000))}).looks["a"]
    assert looks.value.sum() == pytest.approx(3000, abs=30)
    assert (np.diff(looks.at) == 60.0).all()


def test_progress_adds_up_to_all_samples() -> None:
    heard: list[int] = []
    watched(PROFILE, {"a": wave(700, 1), "b": wave(30, 2)}, progress=heard.append)
    assert sum(heard) == 730
    assert len(heard) > 2


def test_anomaly_score_is_ordered_like_the_surprise() -> None:
    profile = Profile(name="t", detectors=(Threshold(upper=10.0),), warm_up_s=0, warm_up_samples=1)
    values = np.r_[np.full(50, 5.0), np.full(10, 20.0)]
    looks = watched(profile, {"a": Samples(T0 + 60.0 * np.arange(60), values)}).looks["a"]
    score = looks.anomaly_score
    assert ((score >= 0) & (score <= 1)).all()
    assert score[:50].max() < score[50:].min()
    np.testing.assert_array_equal(looks.p_value, np.exp(-looks.nats))
    nats = np.array([0.0, 1.0, 3.0, 60.0])
    assert (np.diff(anomaly_score(nats)) > 0).all()
