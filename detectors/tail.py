"""Calibration: a residual's surprise, -log p, measured against the residuals before it.

Below the running median and up to the running 95 % quantile t the surprise is interpolated; above t
a generalised Pareto tail is fitted by the moments of the excesses:

    p(r) = f (1 + g (r - t) / s)^(-1/g),  g = (1 - m^2 / v) / 2,  s = m (1 - g)

with f the share above t, m and v the mean and variance of the excesses, g held in [0, 0.3] (a tail
is not believed to be bounded). Quantiles are stochastic approximations whose steps follow the
residual's own scale, so that it may have any unit. Everything is forgotten with one time constant.
There is no opinion before 100 residuals, and before 200 p is never below 1 / (n + 1): the rank.

State: 24 bytes a stream. References: A. Siffer, P.-A. Fouque, A. Termier, C. Largouet, 2017,
Anomaly Detection in Streams with Extreme Value Theory; J. R. M. Hosking, J. R. Wallis, 1987,
Parameter and Quantile Estimation for the Generalized Pareto Distribution.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.detector import Rows

Floats32 = npt.NDArray[np.float32]

TAIL = np.dtype(
    [("seen", "f4"), ("middle", "f4"), ("edge", "f4"), ("share", "f4"), ("m1", "f4"), ("m2", "f4")]
)
MOST = np.float32(60.0)
"""The largest surprise of one stream; p = 9e-27."""

_YOUNG = 50  # residuals in which only the median and the mean are sought, in large steps
_RANKED = 200  # residuals before more is believed than their rank
_MATURE = 100  # residuals before there is an opinion
_FARTHEST = np.float32(15)  # mean excesses: what one residual can teach of the tail at most
_NEAREST = np.float32(4)  # the same for a doubted residual
_DOUBTED = np.float32(0.2)  # weight under which a residual is doubted
_SHARE = np.float32(0.05)
_LARGEST = np.float32(1e15)
_SMALLEST = np.float32(1e-12)
_LN2 = np.float32(np.log(2.0))


def surprise(state: Rows, residual: Floats32, heaviest: float = 0.3) -> Floats32:
    """-log p of residuals >= 0, NaN where the residual is NaN or fewer than 100 were seen before.

    `heaviest` is the largest g; near 0 where the tail is known to be exponential.
    """
    r = np.minimum(residual, _LARGEST)
    seen = state["seen"]
    edge = np.maximum(state["edge"], _SMALLEST)
    share = np.maximum(state["share"], 1 / (seen + 1))
    at_edge = -np.log(share)
    middle = np.clip(state["middle"], _SMALLEST / 2, edge * np.float32(0.9))
    low = _LN2 * r / middle
    high = _LN2 + (at_edge - _LN2) * (r - middle) / (edge - middle)
    body = np.where(r < middle, low, np.maximum(high, 0))
    beyond = at_edge + _excess(state, np.maximum(r - edge, 0), edge, heaviest)
    nats = np.where(r > edge, beyond, body)
    nats = np.where(seen < _RANKED, np.minimum(nats, np.log(seen + 1)), nats)
    return np.where(seen >= _MATURE, np.minimum(nats, MOST), np.float32(np.nan))


def learn(state: Rows, residual: Floats32, weight: Floats32, keep: Floats32) -> None:
    """Take residuals in, in place; `keep` is the share of the past that is still remembered."""
    weight = np.where(np.isfinite(residual), weight, np.float32(0))
    r = np.clip(np.where(weight > 0, residual, np.float32(0)), _SMALLEST, _LARGEST)
    had = state["seen"]
    fresh = (had == 0) & (weight > 0)
    seen = np.where(weight > 0, had * keep + weight, had)
    a = weight / np.maximum(seen, 1)
    middle = np.where(fresh, r, state["middle"])
    edge, share = state["edge"], state["share"]
    over = (r > edge) & (had >= _YOUNG)
    young = had < _YOUNG
    size = np.where(young & (weight > 0), np.float32(0.5), a * np.float32(2.5))
    middle = _step(middle, size, (r > middle) - np.float32(0.5))
    state["middle"] = middle
    state["edge"] = np.where(
        young, 2 * np.maximum(middle, state["m1"]), _climb(edge, state["m1"], a, over)
    )
    state["share"] = np.where(young, _SHARE, share + a * (over - share))
    b = np.where(over, np.minimum(a / np.maximum(share, _SMALLEST), 1), np.float32(0))
    m1 = state["m1"]
    farthest = np.where(weight < _DOUBTED, _NEAREST, _FARTHEST) * np.maximum(
        m1, edge * np.float32(0.1)
    )
    excess = np.where(over, np.minimum(r - edge, farthest), np.float32(0))
    b = np.where(young & (weight > 0), np.float32(0.2), b)
    m1 = m1 + b * (np.where(young, r, excess) - m1)
    state["m1"] = m1
    m2 = state["m2"] + b * (excess * excess - state["m2"])
    state["m2"] = np.where(young, 2 * m1 * m1, m2)
    state["seen"] = seen


def reopen(state: Rows) -> None:
    """Let a tail be learnt anew quickly, keeping its present shape as the first guess."""
    state["seen"] = np.minimum(state["seen"], 100)


def _step(quantile: Floats32, size: npt.NDArray[Any], side: npt.NDArray[Any]) -> Floats32:
    moved = quantile * np.exp(np.minimum(size, 1) * side)
    stepped: Floats32 = np.clip(moved, _SMALLEST, _LARGEST).astype(np.float32)
    return stepped


def _climb(
    edge: Floats32, m1: Floats32, a: npt.NDArray[Any], over: npt.NDArray[np.bool_]
) -> Floats32:
    per_density = np.maximum(m1, edge * np.float32(0.1)) / _SHARE  # exponential tail, at its edge
    climbed: npt.NDArray[Any] = np.clip(
        edge + a * per_density * (over - _SHARE), _SMALLEST, _LARGEST
    )
    return np.asarray(climbed, np.float32)


def _excess(state: Rows, excess: Floats32, edge: Floats32, heaviest: float) -> Floats32:
    m1 = np.maximum(state["m1"], edge * np.float32(0.1))
    v = np.maximum(state["m2"] - m1 * m1, _SMALLEST * m1 * m1)
    g = np.clip((1 - m1 * m1 / v) / 2, np.float32(1e-3), np.float32(heaviest))
    nats: Floats32 = np.log1p(g * excess / (m1 * (1 - g))) / g
    return nats
