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


@kernel("void(f8[:], f8[:], u4[:, :])")
def words(at: Floats, value: Floats, kept: Words) -> None:
    """Fill in `kept`: times and values."""
    single = kept[1].view(np.float32)
    for i in range(at.size):
        kept[0, i] = int(np.rint(1e3 * held(at[i], FARTHEST_S))) & 0xFFFFFFFF
        single[i] = held(value[i], LARGEST)


@kernel("i8(f8, f4[:], u4[:])")
def half(x: float, single: Floats32, word: Words) -> int:
    """The nearest float of 16 bits; `single` and `word` are one and the same place."""
    if np.isnan(x):
        return NONE
    single[0] = held(x, LARGEST)
    return (int(word[0]) + 0x8000) >> 16


@kernel("void(u4[:, :], f8[:], f8[:], f8[:], u1[:], u4[:], i8[:])")
def remember(
    sample: Words,
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
        ring[place], ring[place + 1] = sample[0, i], sample[1, i]
        ring[place + 2] = low | high << 16
        after = int(used[i]) + 1
        used[i] = after if after < 2 * SAMPLES else SAMPLES
