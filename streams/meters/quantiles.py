"""Quantiles of a histogram's buckets, and what their series are called."""

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate


def quantiles(
    levels: Sequence[float], bounds: Sequence[float], counts: Sequence[float]
) -> list[float]:
    """The quantiles at `levels` (each in (0, 1)) of observations that were counted in buckets.

    `counts[i]` lie in (`bounds[i - 1]`, `bounds[i]`], the last beyond all bounds. Observations are
    taken as spread evenly over their bucket. The lowest bucket begins at 0, unless its bound is
    not above 0: then that bound is the answer. In the highest bucket the answer is its lower
    bound: a quantile that stays there says that the buckets end too low.

    Gives nothing for a histogram without bounds or without observations.

    >>> quantiles([0.25, 0.5, 0.99], [1.0, 2.0, 4.0], [10.0, 10.0, 0.0, 1.0])
    [0.525, 1.05, 4.0]

    Reference: Prometheus, `bucketQuantile` of promql/quantile.go (`histogram_quantile`).
    """
    upto = list(accumulate(counts))
    if not bounds or not upto[-1] > 0:
        return []
    found: list[float] = []
    for level in levels:
        rank = level * upto[-1]
        i = bisect_left(upto, rank, 0, len(bounds))
        if i == len(bounds):
            found.append(bounds[-1])
        elif i == 0:
            high = bounds[0]
            found.append(high * (rank / upto[0]) if high > 0 else high)
        else:
            low = bounds[i - 1]
            found.append(low + (bounds[i] - low) * ((rank - upto[i - 1]) / counts[i]))
    return found


@lru_cache(maxsize=1024)
def quantile_name(level: float) -> str:
    """What is put behind a histogram's name: p, and the digits after the point, two at least.

    >>> [quantile_name(level) for level in (0.5, 0.95, 0.05, 0.999, 1e-5)]
    ['p50', 'p95', 'p05', 'p999', 'p00001']
    """
    return f"p{format(Decimal(repr(level)), 'f')[2:]:0<2}"
