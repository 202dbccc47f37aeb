"""Calibration: a residual's surprise, -log p, measured against the residuals before it.

Below the running median and up to the running 95 % quantile t the surprise is interpolated; above t
a generalised Pareto tail is fitted by the moments of the excesses:

    p(r) = f (1 + g (r - t) / s)^(-1/g),  g = (1 - m^2 / v) / 2,  s = m (1 - g)

with f the share above t, m and v the mean and variance of the excesses, g held in [0, 0.3] (a tail
is not believed to be bounded), or less where a detector knows its own to be light (`heaviest`).
Quantiles are stochastic approximations whose steps follow the residual's own scale, so that it may
have any unit. Everything is forgotten with one time constant, T samples long, and before so many
are known the first ones sooner, since they are of a model that was still learning: the n-th has a
part of 3 / (n + 100) - 2 / T in what is known, at least 1 / n. There is no opinion before 100
residuals, and before 200 p is never below 1 / (n + 1): the rank.

A residual teaches only when the next one of its series comes, and by the weight of that one: what
stands alone teaches in full, whatever it is, and the first residuals of a fault do not make the
rest of it usual. What is worth nothing itself, as in the window of a mark, does not wait.

State: 28 bytes a stream. Columns are (n,) for one stream of each row, or (streams, n).

References: A. Siffer, P.-A. Fouque, A. Termier, C. Largouet, 2017, Anomaly Detection in Streams
with Extreme Value Theory; J. R. M. Hosking, J. R. Wallis, 1987, Parameter and Quantile Estimation
for the Generalized Pareto Distribution.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels import tail as kernels
from detectors.state import State

Floats32 = npt.NDArray[np.float32]

KNOWN = ("seen", "middle", "edge", "share", "m1", "m2")
TAIL = np.dtype([(name, "f4") for name in (*KNOWN, "waiting")])
MOST = np.float32(kernels.MOST)
"""The largest surprise of one stream; p = 9e-27."""


def learn(state: State, residual: Floats32, weight: Floats32, keep: Floats32) -> None:
    """Take in, in place, the residuals before these, which wait from now on.

    `weight` is what these are worth, and teaches those; `keep` is the share of the past that is
    still remembered.
    """
    kernels.learn(*_by_stream(*state.values(), residual), weight, keep)


def reopen(state: State) -> None:
    """Let a tail be learnt anew quickly, keeping its present shape as the first guess.

    It goes on to say what it knows: with fewer residuals, nothing rarer than their number.

    What waits is of the model before, and is dropped.
    """
    state["seen"] = np.minimum(state["seen"], kernels.RANKED)
    state["waiting"] = np.zeros_like(state["waiting"])


def _by_stream(*columns: Floats32) -> tuple[Floats32, ...]:
    return columns if columns[0].ndim == 2 else tuple(column[None] for column in columns)
