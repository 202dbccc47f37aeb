"""Forgetting by time: the share a new sample takes in an average of the recent past."""

import numpy as np

from detectors.detector import Floats


def gain(dt: Floats, tau: Floats | float, seen: Floats) -> Floats:
    """The weight of a new sample in an exponential average with time constant `tau` seconds.

    `dt` is seconds since the sample before; `seen` the samples taken in so far. A young average is
    a plain mean, so the gain is never below 1 / (seen + 1).

    >>> gain(np.array([30.0, 30.0]), 600.0, np.array([3.0, 1e6])).round(3)
    array([0.25 , 0.049])
    """
    faded: Floats = -np.expm1(-np.maximum(dt, 0.0) / tau)
    return np.maximum(faded, 1.0 / (seen + 1.0))


def floor_scale(scale: Floats, level: Floats) -> Floats:
    """A scale that is never nothing: rounding errors of a constant series are not deviations."""
    return np.maximum(scale, 1e-9 * np.abs(level) + 1e-12)
