"""What numbers parameters of river's may be, where river takes any, and fails later or never.

Some only cost memory or time: a slip of the pen must not take all of a machine. Others end the
process: what is compiled of river panics on a `clock` of 0.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple


class Range(NamedTuple):
    """Numbers from `least` to `most`; the ends are not among them where it `is_open`."""

    least: float
    most: float = math.inf
    is_open: bool = False

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | float):
            return False
        if self.is_open:
            return self.least < value < self.most
        return self.least <= value <= self.most

    def __str__(self) -> str:
        if self.is_open:
            below = f" and below {self.most:g}" if self.most < math.inf else ""
            return f"above {self.least:g}{below}"
        is_bounded = self.most < math.inf
        return (
            f"from {self.least:g} to {self.most:.0f}" if is_bounded else f"{self.least:g} or more"
        )


_COUNT = Range(1, 1000)
_LONG = Range(1, 100_000)
_ORDER = Range(0, 1000)
_SHARE = Range(0, 1, is_open=True)
_POSITIVE = Range(0, is_open=True)
_NONE_OR_MORE = Range(0)

_RANGES: Mapping[str, Range] = {
    "n_trees": Range(1, 100), "n_models": Range(1, 100), "height": Range(1, 15),
    "n_random_cuts": _COUNT, "n_components": _COUNT, "n_neighbors": _COUNT, "n_bins": _COUNT,
    "window_size": _LONG, "maxlen": _LONG, "stat_size": _LONG,
    "grace_period": _NONE_OR_MORE, "lr": _POSITIVE, "intercept_lr": _POSITIVE, "gamma": _POSITIVE,
    "clip_gradient": _POSITIVE, "n_std": _POSITIVE, "horizon": _COUNT,
    "warmup_period": _NONE_OR_MORE, "min_distance_keep": _NONE_OR_MORE, "q": Range(0, 1),
    "ADWIN.delta": _SHARE, "ADWIN.clock": _LONG, "ADWIN.max_buckets": Range(2, 1000),
    "ADWIN.min_window_length": _LONG,
    "KSWIN.alpha": _SHARE,
    "OneClassSVM.nu": Range(0, 1),
    "PageHinkley.alpha": Range(0, 1), "PageHinkley.delta": _NONE_OR_MORE,
    "PageHinkley.min_instances": _LONG, "PageHinkley.threshold": _POSITIVE,
    "SNARIMAX.p": _ORDER, "SNARIMAX.q": _ORDER, "SNARIMAX.sp": _ORDER, "SNARIMAX.sq": _ORDER,
    "SNARIMAX.d": Range(0, 10), "SNARIMAX.sd": Range(0, 10), "SNARIMAX.m": _LONG,
    "SWINN.graph_k": _COUNT, "SWINN.n_iters": _COUNT, "SWINN.warm_up": _NONE_OR_MORE,
}  # fmt: skip
"""By the name of a parameter, or by that of its class and itself, which goes before."""


def range_of(kind: type[Any], name: str) -> Range | None:
    """The numbers that a parameter of a class may be; None where nothing is known of it."""
    return _RANGES.get(f"{kind.__name__}.{name}") or _RANGES.get(name)
