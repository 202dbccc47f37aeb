"""A bank: the state of all series of one partition under one profile, judged many at a time.

One row a series: each detector's state, the tails and peaks that calibrate it, the gate, and a
picture of the last 64 samples. A chunk is split into rounds in which a row occurs at most once; all
of it at once and its samples one at a time give identical results.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors import evidence, former, gate, peaks, picture, standstill, tail
from detectors.anomaly import Anomaly
from detectors.bins import Bins
from detectors.detector import Floats
from detectors.flags import Flags, some
from detectors.kernels import rounds as kernels
from detectors.layout import Part
from detectors.leeway import Said
from detectors.looks import Witness
from detectors.profile import Profile
from detectors.records import Ignored, Saved
from detectors.register import Register
from detectors.rounds import runs
from detectors.sharing import Sharing
from detectors.sitting import Case, Sitting, in_order
from detectors.state import Index, State
from detectors.watch import Watch

Rows = npt.NDArray[np.integer]

_AWAKE = 1 << 16  # rows of which the silence is looked at in one piece


class Expired(NamedTuple):
    """Series that were forgotten, and the closings of their open anomalies."""

    keys: list[str]
    anomalies: list[Anomaly]


class Bank:
    """All series of one partition and profile. Times are epoch seconds of event time.

    `witness` sees how every sample looked. `stale` counts the samples left out since they were not
    newer than their row's last.
    """

    def __init__(self, profile: Profile, *, witness: Witness | None = None) -> None:
        self.profile = profile
        self.stale = 0
        self.signature = signature(profile)
        self._watch = Watch(profile)
        self._bins = None if profile.count_every_s is None else Bins(profile.count_every_s)
        bins = [] if self._bins is None else [Part("bins", Bins.dtype)]
        parts = [*self._watch.parts, *bins]
        self._register = Register(self.signature, parts, self._watch.blank(parts))
        self._store = self._register.store
        self._sharing = Sharing(profile, self._register.key)
        self._sitting = Sitting(
            self._watch, self._store, self._register.key, sharing=self._sharing, witness=witness
        )
        self._is_alone = bool(bins or self._store.attic.parts or witness is not None)

    def __contains__(self, series: str) -> bool:
        return series in self._register

    @property
    def keys(self) -> Collection[str]:
        """The series of the bank."""
        return self._register.keys

    @property
    def bytes_per_row(self) -> int:
        """State of one series, its picture included."""
        return self._store.layout.row_bytes

    @property
    def sitting(self) -> Sitting | None:
        """What judges its rows, where others' may be judged with them."""
        return None if self._is_alone or self._sharing.is_any else self._sitting

    @property
    def anomalies_open(self) -> int:
        """How many series have an open anomaly."""
        return int(np.count_nonzero(self._store.column("gate", "is_open")))

    @property
    def warming_up(self) -> int:
        """How many series are only learnt as yet."""
        ready = gate.is_ready(self._store.columns("gate"), self.profile)
        return len(self.keys) - int(np.count_nonzero(ready & self._store.is_used))

    def revise(self, profile: Profile) -> None:
        """Go on under other settings of the same :func:`signature`: what was learnt stays."""
        self._sharing.revise(self.profile, profile)
        self.profile = self._watch.profile = profile
        self._store.wakes_at[self._store.is_used] = -np.inf

    def split(self, among: int) -> None:
        """Say over how many banks the series of a group are spread that share a budget."""
        self._sharing.split(self.profile, among)

    def grant(self, said: Said | None) -> None:
        """Go on under what was said of single series; None: nothing.

        Not part of what is saved: who restores a bank says it again.
        """
        self._sharing.grant(said)

    def rows(self, keys: Sequence[str]) -> npt.NDArray[np.int32]:
        """The rows of series; unknown ones are added."""
        return self._register.rows(keys)

    def observe(
        self, rows: Rows, at: npt.ArrayLike, value: npt.ArrayLike, offset: npt.ArrayLike
    ) -> list[Anomaly]:
        """Judge samples and learn from them, in the order of arrival.

        Arrays of n: row, epoch seconds, value, and offset in the source (or one for all). Left out
        are samples that are not finite, whose offset was applied to the row before this call, and
        (unless they are counted) whose time is not newer than the row's last.
        """
        samples = self.admit(rows, at, value, offset)
        return self._judge(*samples) if self._bins is None else self._count(*samples)

    def admit(
        self, rows: Rows, at: npt.ArrayLike, value: npt.ArrayLike, offset: npt.ArrayLike
    ) -> tuple[Index, Floats, Floats]:
        """Rows, times and values of the samples to judge; their offsets count as applied.

        Raises IndexError for a row that the bank does not have, ValueError for columns of several
        lengths.
        """
        places, source = np.asarray(rows, np.intp), np.asarray(offset, np.int64)
        if not source.ndim:
            source = np.full(len(places), source)
        kept, told = np.empty(len(places), np.intp), np.empty((2, len(places)))
        chunk = places, source, np.asarray(at, np.float64), np.asarray(value, np.float64)
        _check_lengths(*chunk)
        count = kernels.admit(self._store.applied, self._store.is_dirty, *chunk, kept, told)
        if count < 0:
            self._check_rows(places)
        return kept[:count], told[0, :count], told[1, :count]

    def judge(self, rows: Rows, at: Floats, value: Floats) -> list[Anomaly]:
        """Judge finite samples whatever their offset; the rest of `observe`, which raises alike."""
        _check_lengths(rows, at, value)
        self._check_rows(rows)
        return self._judge(rows, at, value)

    def _judge(self, rows: Rows, at: Floats, value: Floats) -> list[Anomaly]:
        if not len(rows):
            return []
        case = self.case(rows, at, value)
        told = [one for found in self._sitting.rounds(case) for one in found]
        self.rest(case)
        return in_order(told)

    def _check_rows(self, rows: Rows) -> None:
        """Raise IndexError for a row that the bank does not have: loops trust that it has."""
        most = len(self._store)
        wrong = rows[(rows < 0) | (rows >= most)]
        if len(wrong):
            raise IndexError(f"no row {wrong[0]}: the bank has {most}")

    def case(self, rows: Rows, at: Floats, value: Floats) -> Case:
        """Samples as they are to be judged, those left out that are not newer than the last."""
        chunk = runs(rows)
        at, value, newer = chunk.samples(at, value, self._store.column("gate", "last_at"))
        if newer is not None:
            self.stale += len(at) - int(np.count_nonzero(newer))
            chunk, at, value = chunk.kept(newer), at[newer], value[newer]
        return Case(chunk, at, value)

    def rest(self, case: Case) -> None:
        """A case was judged: its rows may be silent for a while."""
        if self._bins is None:
            quiet_s, wakes_at = gate.quiet_for(self.profile), self._store.wakes_at
            kernels.rest(case.at, *case.chunk[1:], quiet_s, wakes_at)

    def elapse(self, now: float, is_quiet: Callable[[str], bool] | None = None) -> list[Anomaly]:
        """Move event time to `now`: bins of counts close, silent series become absent.

        Those that are quiet (None: none is) do not become absent.
        """
        due = np.flatnonzero(self._store.wakes_at <= now)
        pieces = [due[i : i + _AWAKE] for i in range(0, len(due), _AWAKE)]
        if self._bins is not None:
            return [anomaly for piece in pieces for anomaly in self._close_until(piece, now)]
        return [anomaly for piece in pieces for anomaly in self._elapse(piece, now, is_quiet)]

    def elapse_each(self, rows: Rows, now: Floats) -> list[Anomaly]:
        """The same for some rows, each to an instant of its own: they share no clock."""
        due = self._store.wakes_at[rows] <= now
        elapse = self._elapse if self._bins is None else self._close_until
        return elapse(np.asarray(rows, np.intp)[due], now[due]) if some(due) else []

    def wakes_at(self, rows: Rows) -> Floats:
        """Until when the silence of rows has nothing to tell."""
        return self._store.wakes_at[rows]

    def expire(self, before: float, now: float) -> Expired:
        """Forget the series whose last sample is older than `before`, at event time `now`.

        Their rows are given to new series: whoever keeps rows by key must let go of these keys.
        """
        last_at = self._store.column("gate", "last_at")
        if self._bins is not None:
            last_at = self._store.columns("bins")["heard_at"]
        return self._expire(np.flatnonzero(self._store.is_used & (last_at < before)), now)

    def forget(self, series: str, now: float) -> list[Anomaly]:
        """Forget one series, if it is known; gives the closing of its open anomaly."""
        row = self._register.row(series)
        return [] if row is None else self._expire(np.array([row]), now).anomalies

    def is_open(self, row: int) -> bool:
        """True while the series of a row has an open anomaly."""
        return bool(self._store.column("gate", "is_open")[row])

    def is_learning(self, row: int, at: float) -> bool:
        """True unless it is held at `at`, or has an open anomaly that is not yet the new normal."""
        if self._sharing.is_held(row, at):
            return False
        gates = self._store.columns("gate")
        return not gates["is_open"][row] or bool(
            gates["relearnt_at"][row] > gates["opened_at"][row]
        )

    def state(self, series: str) -> dict[str, State]:
        """What is kept of a series, by part: to be compared and explained. Raises KeyError."""
        row = self._register.row(series)
        if row is None:
            raise KeyError(series)
        parts = (fields.part for fields in self._store.layout.fields)
        return {part: self._store.read(part, np.array([row])) for part in parts}

    def touch(self, rows: Rows) -> None:
        """Mark rows for the next snapshot, where :meth:`judge` was called on its own."""
        self._store.is_dirty[rows] = True

    def snapshot(self) -> list[Saved]:
        """Records of the series that changed since the last snapshot; None deletes a record."""
        self.take_stock()
        return [record for piece in self.pieces() for record in piece]

    def take_stock(self) -> bool:
        """Judge by how many series there are now; whether that is news, to be saved at once."""
        return self._sharing.take_stock(self._store)

    def stock(self) -> list[Saved]:
        """The last of the pieces: the count, if it is news. Who has it has the rows."""
        return self._sharing.records()

    def pieces(self) -> Iterator[list[Saved]]:
        """The same in pieces, between which samples may be judged; see `Register.pieces`.

        Not where :meth:`take_stock`, which comes first, has news: then not before the last one.
        """
        yield from self._register.pieces()
        yield self.stock()

    def deleted(self) -> list[Saved]:
        """The first of the pieces: see `Register.deleted`."""
        return self._register.deleted()

    def changed(self) -> list[str]:
        """The series that the pieces would be of."""
        return self._register.changed()

    def take(self, keys: Sequence[str]) -> list[Saved]:
        """Of the pieces only the records of some series."""
        rows = (self._register.row(key) for key in keys)
        return self._register.take(np.array([row for row in rows if row is not None], np.intp))

    def restore(self, key: bytes, value: bytes | None) -> Ignored | None:
        """Take a record of :meth:`snapshot` back, of several of one key the newest last.

        One that cannot be read is ignored, and deleted with the next snapshot; gives the reason.
        """
        return None if self._sharing.restore(key, value) else self._register.restore(key, value)

    def restore_all(self, records: Sequence[tuple[bytes, bytes]]) -> list[Ignored]:
        """The same of several records; the reasons of those that are ignored."""
        ours = [(key, value) for key, value in records if not self._sharing.restore(key, value)]
        return self._register.restore_all(ours) if ours else []

    def _elapse(
        self, rows: Index, now: Floats | float, is_quiet: Callable[[str], bool] | None = None
    ) -> list[Anomaly]:
        gates = self._store.read("gate", rows)
        absence = gates["absence"].copy()
        turn = gate.silence(gates, now, self.profile, self._quiet(rows, is_quiet))
        told = turn.any()
        self.touch(rows[told | (gates["absence"] != absence)])
        self._store.wakes_at[rows] = gate.wakes_at(gates, now, self.profile)
        self._store.write("gate", rows, gates)
        until = np.broadcast_to(now, rows.shape)
        return [
            evidence.unseen(
                self._sitting.subject(rows, gates, i), float(until[i]) if turn.closed[i] else None
            )
            for i in np.flatnonzero(told).tolist()
        ]

    def _quiet(self, rows: Index, is_quiet: Callable[[str], bool] | None) -> Flags | None:
        if is_quiet is None:
            return None
        return np.array([is_quiet(self._register.key(row)) for row in rows.tolist()], np.bool_)

    def _expire(self, rows: Index, now: float) -> Expired:
        rows_open = rows[self._store.column("gate", "is_open")[rows] == 1]
        gates = self._store.read("gate", rows_open)
        subjects = (self._sitting.subject(rows_open, gates, i) for i in range(len(rows_open)))
        anomalies = [evidence.unseen(subject, now) for subject in subjects]
        self._sharing.forget(rows)
        return Expired(self._register.free(rows), anomalies)

    def _count(self, rows: Rows, at: Floats, value: Floats) -> list[Anomaly]:
        assert self._bins is not None
        anomalies = []
        bins = self._store.columns("bins")
        for run in self._bins.runs(bins, rows, at, value):
            anomalies += self._close_bins(run.rows, run.number)
            self._bins.add(bins, run)
            self._store.wakes_at[run.rows] = self._bins.ends(bins, run.rows)
        return anomalies

    def _close_until(self, rows: Index, now: Floats | float) -> list[Anomaly]:
        assert self._bins is not None
        return self._close_bins(rows, self._bins.until(np.broadcast_to(now, rows.shape)))

    def _close_bins(self, rows: Rows, number: npt.NDArray[np.int64]) -> list[Anomaly]:
        assert self._bins is not None
        anomalies: list[Anomaly] = []
        bins = self._store.columns("bins")
        for closed in self._bins.close(bins, rows, number):
            self.touch(closed.rows)
            anomalies += self._judge(closed.rows, closed.at, closed.value)
        self._store.wakes_at[rows] = self._bins.ends(bins, rows)
        return anomalies


def _check_lengths(*columns: npt.NDArray[Any]) -> None:
    if len({len(column) for column in columns}) > 1:
        raise ValueError("the columns of a chunk are of several lengths")


def signature(profile: Profile) -> str:
    """A hash of what saved state depends on: detectors with their parameters, and what they see.

    Budget, hysteresis, warm-up and severities may be edited without losing what was learnt.
    """
    seen = (profile.detectors, profile.model, profile.by, profile.direction, profile.count_every_s)
    dtypes = [detector.dtype.descr for detector in profile.detectors]
    ours = tail.TAIL, gate.GATE, picture.PICTURE, peaks.PEAKS, standstill.STANDSTILL, former.FORMER
    text = repr((seen, dtypes, *(dtype.descr for dtype in ours)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
