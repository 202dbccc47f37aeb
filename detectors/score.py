"""The score: how strange a sample is, comparable between series, from 0 to 1.

How strange a deviation is has two answers. Its size says so at once, but in the same way for every
kind of series; how often the series was that far off before says so fairly, but of a short past it
says little. So the second is told by the first where nothing was seen, and both are weighed by how
much is known. After n deviations r, of which k were at least as large:

    prior = 4 log(1 + z),  z = moved |r| / mean |r|
    told  = -log((k + 1500 exp(-prior)) / (n + 1500))
    nats  = prior + n / (n + 1500) (told - prior)

The prior is a Pareto tail on the series' own mean deviation; `told` is what a Dirichlet process
predicts that begins with it, worth 1,500 samples: what came k times before is never rarer than k in
n, what never came is as rare as its size. `moved` is the share of samples that differ from the one
before: of a series that hardly ever moves, what is usual is a mean over the moves. Where nothing
ever deviated there is no size to compare with: the first that does has the prior log(1 + n).

Several streams are told by their mean of the power 3/2, between the mean and the largest: what one
of them is sure of is not lost among the others. It is drawn toward its own past by the same rule,
itself the prior: a series in which something is always odd must be odder. What was as strange a
short time ago is hardly news:

    news = nats - log(1 + a week / time since the last that was as strange) / 2

References: T. S. Ferguson, 1973, A Bayesian Analysis of Some Nonparametric Problems; I. J. Good,
1965, The Estimation of Probabilities; R. A. Fisher, 1925, Statistical Methods for Research Workers.
"""

from functools import reduce

import numpy as np

from detectors.constants import constant32
from detectors.detector import Floats
from detectors.kernels import strange as kernels
from detectors.tail import MOST, Floats32

_HALF = 10.0  # nats with a score of a half
_WORTH = constant32(1500)  # samples that the prior is worth
_SHAPE = constant32(4)  # of the prior: nats for a deviation e times as large
_FEW = constant32(10)  # deviations before there is an opinion
_NEWS_S = 7 * 86400.0
_LEVELS, _LEVEL = 256, 0.25  # of strangeness, and nats between them
_NOTHING, _ONE, _LEAST = constant32(0), constant32(1), constant32(1e-9)


def anomaly_score(nats: Floats) -> Floats:
    """Strangeness in nats as a score from 0 to 1: nats / (nats + 10).

    >>> anomaly_score(np.array([0.0, 10.0, 40.0])).tolist()
    [0.0, 0.5, 0.8]
    """
    score: Floats = nats / (nats + _HALF)
    return score


def prior(far: Floats32, usual: Floats32, moved: Floats32, seen: Floats32) -> Floats32:
    """Nats of deviations >= 0 by their size; NaN where fewer than ten were seen before.

    `usual` is the mean of those before, `moved` the share of samples that moved.

    >>> prior(*np.float32([[1.0], [1.0], [1.0], [10.0]])).round().tolist()
    [3.0]
    """
    never = usual == 0
    size: Floats32 = np.where(never, _ONE, usual)
    nats = np.minimum(_SHAPE * np.log1p(far * np.maximum(moved, _LEAST) / size), MOST)
    nats = np.where(never, np.log1p(np.where(far > 0, seen, _NOTHING)), nats)
    return np.where(seen >= _FEW, nats, np.float32(np.nan))


def drawn(nats: Floats32, above: Floats32, seen: Floats32) -> Floats32:
    """Nats drawn toward the past: `above` of the `seen` before were at least so strange.

    >>> drawn(*np.float32([[9.0, 9.0], [0.0, 15.0], [1500.0, 1500.0]])).round().tolist()
    [9.0, 7.0]
    """
    share = (above + _WORTH * np.exp(-nats)) / (seen + _WORTH)
    known = seen / (seen + _WORTH)
    told = -np.log(np.minimum(share, _ONE))
    return np.asarray(nats + known * (told - nats), np.float32)


def together(parts: Floats32) -> Floats32:
    """The mean of the power 3/2 over streams (k, n) that have an opinion; 0 where none has.

    >>> together(np.float32([[1.0], [9.0]])).round().tolist()
    [6.0]
    """
    known = np.isfinite(parts)
    parts = np.where(known, parts, _NOTHING)
    total = reduce(np.add, parts * np.sqrt(parts))
    mean = total / np.maximum(np.add.reduce(known, axis=0, dtype=np.float32), _ONE)
    told: Floats32 = np.cbrt(mean * mean)
    return told


def news(nats: Floats, at: Floats) -> Floats:
    """Strangeness of the samples of a series, less what was as strange lately.

    Strangeness counts as equal within a quarter of a nat, and above 64.

    >>> news(np.full(3, 9.0), np.array([0.0, 60.0, 7e6])).tolist()
    [9.0, 4.390..., 8.958...]
    """
    level = np.minimum(nats / _LEVEL, _LEVELS - 1).astype(np.int64)
    ago = np.empty(len(at))
    kernels.ago(level, at, _LEVELS, ago)
    told: Floats = np.maximum(nats - 0.5 * np.log1p(_NEWS_S / ago), 0.0)
    return told
