"""Strangeness of samples: five plain streams, each measured on the series' own past.

    distance of the sample from the nearest value before, from the mean of half an hour, and from
    the daily profile; distance from the mean of all so far, of the last 2 hours and of the last 8

Nothing is held back: every sample is learnt in full, whatever it looks like, so that what lasts is
strange when it comes and not as long as it stays. This is for ranking the past of many series by
one number (`anomaly_score` of a backtest), not for alarms: those are raised by budget, from the
detectors of a profile. Causal: what is said of a sample depends on it and on earlier ones.

Cost: about 3 µs a sample; 0.3 KB a sample while a series is worked on.
References: as `detectors/score.py`, `detectors/ranks.py` and `detectors/novelty.py`.
"""

import numpy as np

from detectors.detector import Floats
from detectors.kernels import strange as kernels
from detectors.novelty import novelty
from detectors.ranks import ranked
from detectors.score import drawn, news, prior, together
from detectors.season import season
from detectors.state import fresh
from detectors.tail import Floats32

_DAY = 86400.0
_SPANS_S = np.array([[1800.0], [2 * 3600.0], [8 * 3600.0]])
_SEASON = season(_DAY, 48, 7.0, 4 * 3600.0)
_STEADY = 1e-12  # of a value: less is not a move
_FARTHEST, _LARGEST = 1e100, 1e15


def strangeness(x: Floats, at: Floats) -> Floats:
    """Nats of the samples of one series, finite and in the order of their times."""
    if not len(x):
        return np.zeros(0)
    x = np.minimum(np.maximum(x, -_FARTHEST), _FARTHEST)
    share = 1.0 / np.arange(1.0, len(x) + 1.0)
    distances = np.abs(_distances(x, at, share))
    far = np.minimum(distances, _LARGEST).astype(np.float32)
    ranks = [ranked(stream) for stream in far]
    above, seen = (np.array(column) for column in zip(*ranks, strict=True))
    nats = drawn(prior(far, _usual(far, seen), _moved(x, share), seen), above, seen)
    mean = together(nats)
    told: Floats32 = drawn(mean, *ranked(mean))
    return news(told.astype(np.float64), at)


def _distances(x: Floats, at: Floats, share: Floats) -> Floats:
    """Of each sample in each stream, NaN where there was none before."""
    gain = np.maximum(-np.expm1(-np.diff(at, prepend=at[:1]) / _SPANS_S), share)
    found = np.empty((5, len(x)))
    kernels.means(x, gain, share, found[1:4])
    found[0] = novelty(x)
    found[[0, 1, 2, 3], 0] = np.nan
    found[4] = x - _expected(x, at)
    return found


def _expected(x: Floats, at: Floats) -> Floats:
    """What the daily profile expects of each sample."""
    state, expected = fresh(_SEASON.dtype), np.empty(len(x))
    bins = state.cells["bins"]
    sizes = _SEASON.period_s, _SEASON.bins, _SEASON.periods, _SEASON.offset_s
    kernels.follow(*state.values(), bins.flat, bins.base, x, at, *sizes, np.ones(1), expected)
    return expected


def _usual(far: Floats32, seen: Floats32) -> Floats32:
    """The mean distance of the samples before, by stream."""
    told = np.empty_like(far)
    for stream in range(len(far)):
        kernels.usual(far[stream], seen[stream], told[stream])
    return told


def _moved(x: Floats, share: Floats) -> Floats32:
    """The share of the samples before that differ from the one before them."""
    is_move = np.abs(np.diff(x, prepend=0.0)) > _STEADY * np.abs(x)
    told = np.empty(len(x), np.float32)
    kernels.moved(is_move, share, told)
    return told
