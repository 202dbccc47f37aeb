"""The score: how strange a sample is, comparable between series, from 0 to 1.

A p-value from a series' own past is fair, but of a short past it says little, and it forgets how
large the deviation was. So each stream's surprise is drawn toward a prior, by how much is known:

    nats = n / (n + 1500) surprise + 1500 / (n + 1500) 3 log(1 + z),  z = moved |r| / mean |r|

after n residuals r: a Pareto tail on the series' own mean absolute deviation. `moved` is the share
of samples that differ from the one before: of a series that hardly ever moves, what is usual is a
mean over the moves. Streams are combined by the root of their mean square, between the sum, best
where several agree, and the maximum, best where one sees what others cannot.

A peak hides those after it that do not exceed it, for six hours: they are the same news.

References: I. J. Good, 1965, The Estimation of Probabilities (shrinkage to a prior); R. A. Fisher,
1925, Statistical Methods for Research Workers.
"""

from functools import reduce
from typing import NamedTuple

import numpy as np

from detectors.constants import constant32
from detectors.detector import Floats
from detectors.tail import MOST, Floats32

_HALF = 10.0  # nats with a score of a half
_PRIOR = constant32(1500)  # residuals that the prior is worth
_SHAPE = constant32(3)  # of the prior: nats for a residual e times as large
_FEW = constant32(10)  # residuals before there is an opinion
_NEWS_S = 6 * 3600.0
_NOTHING, _ONE, _LEAST = constant32(0), constant32(1), constant32(1e-9)


def anomaly_score(nats: Floats) -> Floats:
    """Strangeness in nats as a score from 0 to 1: nats / (nats + 10).

    >>> anomaly_score(np.array([0.0, 10.0, 40.0])).tolist()
    [0.0, 0.5, 0.8]
    """
    score: Floats = nats / (nats + _HALF)
    return score


class Heard(NamedTuple):
    """What streams (k, n) have told: how many residuals, and their mean absolute size."""

    seen: Floats32
    size: Floats32


def strangeness(heard: Heard, residual: Floats32, told: Floats32, moved: Floats32) -> Floats32:
    """Nats of residuals >= 0 (k, n) drawn toward the prior; NaN where there is no opinion.

    `told` is their :func:`detectors.tail.surprise`, NaN while young; `moved` a share for each.
    """
    seen, size = heard
    usual = np.where(size > 0, size, np.maximum(residual, _LEAST))
    prior = np.minimum(_SHAPE * np.log1p(residual * np.maximum(moved, _LEAST) / usual), MOST)
    known = seen / (seen + _PRIOR)
    drawn = np.where(np.isfinite(told), prior + known * (told - prior), prior)
    return np.where((seen >= _FEW) & np.isfinite(residual), drawn, np.float32(np.nan))


def together(parts: Floats32) -> Floats32:
    """The root of the mean square over streams (k, n) that have an opinion; 0 where none has."""
    known = np.isfinite(parts)
    squares = np.square(np.where(known, parts, _NOTHING))
    count = np.maximum(np.add.reduce(known, axis=0, dtype=np.float32), _ONE)
    mean: Floats32 = np.sqrt(reduce(np.add, squares) / count)
    return mean


def news(nats: Floats, at: Floats, peak: Floats, peak_at: Floats) -> Floats:
    """Strangeness, but 0 for what does not exceed a peak of the last hours; peaks in place."""
    new = (nats > peak) | (at - peak_at > _NEWS_S)
    np.copyto(peak, nats, where=new)
    np.copyto(peak_at, at, where=new)
    return np.where(new, nats, 0.0)
