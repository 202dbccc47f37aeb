"""Numbers as arrays: on short arrays numpy takes half as long to work with one as with a number."""

import numpy as np
import numpy.typing as npt


def constant(value: float) -> npt.NDArray[np.float64]:
    """A number to work with arrays of 64 bits."""
    return np.array(value, np.float64)


def constant32(value: float) -> npt.NDArray[np.float32]:
    """A number to work with arrays of 32 bits."""
    return np.array(value, np.float32)


NONE, HALF, ONE = constant(0), constant(0.5), constant(1)
