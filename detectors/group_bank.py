"""A bank of groups: one model over the series that share the labels `Profile.by`.

It has the interface of :class:`detectors.bank.Bank`, which it uses inside: a group is a series
there, whose value is the model's surprise. A group's vector is complete when each of its series has
a value, or when one of them speaks again; one that joins or is forgotten makes the model start
anew.
"""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from detectors.anomaly import Anomaly
from detectors.bank import Bank, Expired, Rows, signature
from detectors.detector import Floats
from detectors.given import Given
from detectors.group import Group, Sample, Vector
from detectors.group_records import GroupRecords
from detectors.leeway import Said
from detectors.looks import Witness
from detectors.model import Model
from detectors.names import Names
from detectors.profile import Profile
from detectors.records import Ignored, Saved
from detectors.series import Series, series_key

_FARTHEST = 1e100
_BANK, _GROUP = b"i", b"g"  # kinds of records
_AT_ONCE = 8  # groups packed in one piece


def _inner(profile: Profile, model: Model) -> Profile:
    """The profile under which a group's surprise is judged as a series."""
    given = Given(name=model.name, model=repr(model))
    return replace(profile, detectors=(given,), model=None, direction="up", stuck_after_s=None)


def own_record(key: bytes) -> bytes:
    """The key of a bank's record, where it is one of the bank within a group bank; else itself."""
    return key[1:] if key.startswith(_BANK) else key


class GroupBank:
    """All groups of one partition and profile. Times are epoch seconds of event time.

    `witness` sees how every vector looked; its rows are those of the groups, in order.
    """

    def __init__(self, profile: Profile, *, witness: Witness | None = None) -> None:
        if profile.model is None:
            raise ValueError("a group bank needs a profile with a model")
        self.profile = profile
        self.stale = 0
        self.signature = signature(profile)
        self._model = profile.model
        self._records = GroupRecords(self.signature, profile.model)
        self._bank = Bank(_inner(profile, self._model), witness=witness)
        self._names = Names()  # of the members
        self._group_of: dict[int, str] = {}  # by the row of a member
        self._groups: dict[str, Group] = {}
        self._dirty: set[str] = set()
        self._gone: set[bytes] = set()  # records to delete

    def __contains__(self, series: str) -> bool:
        return series in self._names

    @property
    def keys(self) -> Collection[str]:
        """The groups that were judged."""
        return self._bank.keys

    @property
    def anomalies_open(self) -> int:
        """How many groups have an open anomaly."""
        return self._bank.anomalies_open

    @property
    def warming_up(self) -> int:
        """How many groups are only learnt as yet."""
        return self._bank.warming_up

    @property
    def wakes_at(self) -> float:
        """Until when silence has nothing to tell; infinity if for ever."""
        return float(self._bank.wakes_at(np.arange(len(self.keys))).min(initial=np.inf))

    def revise(self, profile: Profile) -> None:
        """Go on under other settings of the same signature: what was learnt stays."""
        self.profile = profile
        self._bank.revise(_inner(profile, self._model))

    def split(self, among: int) -> None:
        """Say over how many banks the groups are spread that share a budget; see `Bank.split`."""
        self._bank.split(among)

    def grant(self, said: Said | None) -> None:
        """Go on under what was said of single groups; see `Bank.grant`."""
        self._bank.grant(said)

    def rows(self, keys: Sequence[str]) -> npt.NDArray[np.int32]:
        """The rows of series; unknown ones are added to their groups."""
        rows, new = self._names.rows(keys)
        for row in new:
            self._group_of[row] = self._group_key(self._names.key(row))
        return rows

    def observe(
        self, rows: Rows, at: npt.ArrayLike, value: npt.ArrayLike, offset: npt.ArrayLike
    ) -> list[Anomaly]:
        """Judge samples and learn from them, in the order of arrival; see `Bank.observe`.

        Groups are judged side by side, a vector of each at a time.
        """
        offsets = np.broadcast_to(np.asarray(offset, np.int64), np.shape(rows))
        samples = self._by_group(np.asarray(rows), np.asarray(at), np.asarray(value), offsets)
        turns = [self._group(key).take(taken) for key, taken in samples.items()]
        told: list[tuple[int, Anomaly]] = []
        while turns:
            due = [(turn, next(turn, None)) for turn in turns]
            told += self._judge([vector for _, vector in due if vector is not None])
            turns = [turn for turn, vector in due if vector is not None]
        return [anomaly for _, anomaly in sorted(told, key=itemgetter(0))]

    def elapse(self, now: float, is_quiet: Callable[[str], bool] | None = None) -> list[Anomaly]:
        """Move event time to `now`: silent groups become absent, unless they are quiet."""
        return self._bank.elapse(now, is_quiet)

    def expire(self, before: float, now: float) -> Expired:
        """Forget the series whose last sample is older than `before`, and groups of no others.

        See `Bank.expire`.
        """
        keys: set[str] = set()
        anomalies: list[Anomaly] = []
        for group in list(self._groups.values()):
            gone = group.forget(before)
            keys.update(gone)
            if gone:
                self._dirty.add(group.key)
            if not group.newest:
                anomalies += self._forget(group.key, now)
        return Expired(sorted(keys.union(self._free())), anomalies)

    def snapshot(self) -> list[Saved]:
        """Records of what changed since the last snapshot; None deletes a record."""
        self.take_stock()
        return [record for piece in self.pieces() for record in piece]

    def take_stock(self) -> bool:
        """See `Bank.take_stock`."""
        return self._bank.take_stock()

    def pieces(self) -> Iterator[list[Saved]]:
        """The same in pieces, between which samples may be judged; see `Register.pieces`.

        A group and its row in the bank are in one, for they must be of one instant.
        """
        yield self._deleted()
        names = sorted(self._dirty.union(self._bank.changed()))
        for first in range(0, len(names), _AT_ONCE):
            yield self._take(names[first : first + _AT_ONCE])
        yield [(_BANK + key, value) for key, value in self._bank.stock()]

    def _deleted(self) -> list[Saved]:
        gone, self._gone = self._gone, set()
        banked = (_BANK + key for key, _ in self._bank.deleted())
        return [(key, None) for key in (*sorted(gone), *banked)]

    def _take(self, names: Sequence[str]) -> list[Saved]:
        changed = [name for name in names if name in self._dirty]
        self._dirty.difference_update(changed)
        packed = [
            (_GROUP + name.encode(), self._records.pack(self._groups[name])) for name in changed
        ]
        self._gone.difference_update(key for key, _ in packed)
        return [*((_BANK + key, value) for key, value in self._bank.take(names)), *packed]

    def restore_all(self, records: Sequence[tuple[bytes, bytes]]) -> list[Ignored]:
        """See `Bank.restore_all`."""
        told = [self.restore(key, value) for key, value in records]
        return [why for why in told if why is not None]

    def restore(self, key: bytes, value: bytes | None) -> Ignored | None:
        """Take a record of :meth:`snapshot` back; see `Bank.restore`."""
        kind, name = key[:1], key[1:]
        if kind == _BANK:
            return self._bank.restore(name, value)
        if kind != _GROUP:
            raise ValueError(f"not a group bank's record: {key!r}")
        self._gone.discard(key)
        self._groups.pop(name.decode(), None)
        self._dirty.discard(name.decode())
        saved = None if value is None else self._records.unpack(value)
        if isinstance(saved, Ignored):
            self._gone.add(key)
            return saved
        if saved is not None:
            self._groups[saved.key] = saved
        return None

    def _group_key(self, series: str) -> str:
        labels = Series.parse(series).labels
        return series_key(self.profile.name, {of: labels.get(of, "") for of in self.profile.by})

    def _group(self, key: str) -> Group:
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(key, self._model)
        return group

    def _by_group(
        self, rows: Rows, at: Floats, value: Floats, offset: npt.NDArray[np.int64]
    ) -> dict[str, list[Sample]]:
        """The samples to take, by group in the order of arrival; the others are left out."""
        samples: dict[str, list[Sample]] = {}
        applied: dict[str, int] = {}
        newest: dict[str, float] = {}
        columns = (rows.tolist(), at.tolist(), value.tolist(), offset.tolist())
        for position, (row, when, x, source) in enumerate(zip(*columns, strict=True)):
            group, feature = self._group(self._group_of[row]), self._names.key(row)
            if source <= applied.setdefault(group.key, group.applied):
                continue
            group.applied = max(group.applied, source)
            self._dirty.add(group.key)
            last = newest.get(feature, group.newest.get(feature, -math.inf))
            if not (math.isfinite(x) and math.isfinite(when)):
                continue
            if when <= last:
                self.stale += 1
                continue
            newest[feature] = when
            x = min(max(x, -_FARTHEST), _FARTHEST)
            samples.setdefault(group.key, []).append(Sample(position, feature, when, x))
        return samples

    def _judge(self, due: list[Vector]) -> Iterator[tuple[int, Anomaly]]:
        """Judge vectors of distinct groups, and learn from them."""
        scaled = [vector.group.scaled(vector) for vector in due]
        surprise = [v.group.knowing.surprise(s) for v, s in zip(due, scaled, strict=True)]
        rows = self._bank.rows([vector.group.key for vector in due])
        told = np.isfinite(surprise)
        self._bank.touch(rows[told])
        at = np.array([vector.at for vector in due])
        found = self._bank.judge(rows[told], at[told], np.array(surprise)[told])
        for row, vector, taken in zip(rows.tolist(), due, scaled, strict=True):
            if self._bank.is_learning(row, vector.at):
                vector.group.learn(vector, taken)
        position_of = {vector.group.key: vector.position for vector in due}
        return ((position_of[anomaly.series], anomaly) for anomaly in found)

    def _free(self) -> list[str]:
        """Let go of the rows of series that no group has heard of, or has forgotten."""
        groups, names = self._groups, self._names
        rows = [
            row
            for row, of in self._group_of.items()
            if of not in groups or names.key(row) not in groups[of].newest
        ]
        for row in rows:
            del self._group_of[row]
        return names.free(rows)

    def _forget(self, key: str, now: float) -> list[Anomaly]:
        del self._groups[key]
        self._dirty.discard(key)
        self._gone.add(_GROUP + key.encode())
        return self._bank.forget(key, now)
