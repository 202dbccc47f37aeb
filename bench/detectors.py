"""What a bank costs, from 100 to 1,000,000 series: `python -m bench.detectors [--json]`.

Series are past their warm-up (each restored from one of a hundred that were taught for two days),
and speak in an order that has nothing to do with their rows. Times are CPU time of the one thread
that a bank works on; each figure is the median of many calls.
"""

import argparse
import gc
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import numpy as np

from bench.detector_costs import cost_of
from detectors.bank import Bank
from detectors.defaults import DEFAULTS
from detectors.profile import Profile
from detectors.registry import DETECTORS, OURS

SERIES = (100, 1_000, 10_000, 100_000, 1_000_000)
CHUNKS = (5_000, 20_000)
TAUGHT, ROUNDS, STEP_S, EPOCH = 100, 600, 300.0, 1_700_000_000.0
PROFILE = Profile(name="bench", detectors=DEFAULTS)
ALONE = [Profile(name="bench", detectors=(OURS[each.name](),)) for each in PROFILE.detectors]

Chunk = tuple[np.ndarray, np.ndarray, np.ndarray, int]


def key(i: int) -> str:
    """A series as they are called in the field."""
    return f'http_requests_total{{host="web-{i % 1000}",path="/api/v1/{i}",service="checkout"}}'


class Feed:
    """Chunks of samples of some rows: each row once in a chunk of its size, or many times."""

    def __init__(self, rows: np.ndarray, size: int, began: float) -> None:
        rng = np.random.default_rng(1)
        self._values = rng.normal(100, 5, size)
        self._order = rng.permutation(rows)
        self._size, self._at, self._place, self.offset = size, began, 0, ROUNDS

    def chunk(self) -> Chunk:
        """The next one."""
        self.offset += 1
        repeats = max(self._size // len(self._order), 1)
        rows = np.roll(self._order, -self._place)[: self._size]
        self._place = (self._place + len(rows)) % len(self._order)
        at = self._at + STEP_S * np.repeat(np.arange(1, repeats + 1), len(rows))
        if repeats > 1 or self._place < len(rows):
            self._at += STEP_S * repeats
        rows = np.tile(rows, repeats)
        self._values = np.roll(self._values, 7919)  # no series has the same value again and again
        return rows, at, self._values[: len(rows)], self.offset


def taught(profile: Profile) -> list[bytes]:
    """Saved state of a hundred series after two days."""
    bank = Bank(profile)
    rows, rng = bank.rows([key(i) for i in range(TAUGHT)]), np.random.default_rng(2)
    for step in range(ROUNDS):
        at = np.full(TAUGHT, EPOCH + STEP_S * step)
        bank.observe(rows, at, rng.normal(100, 5, TAUGHT), step)
    return [value for _, value in bank.snapshot() if value is not None]


def records_of(profile: Profile, series: int) -> Iterator[tuple[bytes, bytes]]:
    """The saved state of so many series."""
    values = taught(profile)
    return ((b"r" + key(i).encode(), values[i % TAUGHT]) for i in range(series))


def filled(profile: Profile, series: int) -> Bank:
    """A bank of so many series."""
    bank = Bank(profile)
    for name, value in records_of(profile, series):
        bank.restore(name, value)
    return bank


def per_sample(series: int, size: int, profile: Profile = PROFILE) -> float:
    """Microseconds of `observe` a sample."""
    bank = filled(profile, series)
    rows = bank.rows([key(i) for i in range(series)])
    feed = Feed(rows, size, EPOCH + STEP_S * ROUNDS)
    return median(_costs(bank, feed, count=30))


def _costs(bank: Bank, feed: Feed, count: int) -> Iterator[float]:
    gc.freeze()
    for warmed in range(-3, count):
        rows, at, values, offset = feed.chunk()
        took = timed(lambda: bank.observe(rows, at, values, offset))  # noqa: B023
        if warmed >= 0:
            yield took / len(rows) * 1e6


def timed(work: Callable[[], Any]) -> float:
    """Seconds of CPU."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def saving(series: int, dirty: int) -> dict[str, float]:
    """A snapshot of so many rows among so many, and a restore of all."""
    bank, log = Bank(PROFILE), list(records_of(PROFILE, series))
    took_restore = timed(lambda: [bank.restore(name, value) for name, value in log])
    rows = bank.rows([key(i) for i in range(series)])
    rng, took, written = np.random.default_rng(3), [], []
    for _ in range(9):
        bank.touch(rng.choice(rows, dirty, replace=False))
        records: list[Any] = []
        took.append(timed(lambda: records.extend(bank.snapshot())))  # noqa: B023
        written.append(sum(len(name) + len(value or b"") for name, value in records))
    return {
        "series": series,
        "dirty": dirty,
        "snapshot_s": median(took),
        "written_bytes": median(written),
        "restore_s": took_restore,
    }


def ticking(series: int) -> dict[str, float]:
    """What it costs to let time pass where nothing is due, and to look for series to forget."""
    bank = filled(PROFILE, series)
    now = EPOCH + STEP_S * ROUNDS
    bank.elapse(now)
    return {
        "series": series,
        "elapse_s": median(timed(lambda: bank.elapse(now)) for _ in range(9)),
        "expire_s": median(timed(lambda: bank.expire(0.0, now)) for _ in range(9)),
        "warming_up_s": median(timed(lambda: bank.warming_up) for _ in range(9)),
    }


def memory(series: int) -> dict[str, float]:
    """Resident bytes of a bank, of state, of the names, and at the most while it grew."""
    taught(PROFILE)
    before = _resident()
    bank = filled(PROFILE, series)
    used = _resident() - before
    return {
        "series": series,
        "state_bytes": bank.bytes_per_row,
        "resident_bytes": used / series,
        "peak_bytes": (_peak() - before) / series,
    }


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def _peak() -> int:
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def year(step_s: int) -> dict[str, float]:
    """Microseconds of a round of ten series in the first and in the last month of a year."""
    bank, rng, month = Bank(PROFILE), np.random.default_rng(4), int(30 * 86400 / step_s)
    rows, took = bank.rows([key(i) for i in range(10)]), []
    for first in range(0, int(365 * 86400 / step_s), month):
        steps = np.repeat(first + np.arange(month), len(rows))
        value = rng.normal(100, 5, len(steps)) + 20 * np.sin(steps * step_s / 86400 * 2 * np.pi)
        chunk = np.tile(rows, month), EPOCH + step_s * steps, value, steps
        took.append(1e6 * timed(lambda: bank.observe(*chunk)) / month)  # noqa: B023
    return {"step_s": step_s, "first_month_us": took[0], "last_month_us": took[-1]}


def rate(rows: int) -> float:
    """Samples a second on one core by the default detectors, calibrated, so many rows a batch."""
    return 1e6 / per_sample(max(rows, 10_000), rows)


MEASURES: dict[str, Callable[..., Any]] = {
    "per_sample": per_sample,
    "alone": lambda n: per_sample(10_000, 10_000, ALONE[n]),
    "memory": memory,
    "saving": saving,
    "ticking": ticking,
    "year": year,
    "rate": rate,
    "cost": lambda n: cost_of(list(DETECTORS)[n]),
}


def apart(measure: str, *arguments: int) -> Any:
    """A measure in a process of its own."""
    command = [sys.executable, "-m", "bench.detectors", "--one", measure, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def report(most: int) -> dict[str, Any]:
    """All figures."""
    series = [n for n in SERIES if n <= most]
    return {
        "machine": f"{platform.processor() or platform.machine()}, numpy {np.__version__}",
        "per_sample_us": {
            str(n): {str(size): apart("per_sample", n, size) for size in CHUNKS} for n in series
        },
        "alone_us": {
            profile.detectors[0].name: apart("alone", i) for i, profile in enumerate(ALONE)
        },
        "samples_per_s": {str(rows): apart("rate", rows) for rows in (100, 1_000)},
        "each": {name: apart("cost", i) for i, name in enumerate(DETECTORS)},
        "year": apart("year", 600),
        "memory": apart("memory", series[-1]),
        "saving": [apart("saving", n, min(n, 10_000)) for n in series[2:]],
        "ticking": [apart("ticking", n) for n in series[2:]],
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but one JSON object")
    parser.add_argument("--most", type=int, default=SERIES[-1], help="series at the most")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        name, *arguments = chosen.one
        print(json.dumps(MEASURES[name](*map(int, arguments))))
        return
    figures = report(chosen.most)
    print(json.dumps(figures) if chosen.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
