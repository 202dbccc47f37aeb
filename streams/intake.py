"""Intake: the chunks of one input as columns, its bad records as dead letters."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog
from msgspec.structs import replace

from config.settings import Input
from streams import clock
from streams.chunk import Chunk
from streams.codecs.decoded import Bad, Histogram, places
from streams.codecs.plain import Plain, ReadsPlain
from streams.codecs.registry import codec_for
from streams.samples import RECORD_BITS, Columns, chosen
from streams.stats import Stats

log = structlog.get_logger(__name__)

_MOST_TOLD = 20  # names that several paths have
_AFTER_SAMPLES = 1 << (RECORD_BITS - 1)  # where a record's histograms begin in its order


class Buries(Protocol):
    """Who takes the records that could not be read."""

    async def bury(self, chunk: Chunk, bad: list[Bad]) -> None:
        """Keep them; return when they are kept."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a chunk, as columns: `position` is that of each sample's record."""

    keys: Sequence[str]
    index: npt.NDArray[np.int32]
    at: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    position: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.uint8]
    start: npt.NDArray[np.float64]
    histograms: Sequence[Histogram]
    bad: list[Bad]
    place: npt.NDArray[np.int64] | None = None
    histogram_place: Sequence[int] = ()


class Intake:
    """Decodes the chunks of one input; what is not samples is buried and counted."""

    def __init__(
        self,
        source: Input,
        *,
        dead_letters: Buries,
        stats: Stats,
        life_of: Callable[[Chunk], Awaitable[bytes]] | None = None,
    ) -> None:
        """`life_of` tells the id of a chunk's topic, see :class:`streams.lives.Lives`."""
        self._input = source
        self._life_of = life_of
        self._codec = codec_for(source)
        self._dead_letters = dead_letters
        self._total = stats
        self._stats = stats.input(source.name)
        self._reached: dict[str, float] = {}
        self._merged: set[str] = set()

    async def take(self, chunk: Chunk) -> Columns | None:
        """The columns of a chunk, None when it has none; returns when its letters are kept.

        What is older than `late_after` before the newest of its partition is a dead letter; what
        waited longer than `shed_after` is not even decoded.
        """
        life = await self._life_of(chunk) if self._life_of else b""
        now = clock.epoch_s()
        self._total.records += len(chunk)
        self._stats.records += len(chunk)
        chunk = self._shed(chunk, now)
        found = self._read(chunk, now)
        columns = self._columns(chunk, found, now)
        if found.bad:
            await self._dead_letters.bury(chunk, found.bad)
            self._stats.bad += len(found.bad)
        spoken = getattr(self._codec, "format", self._input.format)
        self._stats.format = "errors" if self._input.kind == "errors" else spoken
        return None if columns is None else replace(columns, life=life)

    def _read(self, chunk: Chunk, now: float) -> _Read:
        codec = self._codec
        if isinstance(codec, ReadsPlain):
            plain = codec.plain(chunk.values, chunk.timestamps, now=now)
            if plain is not None:
                return _of_plain(plain)
        found = codec.decode(chunk.values, chunk.timestamps, now=now)
        self._tell_merged(found.merged)
        keys, index = _dictionary(found.keys)
        return _Read(
            keys,
            index,
            np.array(found.at),
            np.array(found.value),
            np.array(found.position, np.int64),
            np.array([found.kinds.get(key, 0) for key in keys] if found.kinds else (), np.uint8),
            np.array(found.start if found.kinds else ()),
            found.histograms,
            found.bad,
            np.array(found.place, np.int64) if found.place else None,
            found.histogram_place,
        )

    def _tell_merged(self, merged: Mapping[str, tuple[str, str]]) -> None:
        for name, paths in merged.items():
            if name not in self._merged and len(self._merged) < _MOST_TOLD:
                self._merged.add(name)
                log.warning("input.merged", input=self._input.name, series=name, paths=paths)

    def _shed(self, chunk: Chunk, now: float) -> Chunk:
        after = self._input.shed_after_s
        if after is None or chunk.timestamps[0] >= (oldest := (now - after) * 1000.0):
            return chunk
        kept = [i for i, timestamp in enumerate(chunk.timestamps) if timestamp >= oldest]
        self._stats.shed += len(chunk) - len(kept)
        return Chunk(
            tp=chunk.tp,
            start=chunk.start,
            next_offset=chunk.next_offset,
            values=[chunk.values[i] for i in kept],
            keys=[chunk.keys[i] for i in kept],
            timestamps=[chunk.timestamps[i] for i in kept],
            offsets=[chunk.offsets[i] for i in kept],
        )

    def _columns(self, chunk: Chunk, found: _Read, now: float) -> Columns | None:
        source = f"{chunk.tp.topic}/{chunk.tp.partition}"
        at, position = found.at, found.position
        newest = self._newest(source, at, found.histograms, now)
        kept = at >= newest[: len(at)] - self._input.late_after_s
        oldest = self._reached[source] - self._input.late_after_s
        if not kept.all() or any(h.at < oldest for h in found.histograms):
            found.bad.extend(self._late(position[~kept], found.histograms, oldest))
        placed = _placed(found.histograms, found.histogram_place, chunk.offsets)
        histograms = [one for one in placed if one.at >= oldest]
        if not kept.any() and not histograms:
            return None
        columns = Columns(
            self._input.name,
            source,
            self._reached[source],
            found.keys,
            found.index,
            at,
            found.value,
            _order(position, chunk.offsets, found.place),
            found.kinds,
            found.start,
            histograms,
        )
        self._stats.event_at = max(self._stats.event_at, self._reached[source])
        return columns if kept.all() else chosen(columns, kept, histograms)

    def _newest(
        self, source: str, at: npt.NDArray[np.float64], histograms: Sequence[Histogram], now: float
    ) -> npt.NDArray[np.float64]:
        """The newest time that a source has shown by each sample.

        A timestamp ahead of the clock is one producer's mistake, not the time for all.
        """
        before = self._reached.get(source, 0.0)
        shown = np.concatenate(([before], at, [h.at for h in histograms]))
        newest = np.maximum.accumulate(np.minimum(shown, now))
        self._reached[source] = float(newest[-1])
        return newest[1:]

    def _late(
        self, positions: npt.NDArray[np.int64], histograms: Sequence[Histogram], oldest: float
    ) -> list[Bad]:
        records = {int(p) for p in positions} | {h.position for h in histograms if h.at < oldest}
        self._stats.late += len(records)
        words = f"more than {self._input.late_after_s:g} s before the newest of its partition"
        return [Bad(position, "too_late", words) for position in sorted(records)]


def _of_plain(plain: Plain) -> _Read:
    kinds, start = np.zeros(0, np.uint8), np.zeros(0)
    return _Read(
        plain.keys, plain.index, plain.at, plain.value, plain.position, kinds, start, (), []
    )


def _dictionary(keys: list[str]) -> tuple[list[str], npt.NDArray[np.int32]]:
    """The different keys, and where in them each one is."""
    unique = list(dict.fromkeys(keys))
    number = dict(zip(unique, range(len(unique)), strict=True))
    return unique, np.array([number[key] for key in keys], np.int32)


def _order(
    position: npt.NDArray[np.int64],
    offsets: Sequence[int],
    place: npt.NDArray[np.int64] | None,
) -> npt.NDArray[np.int64]:
    """Offset of each sample's record, and its place in the record (see `RECORD_BITS`)."""
    if place is None:
        first = np.flatnonzero(np.diff(position, prepend=-1))
        sizes = np.diff(np.append(first, len(position)))
        place = np.arange(len(position)) - np.repeat(first, sizes)
    return (_offsets(position, offsets) << RECORD_BITS) + place


def _offsets(position: npt.NDArray[np.int64], offsets: Sequence[int]) -> npt.NDArray[np.int64]:
    if isinstance(offsets, range):
        return position + offsets.start
    return np.array(offsets, np.int64)[position]


def _placed(
    histograms: Sequence[Histogram], place: Sequence[int], offsets: Sequence[int]
) -> list[Histogram]:
    """Histograms with their order in the place of their position: after the record's samples."""
    numbers = place or places([one.position for one in histograms])
    return [
        replace(one, position=(offsets[one.position] << RECORD_BITS) + _AFTER_SAMPLES + number)
        for one, number in zip(histograms, numbers, strict=True)
    ]
