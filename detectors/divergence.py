"""How far one share is from another: the exponent of the tail of a binomial."""

import numpy as np

from detectors.constants import NONE, ONE, constant
from detectors.detector import Floats

_TINY = constant(1e-300)


def divergence(y: Floats, p: Floats) -> Floats:
    """Signed Kullback-Leibler divergence of shares y from p, in nats a trial; 0 < p < 1.

    >>> divergence(np.array([0.5, 0.1, 0.0]), np.array([0.5, 0.2, 0.2])).round(3) + 0.0
    array([ 0.   , -0.037, -0.223])
    """
    rest = ONE - y
    with_it = y * (np.log(np.maximum(y, _TINY)) - np.log(p))
    without = rest * (np.log(np.maximum(rest, _TINY)) - np.log1p(-p))
    signed: Floats = np.sign(y - p) * np.maximum(with_it + without, NONE)
    return signed
