"""Calibration: a residual's surprise, -log p, measured against the residuals before it.

Below the running median and up to the running 95 % quantile t the surprise is interpolated; above t
a generalised Pareto tail is fitted by the moments of the excesses:

    p(r) = f (1 + g (r - t) / s)^(-1/g),  g = (1 - m^2 / v) / 2,  s = m (1 - g)

with f the share above t, m and v the mean and variance of the excesses, g held in [0, 0.3] (a tail
is not believed to be bounded). Quantiles are stochastic approximations whose steps follow the
residual's own scale, so that it may have any unit. Everything is forgotten with one time constant.
There is no opinion before 100 residuals, and before 200 p is never below 1 / (n + 1): the rank.

State: 24 bytes a stream. Columns are (n,) for one stream of each row, or (streams, n).

References: A. Siffer, P.-A. Fouque, A. Termier, C. Largouet, 2017, Anomaly Detection in Streams
with Extreme Value Theory; J. R. M. Hosking, J. R. Wallis, 1987, Parameter and Quantile Estimation
for the Generalized Pareto Distribution.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.constants import constant32
from detectors.flags import Flags, every, some, which
from detectors.kernels import tail as kernels
from detectors.state import State

Floats32 = npt.NDArray[np.float32]

TAIL = np.dtype(
    [("seen", "f4"), ("middle", "f4"), ("edge", "f4"), ("share", "f4"), ("m1", "f4"), ("m2", "f4")]
)
_FIELDS = TAIL.names or ()
MOST = np.float32(kernels.MOST)
"""The largest surprise of one stream; p = 9e-27."""

_YOUNG = 50  # residuals in which only the median and the mean are sought, in large steps
_RANKED = 200  # residuals before more is believed than their rank
_MATURE = 100  # residuals before there is an opinion
_FARTHEST = constant32(15)  # mean excesses: what one residual can teach of the tail at most
_NEAREST = constant32(4)  # the same for a doubted residual
_DOUBTED = constant32(0.2)  # weight under which a residual is doubted
_SHARE = constant32(0.05)
_LARGEST, _SMALLEST = constant32(1e15), constant32(1e-12)
_LIGHTEST = constant32(1e-3)  # least g
_SWIFT = constant32(2.5)  # of a quantile's step, in shares of its scale
_NOTHING, _TENTH, _HALF, _NINE_TENTHS, _ONE = map(constant32, (0, 0.1, 0.5, 0.9, 1))
_LN2 = constant32(np.log(2.0))


class _Taken(NamedTuple):
    """Residuals to learn from, their weights, the shares they take, and which of them count.

    `over` the edge, and of `young` tails (None where there are none); `told` are those not NaN.
    """

    r: Floats32
    weight: Floats32
    a: Floats32
    told: Flags
    over: Flags
    young: Flags | None


def surprise(
    state: State, residual: Floats32, heaviest: float = 0.3, *, streams: Any = ...
) -> Floats32:
    """-log p of residuals >= 0, NaN where the residual is NaN or fewer than 100 were seen before.

    `heaviest` is the largest g; near 0 where the tail is known to be exponential. `streams` are
    those that the residuals are of.
    """
    nats = np.empty_like(residual)
    columns = [np.atleast_2d(state[name][streams]) for name in _FIELDS]
    kernels.surprise(*columns, np.atleast_2d(residual), heaviest, np.atleast_2d(nats))
    return nats


def learn(state: State, residual: Floats32, weight: Floats32, keep: Floats32) -> None:
    """Take residuals in, in place; `keep` is the share of the past that is still remembered."""
    had, told = state["seen"], np.isfinite(residual) & (weight > 0)
    seen = had * keep + weight
    if not every(told):
        weight, residual = np.where(told, weight, _NOTHING), np.where(told, residual, _NOTHING)
        seen = np.where(told, seen, had)
    r = np.minimum(np.maximum(residual, _SMALLEST), _LARGEST)
    young, over = had < _YOUNG, r > state["edge"]
    taken = _Taken(r, weight, weight / np.maximum(seen, _ONE), told, over, None)
    if some(young):
        taken = taken._replace(over=over & ~young, young=young)
    _learn_quantiles(state, taken)
    _learn_excess(state, taken)
    state["seen"] = seen


def reopen(state: State) -> None:
    """Let a tail be learnt anew quickly, keeping its present shape as the first guess."""
    state["seen"] = np.minimum(state["seen"], 100)


def _learn_quantiles(state: State, taken: _Taken) -> None:
    r, a, over, young = taken.r, taken.a, taken.over, taken.young
    middle, edge, share, m1 = state["middle"], state["edge"], state["share"], state["m1"]
    size = a * _SWIFT
    if young is not None:
        middle = np.where((state["seen"] == 0) & taken.told, r, middle)
        size = np.where(young & taken.told, _HALF, size)
    middle = _bounded(middle * np.exp(np.minimum(size, _ONE) * ((r > middle) - _HALF)))
    per_density = np.maximum(m1, edge * _TENTH) / _SHARE  # exponential tail, at its edge
    edge = _bounded(np.asarray(edge + a * per_density * (over - _SHARE), np.float32))
    share = share + a * (over - share)
    if young is not None:
        edge = np.where(young, 2 * np.maximum(middle, m1), edge)
        share = np.where(young, _SHARE, share)
    state["middle"], state["edge"], state["share"] = middle, edge, share


def _learn_excess(state: State, taken: _Taken) -> None:
    young = taken.young
    i = which(taken.over if young is None else taken.over | young)
    if not len(i):
        return
    m1, m2, r, a = state["m1"].copy(), state["m2"].copy(), taken.r.take(i), taken.a.take(i)
    mean, square = m1.take(i), m2.take(i)
    edge, share = state["edge"].take(i), state["share"].take(i)
    doubted = taken.weight.take(i % taken.weight.size) < _DOUBTED
    farthest = np.where(doubted, _NEAREST, _FARTHEST)
    excess = np.minimum(r - edge, farthest * np.maximum(mean, edge * _TENTH))
    b = np.minimum(a / np.maximum(share, _SMALLEST), _ONE)
    if young is None:
        m1.put(i, mean + b * (excess - mean))
        m2.put(i, square + b * (excess * excess - square))
    else:
        is_young, told = young.take(i), taken.told.take(i)
        b = np.where(is_young, np.where(told, np.float32(0.2), _NOTHING), b)
        mean = mean + b * (np.where(is_young, r, excess) - mean)
        m1.put(i, mean)
        m2.put(i, np.where(is_young, 2 * mean * mean, square + b * (excess * excess - square)))
    state["m1"], state["m2"] = m1, m2


def _bounded(x: Floats32) -> Floats32:
    return np.minimum(np.maximum(x, _SMALLEST), _LARGEST)
