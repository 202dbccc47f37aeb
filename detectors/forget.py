"""Forgetting by time: the share a new sample takes in an average of the recent past."""

import numpy as np

from detectors.constants import ONE, constant
from detectors.detector import Floats
from detectors.kernels import usual as kernels

_PART, _LEAST = constant(kernels.PART), constant(kernels.LEAST)


def gain(dt: Floats, tau: Floats | float, least: Floats) -> Floats:
    """The weight of a new sample in an exponential average with time constant `tau` seconds.

    `dt` is seconds since the sample before, never negative; `least` is :func:`share` of the
    samples taken in so far.

    >>> gain(np.array([30.0, 30.0]), 600.0, share(np.array([3.0, 1e6]))).round(3)
    array([0.25 , 0.049])
    """
    faded: Floats = -np.expm1(-dt / tau)
    return np.maximum(faded, least)


def share(seen: Floats) -> Floats:
    """What a sample is of all so far: a young average is a plain mean, and gains at least that."""
    shares: Floats = ONE / (seen + ONE)
    return shares


def floor_scale(scale: Floats, level: Floats) -> Floats:
    """A scale that is never nothing: rounding errors of a constant series are not deviations."""
    floored: Floats = np.maximum(scale, _PART * np.abs(level) + _LEAST)
    return floored
