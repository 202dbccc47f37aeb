"""A bank: the state of all series of one partition under one profile, judged many at a time.

One row a series, in structured arrays: each detector's state, the tails that calibrate it, the
gate, and a ring of the last 64 points. A chunk is split into rounds in which a row occurs at most
once; all of it at once and its samples one at a time give identical results.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors import evidence, gate, judge, tail
from detectors.anomaly import Anomaly
from detectors.bins import Bins
from detectors.detector import Floats, Rows
from detectors.evidence import Look
from detectors.profile import Profile
from detectors.rounds import rounds, span
from detectors.store import BLOCK, Store

Index = npt.NDArray[np.int32]

_FARTHEST = 1e100  # larger values count as this one, so that squares stay finite


class Bank:
    """All series of one partition and profile. Times are epoch seconds of event time.

    `votes`: how many samples the surprise of one stands for, where opening takes at least as
    many: for residuals too coarse to reach the budget alone.
    """

    def __init__(self, profile: Profile, *, votes: float = 1.0) -> None:
        self.profile = profile
        self._votes = votes
        self._detectors = profile.detectors
        self._names = [detector.name for detector in profile.detectors]
        self.signature = signature(profile)
        streams = len(self._detectors) + 1
        self._store = Store(
            self.signature,
            [
                *((detector.dtype, ()) for detector in self._detectors),
                (tail.TAIL, (streams,)),
                (gate.GATE, ()),
                (evidence.POINT, (evidence.RING,)),
                (Bins.dtype, ()),
            ],
        )
        self._bins = None if profile.count_every_s is None else Bins(profile.count_every_s)

    @property
    def keys(self) -> Sequence[str]:
        """The series of the bank, by row."""
        return self._store.keys

    def __contains__(self, series: str) -> bool:
        return series in self._store

    @property
    def bytes_per_row(self) -> int:
        """State of one series, its picture included."""
        return self._store.bytes_per_row

    @property
    def anomalies_open(self) -> int:
        """How many series have an open anomaly."""
        return int(np.count_nonzero(self._gates["is_open"]))

    @property
    def warming_up(self) -> int:
        """How many series are only learnt as yet."""
        gates = self._gates[: len(self._store.keys)]
        return int(np.count_nonzero(~gate.is_ready(gates, self.profile)))

    def revise(self, profile: Profile) -> None:
        """Go on under other settings of the same :func:`signature`: what was learnt stays."""
        self.profile = profile

    def rows(self, keys: Sequence[str]) -> Index:
        """The rows of series; unknown ones are added."""
        before = len(self._store.keys)
        rows = self._store.rows(keys)
        added = np.arange(before, len(self._store.keys))
        for detector, array in zip(self._detectors, self._store.arrays, strict=False):
            if len(added):
                detector.start(array[before : before + len(added)])
        return rows

    def observe(
        self,
        rows: npt.NDArray[Any],
        at: npt.NDArray[Any],
        value: npt.NDArray[Any],
        offset: npt.NDArray[Any],
    ) -> list[Anomaly]:
        """Judge samples and learn from them, in the order of arrival.

        Arrays of n: row, epoch seconds, value, and offset in the source. Left out are samples that
        are not finite, whose offset the row's block has applied before this call, and (unless they
        are counted) whose time is not newer than the row's last.
        """
        rows = np.asarray(rows, np.int32)
        at, value = np.asarray(at, np.float64), np.asarray(value, np.float64)
        offset = np.asarray(offset, np.int64)
        blocks = rows // BLOCK
        new = offset > self._store.applied[blocks]
        if not len(rows) or not new.any():
            return []
        np.maximum.at(self._store.applied, blocks[new], offset[new])
        self._store.touch(rows[new])
        kept = new & np.isfinite(at) & np.isfinite(value)
        rows, at, value = rows[kept], at[kept], np.clip(value[kept], -_FARTHEST, _FARTHEST)
        if self._bins is not None:
            return self._count(rows, at, value)
        return self.judge(rows, at, value)

    def judge(self, rows: Index, at: Floats, value: Floats) -> list[Anomaly]:
        """Judge finite samples whatever their offset; the rest of `observe`."""
        return [
            anomaly
            for chosen in rounds(rows)
            for anomaly in self._round(rows[chosen], at[chosen], value[chosen])
        ]

    def elapse(self, now: float) -> list[Anomaly]:
        """Move event time to `now`: bins of counts close, silent series become absent."""
        used = len(self._store.keys)
        if used == 0:
            return []
        if self._bins is not None:
            every = np.arange(used, dtype=np.int32)
            return self._close_bins(every, self._bins.until(np.full(used, now)))
        gates = self._gates[:used]
        absence = gates["absence"].copy()
        turn = gate.silence(gates, now, self.profile)
        changed = np.flatnonzero(turn.any() | (gates["absence"] != absence))
        if len(changed):
            self._store.touch(changed.astype(np.int32))
        return [self._silent(int(row), now, turn) for row in np.flatnonzero(turn.any())]

    def is_open(self, row: int) -> bool:
        """True while the series of a row has an open anomaly."""
        return bool(self._gates["is_open"][row])

    def is_learning(self, row: int) -> bool:
        """True unless the series of a row has an open anomaly that is not yet the new normal."""
        state = self._gates[row]
        return not state["is_open"] or bool(state["relearnt_at"] > state["opened_at"])

    def touch(self, rows: Index) -> None:
        """Mark rows for the next snapshot, where :meth:`judge` was called on its own."""
        self._store.touch(rows)

    def snapshot(self) -> list[tuple[bytes, bytes]]:
        """Records of the blocks of 64 rows that changed since the last snapshot."""
        return list(self.changes())

    def changes(self) -> Iterator[tuple[bytes, bytes]]:
        """The same one by one, so that they need not all be in memory."""
        return self._store.changes()

    def restore(self, key: bytes, value: bytes) -> None:
        """Take a record of :meth:`snapshot` back, in any order; other signatures are ignored."""
        self._store.restore(key, value)

    @property
    def _gates(self) -> Rows:
        return self._store.arrays[len(self._detectors) + 1]

    def _round(self, rows: Index, at: Floats, x: Floats) -> list[Anomaly]:
        newer = at > self._gates["last_at"][rows]
        if not newer.all():
            rows, at, x = rows[newer], at[newer], x[newer]
        if not len(rows):
            return []
        where = span(rows)
        arrays = [array[where] for array in self._store.arrays]
        anomalies = self._step(rows, arrays, at, x)
        if not isinstance(where, slice):
            for whole, part in zip(self._store.arrays, arrays, strict=True):
                whole[where] = part
        return anomalies

    def _step(self, rows: Index, arrays: list[Any], at: Floats, x: Floats) -> list[Anomaly]:
        *states, tails, gates, ring, _ = arrays
        dt = gate.tick(gates, at)
        judgements = [d.score(s, x, at) for d, s in zip(self._detectors, states, strict=True)]
        verdict = judge.Verdict(self._detectors, judgements, tails, self.profile.direction)
        nats = verdict.nats * self._votes
        look = Look(at, x, *judge.first_opinion(judgements), nats=nats, parts=verdict.parts)
        alarm = self._alarms(gates, look)
        evidence.remember(ring, gates, look)
        weight = gate.weights(gates, at, verdict.doubt, alarm, self.profile)
        turn = gate.step(gates, at, x, nats, alarm, self.profile)
        for detector, state in zip(self._detectors, states, strict=True):
            detector.learn(state, x, at, weight)
        verdict.learn(weight, dt, self.profile.memory_s)
        self._relearn(states, tails, gates, at)
        return [
            self._message(int(rows[i]), int(i), look, turn, gates, ring)
            for i in np.flatnonzero(turn.any())
        ]

    def _alarms(self, gates: Rows, look: Look) -> gate.Flags:
        least = np.maximum(
            self.profile.min_change, self.profile.min_change_ratio * np.abs(look.expected)
        )
        matters = ~(np.abs(look.value - look.expected) < least)
        ready = gate.is_ready(gates, self.profile)
        return ready & matters & (look.nats >= gate.budget(gates, self.profile))

    def _relearn(self, states: list[Any], tails: Any, gates: Rows, at: Floats) -> None:
        due = np.flatnonzero(gate.due_to_relearn(gates, at, self.profile))
        if not len(due):
            return
        chosen = [state[due] for state in states]
        judge.start_again(self._detectors, chosen, gates["recent"][due], at[due])
        for state, part in zip(states, chosen, strict=True):
            state[due] = part
        young = tails[due]
        tail.reopen(young)
        tails[due] = young
        gates["relearnt_at"][due] = at[due]

    def _message(
        self, row: int, i: int, look: Look, turn: gate.Turn, gates: Rows, ring: Any
    ) -> Anomaly:
        return Anomaly(
            series=self._store.keys[row],
            profile=self.profile.name,
            opened_at=float(gates["opened_at"][i]),
            closed_at=float(look.at[i]) if turn.closed[i] else None,
            severity=int(gates["severity"][i]),
            value=float(look.value[i]),
            expected=float(look.expected[i]),
            lower=float(look.lower[i]),
            upper=float(look.upper[i]),
            p_value=float(np.exp(-gates["worst"][i])),
            parts=evidence.parts_of(self._names, look.parts[i]),
            points=evidence.points(ring[i], int(gates["points"][i])),
        )

    def _silent(self, row: int, now: float, turn: gate.Turn) -> Anomaly:
        _, ring = self._gates, self._store.arrays[-2][row]
        anomaly = evidence.absence(
            self._gates[row], series=self._store.keys[row], profile=self.profile.name, ring=ring
        )
        return msgspec.structs.replace(anomaly, closed_at=now) if turn.closed[row] else anomaly

    def _count(self, rows: Index, at: Floats, value: Floats) -> list[Anomaly]:
        assert self._bins is not None
        anomalies = []
        for run in self._bins.runs(self._store.arrays[-1], rows, at, value):
            anomalies += self._close_bins(run.rows, run.number)
            self._bins.add(self._store.arrays[-1], run)
        return anomalies

    def _close_bins(self, rows: Index, number: npt.NDArray[np.int64]) -> list[Anomaly]:
        assert self._bins is not None
        anomalies: list[Anomaly] = []
        for closed in self._bins.close(self._store.arrays[-1], rows, number):
            self._store.touch(closed.rows)
            anomalies += self.judge(closed.rows, closed.at, closed.value)
        return anomalies


def signature(profile: Profile) -> str:
    """A hash of what saved state depends on: detectors with their parameters, and what they see.

    Budget, hysteresis, warm-up and severities may be edited without losing what was learnt.
    """
    seen = (profile.detectors, profile.model, profile.by, profile.direction, profile.count_every_s)
    dtypes = [detector.dtype.descr for detector in profile.detectors]
    text = repr((seen, dtypes, tail.TAIL.descr, gate.GATE.descr, evidence.POINT.descr))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
