"""Samples per second of the meters: `python -m bench.meters [--json]`."""

import json
import sys
import time

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from streams.codecs.decoded import Histogram, Kind
from streams.meters.meters import Meters
from streams.samples import Columns

_BEGAN = 1.7e9
_BOUNDS = [0.005 * 2**i for i in range(11)]  # and one bucket beyond
_LEVELS = (0.5, 0.95, 0.99)


def main(*words: str) -> None:
    """Feed counters and histograms in messages of several sizes; medians of five runs."""
    found = {
        f"counters, messages of {size:,}": _rate(lambda size=size: _counters(size))
        for size in (100, 1_000, 10_000)
    }
    found["counters, 1 series, messages of 1,000"] = _rate(lambda: _counters(1_000, series=1))
    found["histograms, 12 buckets, 3 quantiles"] = _rate(_histograms)
    found["histograms whose bounds change"] = _rate(lambda: _histograms(widen=True))
    if "--json" in words:
        print(json.dumps({name: round(rate) for name, rate in found.items()}, indent=2))
        return
    for name, rate in found.items():
        print(f"{name:40s} {rate / 1e6:8.3f} M/s {1e6 / rate:8.2f} us each")
    for name, seconds in _seal(100_000).items():
        print(f"{name:40s} {seconds * 1e3:8.2f} ms")


def _rate(run, runs: int = 5) -> float:  # type: ignore[no-untyped-def]
    return float(np.median([run() for _ in range(runs)]))


def _counters(size: int, *, series: int | None = None, samples: int = 1_000_000) -> float:
    meters, series = Meters(lambda _: _LEVELS), series or size
    messages = [_message(i, size, series) for i in range(samples // size)]
    began = time.perf_counter()
    for offset, columns in enumerate(messages):
        meters.convert(offset, columns)
    return samples / (time.perf_counter() - began)


def _message(i: int, size: int, series: int) -> Columns:
    step = (np.arange(size) // series).astype(np.float64)
    at: npt.NDArray[np.float64] = _BEGAN + i * (size // series) + step
    return Columns(
        "app",
        "app/0",
        float(at[-1]),
        [f'requests_total{{service="s{k}",host="h{k % 97}"}}' for k in range(series)],
        (np.arange(size) % series).astype(np.int32),
        at,
        (at - _BEGAN) * 7.0,
        np.arange(size, dtype=np.int64) + i * size,
        np.full(series, Kind.CUMULATIVE, np.uint8),
        np.full(size, _BEGAN - 60),
    )


def _histograms(*, widen: bool = False, size: int = 500, messages: int = 40) -> float:
    meters = Meters(lambda _: _LEVELS)
    made = [_histogram_message(i, size, widen=widen) for i in range(messages)]
    began = time.perf_counter()
    for offset, columns in enumerate(made):
        meters.convert(offset, columns)
    return size * messages / (time.perf_counter() - began)


def _histogram_message(i: int, size: int, *, widen: bool) -> Columns:
    bounds = _BOUNDS + [10.3 + i] * widen
    counts = [float((i + 1) * (b % 5 + 1)) for b in range(len(_BOUNDS))] + [0.0] * (1 + widen)
    at = _BEGAN + 10.0 * i
    none = np.zeros(0)
    return Columns(
        "app", "app/0", at, [], np.zeros(0, np.int32), none, none, np.zeros(0, np.int64),
        histograms=[
            Histogram(i, f"took{{s=\"{k}\"}}", at, 0.0, False, sum(counts), [*bounds], [*counts])
            for k in range(size)
        ],
    )  # fmt: skip


def _seal(series: int) -> dict[str, float]:
    meters, restored = Meters(lambda _: _LEVELS), Meters(lambda _: _LEVELS)
    for i in range(0, series, 10_000):
        columns = _message(0, 10_000, 10_000)
        meters.convert(i, replace(columns, keys=[f"{key}{i}" for key in columns.keys]))
    began = time.perf_counter()
    records = list(meters.seal())
    sealed = time.perf_counter()
    for key, value in records:
        restored.restore(key, value or b"")
    size = sum(len(value or b"") for _, value in records) / series
    return {
        f"seal of {series:,} new counters, {size:.0f} B each": sealed - began,
        f"restore of {series:,} counters": time.perf_counter() - sealed,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
