"""A kernel run as it is and compiled: both must find the same."""

import copy
from typing import Any

import numpy as np

from detectors.kernels.kernel import Kernel


def assert_same(kernel: Kernel[Any], *args: Any, rtol: float = 1e-12) -> None:
    """On copies of these arguments, arrays that it changes and what it returns alike."""
    plain, compiled = copy.deepcopy(args), copy.deepcopy(args)
    with np.errstate(all="ignore"):
        wanted = kernel.plain(*plain)
    found = kernel.compiled(*compiled)
    _assert_close(found, wanted, rtol)
    for one, other in zip(compiled, plain, strict=True):
        _assert_close(one, other, rtol)


def _assert_close(found: Any, wanted: Any, rtol: float) -> None:
    if wanted is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, wanted, rtol, 0, equal_nan=True)


def odd(rng: np.random.Generator, n: int) -> np.ndarray:
    """Values of all sizes: NaN, infinities, constants, 1e300, denormals, zeroes."""
    values = rng.normal(size=n) * 10.0 ** rng.integers(-3, 4, n)
    few = rng.random(n) < 0.3
    return np.where(few, rng.choice([np.nan, np.inf, -np.inf, 5.0, 1e300, 5e-324, 0.0], n), values)
