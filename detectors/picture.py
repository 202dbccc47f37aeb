"""The picture of a series: its last 64 samples with the band then thought normal, 12 bytes each.

Time is kept in milliseconds, modulo 50 days (the time of the last sample is known, the others are
found by going back from it); the value as a float of 32 bits; the ends of the band by their
distance from the value, as floats of 16 bits with the range of 32 (so to 0.4 % of that distance).
"""

import numpy as np
import numpy.typing as npt

from detectors.anomaly import Point
from detectors.detector import Floats
from detectors.kernels import picture as kernels
from detectors.state import State

SAMPLES = kernels.SAMPLES
PICTURE = np.dtype([("points", "u4", (SAMPLES, 3)), ("used", "u1")])
"""Time, value and band of each; `used` is the next place, plus 64 once the ring is full."""

Words = npt.NDArray[np.uint32]


def remember(picture: State, at: Floats, value: Floats, lower: Floats, upper: Floats) -> None:
    """Put samples and their bands into the pictures of their rows."""
    ring = picture.cells["points"]
    kernels.remember(at, value, lower, upper, picture["used"], ring.flat, ring.base)


def points(ring: Words, used: int, last_at: float) -> tuple[Point, ...]:
    """The samples of a picture, oldest first; the newest is of `last_at`."""
    ring = ring[:used] if used < SAMPLES else np.roll(ring, -(used % SAMPLES), axis=0)
    if not len(ring):
        return ()
    since = np.diff(ring[:, 0]).astype(np.int64)  # modulo 2^32, as they are
    last = round(1e3 * min(max(last_at, -kernels.FARTHEST_S), kernels.FARTHEST_S))
    at = (last - np.r_[np.cumsum(since[::-1])[::-1], 0]) / 1e3
    value = ring[:, 1].copy().view(np.float32).astype(np.float64)
    low = (ring[:, 2] << np.uint32(16)).view(np.float32)
    high = (ring[:, 2] & np.uint32(0xFFFF0000)).view(np.float32)
    columns = (at.tolist(), value.tolist(), (value + low).tolist(), (value + high).tolist())
    return tuple(Point(*point) for point in zip(*columns, strict=True))
