"""One causal pass over the past of groups of series, each judged by a model together.

Unlike series by themselves (detectors/history.py) those of a group share a clock: their samples are
taken in the order of their times.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from detectors.anomaly import Anomaly
from detectors.detector import Floats
from detectors.gate import quiet_for
from detectors.group_bank import GroupBank
from detectors.history import TICK_S, Found, Index, Samples
from detectors.leeway import Said
from detectors.looks import Record
from detectors.profile import Profile

_MOST_TICKS = 64  # for each group, between two pieces


def groups_watched(
    profile: Profile,
    series: Mapping[str, Samples],
    *,
    ends_at: float = -np.inf,
    said: Said | None = None,
) -> Found:
    """Judge and learn all samples of series under a profile that has a model; by group.

    Looks are one for each vector of a group; their value is the model's surprise. `ends_at` says
    until when all were listened to. Nothing that is said depends on a later sample.
    """
    record = Record()
    bank = GroupBank(profile, witness=record)
    bank.grant(said)
    row, at, value = _by_time(bank.rows(list(series)).astype(np.intp), list(series.values()))
    told: list[Anomaly] = []
    for begin, end in _pieces(at, quiet_for(profile)):
        told += _elapse(bank, float(at[begin]))
        told += bank.observe(row[begin:end], at[begin:end], value[begin:end], np.arange(begin, end))
        bank.take_stock()
    told += _elapse(bank, ends_at)
    keys = list(bank.keys)
    anomalies: dict[str, list[Anomaly]] = {key: [] for key in keys}
    for anomaly in told:
        anomalies[anomaly.series].append(anomaly)
    return Found(dict(zip(keys, record.of(len(keys)), strict=True)), anomalies)


def _by_time(rows: Index, series: Sequence[Samples]) -> tuple[Index, Floats, Floats]:
    row = np.repeat(rows, [len(samples.at) for samples in series])
    at = np.concatenate([samples.at for samples in series] or [np.zeros(0)])
    value = np.concatenate([samples.value for samples in series] or [np.zeros(0)])
    order = np.argsort(at, kind="stable")
    order = order[np.isfinite(at[order])]
    return row[order], at[order], value[order]


def _pieces(at: Floats, longest_s: float) -> Iterator[tuple[int, int]]:
    """Where to part samples, so that no silence that is told lies within a piece."""
    number = np.floor(at / max(longest_s, TICK_S))
    begins = np.flatnonzero(np.diff(number, prepend=-np.inf))
    yield from pairwise([*begins.tolist(), len(at)])


def _elapse(bank: GroupBank, until: float) -> list[Anomaly]:
    """Let time pass as for a worker that looks now and then."""
    told: list[Anomaly] = []
    for _ in range(_MOST_TICKS * len(bank.keys)):
        now = bank.wakes_at + TICK_S
        if not now < until:
            break
        told += bank.elapse(now)
    return told
