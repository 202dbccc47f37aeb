"""What is told of a sample: its residual, the value that was expected, and the band around it."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel

Column = npt.NDArray[np.float64]

RESIDUAL, EXPECTED, LOWER, UPPER = range(4)
TOLD = 4  # rows


@kernel("void(f8[:,:], i8, f8, f8, f8)")
def tell(told: Column, i: int, residual: float, expected: float, half: float) -> None:
    """Fill in what is told of row `i`; `half` is half of the band's width."""
    told[RESIDUAL, i] = residual
    told[EXPECTED, i] = expected
    told[LOWER, i] = expected - half
    told[UPPER, i] = expected + half


@kernel("void(f8[:,:], i8)")
def tell_nothing(told: Column, i: int) -> None:
    """There is no opinion on row `i`."""
    tell(told, i, np.nan, np.nan, np.nan)
