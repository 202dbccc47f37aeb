"""One causal pass over the past of many series: how every sample looked, and what was found.

Series are judged side by side, the n-th sample of each in one round, so that many are hardly slower
than one. They share no clock: the silence of each ends with its own next sample.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.detector import Floats
from detectors.gate import quiet_for
from detectors.leeway import Said
from detectors.looks import Looks, Record, aligned
from detectors.profile import Profile

Index = npt.NDArray[np.intp]

_RANKS = 256  # samples of a series between two calls of `progress`
TICK_S = 1.0
"""A worker looks at silent series every second."""

_MOST_TICKS = 64


class Samples(NamedTuple):
    """The samples of a series in the order they came: epoch seconds, and values."""

    at: Floats
    value: Floats


class Found(NamedTuple):
    """How the samples of each series looked, and every message of an anomaly, by series.

    Looks are one for each sample in its order; of a profile that counts, one for each bin.
    """

    looks: dict[str, Looks]
    anomalies: dict[str, list[Anomaly]]


class _Columns(NamedTuple):
    """Samples of all series by rank: the first of each, then the second, ..."""

    rank: npt.NDArray[np.int64]
    row: Index
    at: Floats
    value: Floats

    def part(self, begin: int, end: int) -> "_Columns":
        rank, row, at, value = self
        return _Columns(rank[begin:end], row[begin:end], at[begin:end], value[begin:end])


def watched(
    profile: Profile,
    series: Mapping[str, Samples],
    *,
    ends: Mapping[str, float] | None = None,
    said: Said | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Found:
    """Judge and learn all samples of series under a profile that has detectors.

    `ends` says until when a series was listened to, where that is later than its last sample;
    `said` is what people said of series; `progress` hears how many samples were taken since the
    call before. Nothing that is said of a sample depends on a later one.
    """
    record = Record([detector.is_absolute for detector in profile.detectors])
    bank = Bank(profile, witness=record)
    bank.rows(list(series))
    bank.grant(said)
    columns = _by_rank(list(series.values()))
    told: list[Anomaly] = []
    for begin, end in _pieces(columns, profile):
        piece = columns.part(begin, end)
        told += _wait(bank, piece)
        told += bank.observe(piece.row, piece.at, piece.value, piece.rank)
        bank.take_stock()
        progress(end - begin)
    told += _end(bank, list(series), ends or {})
    looks = dict(zip(series, record.of(len(series)), strict=True))
    if profile.count_every_s is None:
        looks = {key: aligned(looks[key], *series[key]) for key in series}
    anomalies: dict[str, list[Anomaly]] = {key: [] for key in series}
    for anomaly in told:
        anomalies[anomaly.series].append(anomaly)
    return Found(looks, anomalies)


def _by_rank(series: Sequence[Samples]) -> _Columns:
    sizes = [len(samples.at) for samples in series]
    rank = np.concatenate([np.arange(size) for size in sizes] or [np.zeros(0, np.int64)])
    row = np.repeat(np.arange(len(sizes)), sizes)
    order = np.argsort(rank, kind="stable")
    at = np.concatenate([samples.at for samples in series] or [np.zeros(0)])
    value = np.concatenate([samples.value for samples in series] or [np.zeros(0)])
    return _Columns(rank[order], row[order], at[order], value[order])


def _pieces(columns: _Columns, profile: Profile) -> Iterator[tuple[int, int]]:
    """Where to part the columns: after some ranks, and before what may end a silence."""
    if not len(columns.rank):
        return
    ranks = np.arange(0, columns.rank[-1] + 1, _RANKS)
    parted = np.union1d(ranks, columns.rank[_may_end_silence(columns, profile)])
    bounds = [*np.searchsorted(columns.rank, parted).tolist(), len(columns.rank)]
    yield from pairwise(bounds)


def _may_end_silence(columns: _Columns, profile: Profile) -> Index:
    """Samples after so long a gap that there may be something to tell of it.

    The cadence is a running median of the gaps, so never much below the least of them so far.
    """
    order = np.argsort(columns.row, kind="stable")
    at, row = columns.at[order], columns.row[order]
    gap = np.diff(at, prepend=at[:1])
    gap[np.diff(row, prepend=-1) > 0] = 0.0
    multiple = profile.absent_after or 10.0
    found = []
    for begin, end in _runs(row):
        gaps = gap[begin:end]
        least = np.minimum.accumulate(np.where(gaps > 0, gaps, np.inf))
        long = ~(gaps <= np.maximum(0.5 * multiple * least, quiet_for(profile)))
        found.append(order[begin:end][long])
    return np.concatenate(found)


def _runs(row: Index) -> list[tuple[int, int]]:
    bounds = [*np.flatnonzero(np.diff(row, prepend=-1)).tolist(), len(row)]
    return list(pairwise(bounds))


def _wait(bank: Bank, piece: _Columns) -> list[Anomaly]:
    """What there is to tell of the silence before the first samples of a piece."""
    first = piece.rank == piece.rank[0]
    return _elapse(bank, piece.row[first], piece.at[first])


def _end(bank: Bank, keys: Sequence[str], ends: Mapping[str, float]) -> list[Anomaly]:
    rows = bank.rows(keys)
    return _elapse(bank, rows, np.array([ends.get(key, -np.inf) for key in keys]))


def _elapse(bank: Bank, rows: npt.NDArray[np.integer], until: Floats) -> list[Anomaly]:
    """Let time pass for rows, each until its own instant, as a worker that looks now and then."""
    told: list[Anomaly] = []
    for _ in range(_MOST_TICKS):
        now = bank.wakes_at(rows) + TICK_S
        waiting = now < until
        if not waiting.any():
            break
        told += bank.elapse_each(rows[waiting], now[waiting])
    return told
