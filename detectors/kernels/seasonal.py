"""The loop of `detectors/seasonal.py`, which says what it does."""

from detectors.kernels.band import tell
from detectors.kernels.fetch import AHEAD
from detectors.kernels.kernel import kernel
from detectors.kernels.season import (
    PLACE,
    SCALE,
    Column,
    Components,
    Index,
    fetch_bins,
    outlook,
    place_all,
)


@kernel(f"void({'f8[:], ' * 4}f4[:], i8[:], {'f8[:], ' * 3}i8, f8, f8[:,:])")
def score(
    origin: Column,
    offset: Column,
    common: Column,
    judged: Column,
    flat: Components,
    base: Index,
    x: Column,
    at: Column,
    period_s: Column,
    bins: int,
    band: float,
    look: Column,
) -> None:
    """Fill in `look`; a period for each row, or one for all."""
    place_all(flat, base, at, period_s, bins, look)
    for i in range(len(x)):
        fetch_bins(flat, base, look, i + AHEAD, bins)
        period, level = period_s[min(i, len(period_s) - 1)], origin[i] + offset[i]
        place = look[PLACE, i]
        expected, scale = outlook(flat, base[i], place, period, bins, level, common[i], judged[i])
        tell(look, i, (x[i] - expected) / scale, expected, band * scale)
        look[SCALE, i] = scale
