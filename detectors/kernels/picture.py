"""The loops of `detectors/picture.py`, which says what is kept of a sample."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.fetch import AHEAD, fetch
from detectors.kernels.kernel import kernel

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
Index = npt.NDArray[np.intp]

SAMPLES = 64
FARTHEST_S = 1e12
LARGEST = 3e38  # a float of 32 bits
NONE = 0x7FC0  # NaN, as a float of 16 bits


@kernel("f8(f8, f8)")
def held(x: float, most: float) -> float:
    """A number, as far as it is allowed to go in either direction."""
    return min(max(x, -most), most)


@kernel("i8(f8)")
def instant(at: float) -> int:
    """Milliseconds, modulo 50 days."""
    return int(np.rint(1e3 * held(at, FARTHEST_S))) & 0xFFFFFFFF


@kernel("i8(f8, f4[:], u4[:])")
def whole(x: float, single: Floats32, word: Words) -> int:
    """The nearest float of 32 bits; `single` and `word` are one and the same place."""
    single[0] = held(x, LARGEST)
    return int(word[0])


@kernel("i8(f8, f4[:], u4[:])")
def half(x: float, single: Floats32, word: Words) -> int:
    """The nearest float of 16 bits."""
    return NONE if np.isnan(x) else (whole(x, single, word) + 0x8000) >> 16


@kernel("void(f8[:], f8[:], f8[:], f8[:], u1[:], u4[:], i8[:])", trusts=True)
def remember(
    at: Floats,
    value: Floats,
    lower: Floats,
    upper: Floats,
    used: Bytes,
    ring: Words,
    base: Index,
) -> None:
    """Put samples into rings of 64 places of three words."""
    single = np.empty(1, np.float32)
    word = single.view(np.uint32)
    for i in range(value.size):
        if i + AHEAD < value.size:
            fetch(ring, base[i + AHEAD] + 3 * (int(used[i + AHEAD]) % SAMPLES))
        place = base[i] + 3 * (int(used[i]) % SAMPLES)
        low = half(lower[i] - value[i], single, word)
        high = half(upper[i] - value[i], single, word)
        ring[place], ring[place + 1] = instant(at[i]), whole(value[i], single, word)
        ring[place + 2] = low | high << 16
        after = int(used[i]) + 1
        used[i] = after if after < 2 * SAMPLES else SAMPLES
