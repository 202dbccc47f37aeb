"""Anomalies counted again from the surprises of a pass: as many as the pass itself opened."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.episodes import episodes
from detectors.history import Samples, watched
from detectors.level import Level
from detectors.profile import Profile
from detectors.recount import openings
from detectors.threshold import Threshold
from tests.detectors.test_bank import T0, noise, quick_profile

SETTINGS = (
    {},
    {"open_samples": 1, "open_of": 1},
    {"open_samples": 2, "open_of": 6, "min_duration_s": 25.0},
    {"close_after_s": 0.0, "min_change_ratio": 0.5},
    {"false_alarms_per_s": 1 / 3600, "min_change": 30.0},
)


def faulty(seed: int) -> Samples:
    """Noise with a few bursts and silences, some in a row."""
    rng = np.random.default_rng(seed)
    at, value = T0 + 10.0 * np.arange(600), noise(600, seed)
    for place in rng.integers(220, 580, 2):
        value[place : place + rng.integers(1, 12)] += rng.choice([-1, 1]) * rng.uniform(50, 400)
    for place in rng.integers(220, 580, 2):
        at[place:] += rng.uniform(100, 9000)
    return Samples(at, value)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_settings_of_the_pass_give_the_count_of_the_pass(settings: dict[str, float]) -> None:
    profile = quick_profile(**settings)
    found = watched(profile, {str(seed): faulty(seed) for seed in range(60)})
    told = {key: episodes(found.anomalies[key], looks) for key, looks in found.looks.items()}
    assert sum(map(len, told.values())) >= 20
    for key, looks in found.looks.items():
        assert openings(looks, profile) == len(told[key])


def test_a_bound_that_is_crossed_by_little_is_counted() -> None:
    profile = quick_profile()
    profile = replace(profile, detectors=(Level(), Threshold(upper=150.0)))
    value = np.r_[np.linspace(149, 150, 400), np.repeat([150.5, 149.5, 150.5], 50)]
    found = watched(profile, {"a": Samples(T0 + 10.0 * np.arange(len(value)), value)})
    looks = found.looks["a"]
    assert openings(looks, profile) == len(episodes(found.anomalies["a"], looks)) == 2


def spiky() -> tuple[Profile, Samples]:
    """Five bursts, each larger than the one before."""
    at, value = T0 + 10.0 * np.arange(900), noise(900)
    for i in range(5):
        value[400 + 100 * i :][:5] += 60.0 * 2**i
    return quick_profile(close_after_s=60.0), Samples(at, value)


def test_a_stricter_budget_never_opens_more_often_on_separate_bursts() -> None:
    profile, samples = spiky()
    looks = watched(profile, {"a": samples}).looks["a"]
    counts = [
        openings(looks, quick_profile(close_after_s=60.0, false_alarms_per_s=1 / seconds))
        for seconds in (600.0, 86400.0, 86400.0 * 30, 1e30)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_an_episode_knows_when_it_was_told_and_how_bad_it_came_to_be() -> None:
    profile, samples = spiky()
    found = watched(profile, {"a": samples})
    told = episodes(found.anomalies["a"], found.looks["a"])
    assert told
    for episode in told:
        assert episode.opened_at <= episode.told_at
        assert episode.closed_at is not None
        assert episode.told_at < episode.closed_at
        assert not episode.is_silence
        of = [m for m in found.anomalies["a"] if m.opened_at == episode.opened_at]
        assert episode.p_value == min(m.p_value for m in of)
