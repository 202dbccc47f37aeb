"""The loop of `detectors/trial.py`, which says what it does."""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel
from detectors.kernels.pace import faded, gain, since

Column = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]

ADOPT, DROP, WILD = 0.55, 0.8, 1000.0
FEW, YOUNG, MANY = 32.0, 20.0, 64.0
TRIED, LARGEST = 2.0, 1e300
EACH = 8.0  # samples of which one is compared
MIXER, MIXED = 0x2545F4914F6CDD1D, 7 << 40


@kernel("b1(f8, f8, f8)")
def is_tried(judged: float, base: float, period: float) -> bool:
    """Whether enough was forecast to adopt a season, or to drop it."""
    return base > 0.0 and judged * base >= max(FEW * base, TRIED * period)


@kernel("f8(f8, f8, f8, f8)")
def with_error(mean: float, error: float, most: float, part: float) -> float:
    """A mean squared error, with another one taken in."""
    return mean + part * (min(error * error, most) - mean)


@kernel("u1(u1, f8, f8)")
def verdict(is_adopted: int, by_level: float, by_season: float) -> int:
    """Whether the season is adopted, by the errors of either forecast."""
    if by_season > DROP * by_level:
        return 0
    return 1 if by_season < ADOPT * by_level else is_adopted


@kernel(f"void(i8[:], {'f8[:], ' * 8}u1[:], {'f8[:], ' * 4}f8)")
def compare(
    number: Index,
    seen: Column,
    last_at: Column,
    judged: Column,
    base: Column,
    period: Column,
    level: Column,
    by_level: Column,
    by_season: Column,
    is_adopted: Flags,
    x: Column,
    at: Column,
    weight: Column,
    expected: Column,
    level_s: float,
) -> None:
    """Take errors in, in place, of some of the samples, and move the level by all."""
    for i in range(len(x)):
        w, n, dt = weight[i], judged[i], since(at[i], last_at[i], seen[i])
        if (number[i] * MIXER) & MIXED == 0:
            part = w * gain(EACH * dt, max(2.0 * period[i], MANY * base[i]), n / EACH)
            if part > 0.0 and np.isfinite(expected[i]):
                most = LARGEST if n < YOUNG else WILD * by_level[i]
                by_level[i] = with_error(by_level[i], x[i] - level[i], most, part)
                by_season[i] = with_error(by_season[i], x[i] - expected[i], most, part)
            if is_tried(n, base[i], period[i]):
                is_adopted[i] = verdict(is_adopted[i], by_level[i], by_season[i])
        if seen[i] == 0.0:
            level[i] = x[i]
        else:
            level[i] += w * faded(dt, level_s) * (x[i] - level[i])
