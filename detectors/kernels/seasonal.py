"""The loop of `detectors/seasonal.py`, which says what it does."""

from detectors.kernels.band import tell
from detectors.kernels.kernel import kernel
from detectors.kernels.season import PLACE, SCALE, Column, Components, Index, outlook, placed


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
    for i in range(len(x)):
        period, level = period_s[min(i, len(period_s) - 1)], origin[i] + offset[i]
        place = placed(at[i], period, bins)
        expected, scale = outlook(flat, base[i], place, period, bins, level, common[i], judged[i])
        tell(look, i, (x[i] - expected) / scale, expected, band * scale)
        look[SCALE, i], look[PLACE, i] = scale, place
