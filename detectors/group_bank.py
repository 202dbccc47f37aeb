"""A bank of groups: one model over the series that share the labels `Profile.by`.

It has the interface of :class:`detectors.bank.Bank`, which it uses inside: a group is a series
there, whose value is the model's surprise in nats. A group's vector is complete when each of its
series has a value, or when one of them speaks again; one that joins makes the trees start anew.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct, field

from detectors.anomaly import Anomaly
from detectors.bank import Bank, signature
from detectors.given import Given
from detectors.half_space_trees import Forest, HalfSpaceTrees, Masses
from detectors.profile import Profile
from detectors.series import Series, series_key

_VERSION = 1
_VOTES = 2  # a tree's score is bounded: it cannot tell one in a million from one in a thousand
_LOW, _HIGH = 0.2, 0.8
_FARTHEST = 1e100


class _Range(Struct):
    """The running range of one feature; once old, it grows by a hundredth at a time."""

    low: float
    high: float
    seen: int = 1

    def scale(self, x: float) -> float:
        """Where a value lies: 0.2 to 0.8 within the range, 0 to 1 at the most."""
        width = self.high - self.low
        place = (x - self.low) / width if width > 0 else 0.5 + (x > self.low) - (x < self.low)
        return min(max(_LOW + (_HIGH - _LOW) * place, 0.0), 1.0)

    def learn(self, x: float) -> None:
        """Take a value in."""
        outside = max(self.low - x, x - self.high, 0.0)
        most = max(0.01 * (self.high - self.low), 0.001 * outside)
        most = math.inf if self.seen < 100 else most
        self.low -= min(max(self.low - x, 0.0), most)
        self.high += min(max(x - self.high, 0.0), most)
        self.seen += 1


class _Group(Struct):
    """One group: its features, their ranges, the vector in the making, and its trees."""

    key: str
    row: int
    applied: int = -1
    ranges: dict[str, _Range] = field(default_factory=dict)
    vector: dict[str, float] = field(default_factory=dict)
    at: float = -math.inf
    newest: dict[str, float] = field(default_factory=dict)
    forest: Any = None


class _Saved(Struct, frozen=True, array_like=True):
    version: int
    signature: str
    key: str
    applied: int
    ranges: dict[str, _Range]
    vector: dict[str, float]
    at: float
    newest: dict[str, float]
    masses: Masses | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Saved).decode


def _inner(profile: Profile) -> Profile:
    """The profile under which a group's surprise is judged as a series."""
    name = HalfSpaceTrees.name if profile.model is None else profile.model.name
    return replace(profile, detectors=(Given(name=name),), model=None, direction="up")


class GroupBank:
    """All groups of one partition and profile. Times are epoch seconds of event time."""

    def __init__(self, profile: Profile) -> None:
        if not isinstance(profile.model, HalfSpaceTrees):
            raise ValueError("a group bank needs a profile with a model")
        self.profile = profile
        self.signature = signature(profile)
        self._settings = profile.model
        self._bank = Bank(_inner(profile), votes=min(_VOTES, profile.open_samples))
        self._members: list[tuple[_Group, str]] = []
        self._row_of: dict[str, int] = {}
        self._groups: dict[str, _Group] = {}
        self._dirty: set[str] = set()

    @property
    def keys(self) -> Sequence[str]:
        """The groups."""
        return self._bank.keys

    @property
    def anomalies_open(self) -> int:
        """How many groups have an open anomaly."""
        return self._bank.anomalies_open

    @property
    def warming_up(self) -> int:
        """How many groups are only learnt as yet."""
        return self._bank.warming_up

    def revise(self, profile: Profile) -> None:
        """Go on under other settings of the same signature: what was learnt stays."""
        self.profile = profile
        self._bank.revise(_inner(profile))

    def rows(self, keys: Sequence[str]) -> npt.NDArray[np.int32]:
        """The rows of series; unknown ones are added to their groups."""
        return np.array([self._row(key) for key in keys], np.int32)

    def observe(
        self,
        rows: npt.NDArray[Any],
        at: npt.NDArray[Any],
        value: npt.NDArray[Any],
        offset: npt.NDArray[Any],
    ) -> list[Anomaly]:
        """Judge samples and learn from them, in the order of arrival; see `Bank.observe`."""
        applied = {key: group.applied for key, group in self._groups.items()}
        anomalies: list[Anomaly] = []
        columns = (np.asarray(c).tolist() for c in (rows, at, value, offset))
        for row, when, x, source in zip(*columns, strict=True):
            group, feature = self._members[row]
            if source <= applied[group.key]:
                continue
            group.applied = max(group.applied, source)
            self._dirty.add(group.key)
            if math.isfinite(x) and when > group.newest.get(feature, -math.inf):
                anomalies += self._take(group, feature, when, min(max(x, -_FARTHEST), _FARTHEST))
        return anomalies

    def elapse(self, now: float) -> list[Anomaly]:
        """Move event time to `now`: silent groups become absent."""
        return self._bank.elapse(now)

    def snapshot(self) -> list[tuple[bytes, bytes]]:
        """Records of what changed since the last snapshot."""
        return list(self.changes())

    def changes(self) -> Iterator[tuple[bytes, bytes]]:
        """The same one by one, so that they need not all be in memory."""
        for key, value in self._bank.changes():
            yield b"i" + key, value
        for name in sorted(self._dirty):
            yield b"g" + name.encode(), self._pack(name)
            self._dirty.discard(name)

    def restore(self, key: bytes, value: bytes) -> None:
        """Take a record of :meth:`snapshot` back, in any order; other signatures are ignored."""
        if key[:1] == b"i":
            self._bank.restore(key[1:], value)
            for name, group in self._groups.items():
                group.row = int(self._bank.rows([name])[0])
        elif key[:1] == b"g":
            self._unpack(_decode(value))
        else:
            raise ValueError(f"not a group bank's record: {key!r}")

    def _row(self, key: str) -> int:
        row = self._row_of.get(key)
        if row is None:
            row = self._row_of[key] = len(self._members)
            self._members.append((self._group(Series.parse(key)), key))
        return row

    def _group(self, series: Series) -> _Group:
        labels = {label: series.labels.get(label, "") for label in self.profile.by}
        return self._named(series_key(self.profile.name, labels))

    def _named(self, key: str) -> _Group:
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(key, -1)
        return group

    def _take(self, group: _Group, feature: str, at: float, x: float) -> list[Anomaly]:
        anomalies = self._judge(group) if feature in group.vector else []
        group.newest[feature] = at
        group.vector[feature] = x
        group.at = max(group.at, at)
        if feature not in group.ranges:
            group.ranges[feature] = _Range(x, x)
            group.forest = None
        if len(group.vector) == len(group.ranges) and len(group.ranges) > 1:
            anomalies += self._judge(group)
        return anomalies

    def _judge(self, group: _Group) -> list[Anomaly]:
        row = self._bank_row(group)
        vector, group.vector = group.vector, {}
        scaled = {feature: group.ranges[feature].scale(x) for feature, x in vector.items()}
        forest = self._forest(group)
        nats = forest.surprise(scaled)
        anomalies: list[Anomaly] = []
        if math.isfinite(nats):
            rows = np.array([row], np.int32)
            self._bank.touch(rows)
            anomalies = self._bank.judge(rows, np.array([group.at]), np.array([nats]))
        if self._bank.is_learning(row):
            forest.learn(scaled)
            for feature, x in vector.items():
                group.ranges[feature].learn(x)
        return anomalies

    def _bank_row(self, group: _Group) -> int:
        if group.row < 0:
            group.row = int(self._bank.rows([group.key])[0])
        return group.row

    def _forest(self, group: _Group) -> Forest:
        if group.forest is None:
            group.forest = self._settings.plant(sorted(group.ranges))
        forest: Forest = group.forest
        return forest

    def _pack(self, key: str) -> bytes:
        group = self._groups[key]
        masses = None if group.forest is None else group.forest.dump()
        return _encode(
            _Saved(
                _VERSION,
                self.signature,
                key,
                group.applied,
                group.ranges,
                group.vector,
                group.at,
                group.newest,
                masses,
            )
        )

    def _unpack(self, saved: _Saved) -> None:
        if saved.version != _VERSION or saved.signature != self.signature:
            return
        group = self._named(saved.key)
        group.applied, group.at = saved.applied, saved.at
        group.ranges, group.vector, group.newest = saved.ranges, saved.vector, saved.newest
        group.forest = None
        if saved.masses is not None:
            self._forest(group).load(saved.masses)
