"""Ingest: an input's samples, re-keyed by series, into `tocsin.samples`."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
from aiokafka import AIOKafkaProducer
from msgspec.structs import replace

from config.settings import Input
from detectors.series import Series
from streams.app import Outlived, generation_handled
from streams.chunk import Chunk
from streams.in_step import Behind, InStep
from streams.intake import Intake
from streams.producer import Record, send_all
from streams.samples import Columns, pack, partition_of

_MOST_KEYS = 1_000_000
_LARGEST = 4 << 20  # bytes in a message at the most, half of what the broker takes
_SAMPLE_BYTES = 36  # of the columns
_BOUND_BYTES = 18  # of a histogram's bound and count
_WIDEST = 4  # bytes of a character
_MOST_HELD = 200_000  # samples
_LONGEST_HELD_S = 1.0
_REACHED_EVERY_S = 0.5  # how often a partition without samples of a source hears how far it is


class Ingest:
    """Handles the chunks of one input.

    `behind` says which sources have more (see :class:`InStep`), `generation` how often partitions
    were given out.
    """

    def __init__(
        self,
        source: Input,
        *,
        intake: Intake,
        topic: str,
        partitions: int,
        producer: AIOKafkaProducer,
        behind: Behind = lambda _: (),
        generation: Callable[[], int] = lambda: 0,
    ) -> None:
        self._input = source
        self._intake = intake
        self._topic = topic
        self._partitions = partitions
        self._producer = producer
        self._in_step = InStep(behind)
        self._generation = generation
        self._held_in = generation()
        self._one_at_a_time = asyncio.Lock()
        self._sending: asyncio.Task[None] | None = None
        self._later: asyncio.Task[None] | None = None
        self._fault: Exception | None = None
        self._partition_of: dict[str, int] = {}
        self._told: dict[tuple[str, int], float] = {}

    async def handle(self, chunk: Chunk) -> "asyncio.Future[None]":
        """Decode, bury what is bad, and send the rest on in step with other sources.

        The future is done when the broker has all of it. One moment is under way at a time, so
        that none overtakes another; what is read meanwhile makes the next one. After one that
        failed none goes on: sent again by whoever reads it next, it would be taken for a repeat of
        what is before them. Raises :class:`Outlived` for a chunk whose partition was given out
        again meanwhile.
        """
        columns = await self._intake.take(chunk)
        if generation_handled.get() not in (None, self._generation()):
            # What is before it may be held no more, and must not come after it.
            raise Outlived(f"{chunk.tp.topic}/{chunk.tp.partition} was given out again")
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._held_in != self._generation():
            self._held_in = self._generation()
            self._in_step.clear()
        if columns is None:
            self._in_step.passed(chunk.tp, chunk.next_offset)
            sent.set_result(None)
        else:
            self._in_step.add(chunk.tp, chunk.next_offset, columns, sent)
        if self._in_step.samples > _MOST_HELD:
            await self._release(everything=True)
        elif _is_over(self._sending):
            self._sending = asyncio.create_task(self._send_on())
        if self._in_step.samples and _is_over(self._later):
            self._later = asyncio.create_task(self._release_later())
        return sent

    async def _send_on(self) -> None:
        """Send moment after moment, until nothing more may go on."""
        while await self._release(everything=False):
            pass

    async def _release_later(self) -> None:
        """Nothing is held for longer than this, whatever the others do."""
        await asyncio.sleep(_LONGEST_HELD_S)
        await self._release(everything=True)

    async def _release(self, *, everything: bool) -> bool:
        """Send what may go on, and whether there was any. A failure is that of all from it on."""
        async with self._one_at_a_time:
            moment, sent = self._in_step.release(everything=everything)
            try:
                if self._fault is not None:
                    raise self._fault
                if moment:
                    await send_all(self._producer, self._rekeyed(moment))
            except Exception as error:  # noqa: BLE001 - it is of those who wait
                self._fault = error
                _fail([*sent, *self._in_step.tickets()], error)
                return False
            for ticket in sent:
                cast("asyncio.Future[None]", ticket).set_result(None)
            return bool(moment)

    def _rekeyed(self, moment: Sequence[Columns]) -> list[Record]:
        """The messages of a moment: its samples by destination, and where its sources are."""
        going: dict[int, list[Columns]] = {number: [] for number in range(self._partitions)}
        for columns in (run for whole in moment for run in _runs(whole)):
            for partition, part in self._shared_out(columns).items():
                going[partition].append(part)
        return [
            (self._topic, None, pack(replace(part, is_followed=number + 1 < len(parts))), partition)
            for partition, parts in going.items()
            for number, part in enumerate(parts)
        ]

    def _shared_out(self, columns: Columns) -> dict[int, Columns]:
        """What each partition is told: its samples, or now and then that it has none."""
        parts = self._parts(columns)
        wall = asyncio.get_running_loop().time()
        for partition in range(self._partitions):
            told = (columns.source, partition)
            if partition in parts or wall - self._told.get(told, -1e9) >= _REACHED_EVERY_S:
                self._told[told] = wall
                if partition not in parts:
                    parts[partition] = _without_samples(columns)
        return parts

    def _parts(self, columns: Columns) -> dict[int, Columns]:
        """Destination partition -> what of the columns belongs there."""
        goes_to = self._destinations(columns.keys)
        histograms: dict[int, list[int]] = {}
        for i, histogram in enumerate(columns.histograms):
            histograms.setdefault(self._partition(histogram.key), []).append(i)
        sorted_to = goes_to[columns.index]
        samples = np.argsort(sorted_to, kind="stable")
        bounds = np.searchsorted(sorted_to[samples], np.arange(self._partitions + 1))
        return {
            partition: _part(
                columns,
                samples[bounds[partition] : bounds[partition + 1]],
                histograms.get(partition, []),
            )
            for partition in {*goes_to.tolist(), *histograms}
        }

    def _destinations(self, keys: Sequence[str]) -> npt.NDArray[np.int32]:
        known = self._partition_of
        try:
            return np.array([known[key] for key in keys], np.int32)
        except KeyError:
            return np.array([self._partition(key) for key in keys], np.int32)

    def _partition(self, key: str) -> int:
        partition = self._partition_of.get(key)
        if partition is None:
            if len(self._partition_of) >= _MOST_KEYS:
                self._partition_of.clear()
            partition = partition_of(self._partition_key(key), self._partitions)
            self._partition_of[key] = partition
        return partition

    def _partition_key(self, key: str) -> str:
        names = self._input.partition_by
        if not names:
            return key
        labels: Mapping[str, str] = Series.parse(key).labels
        return "\0".join(labels.get(name, "") for name in names)


def _is_over(task: "asyncio.Task[None] | None") -> bool:
    return task is None or task.done()


def _fail(tickets: Sequence[object], error: Exception) -> None:
    for ticket in cast("Sequence[asyncio.Future[None]]", tickets):
        if not ticket.done():
            ticket.set_exception(error)


def _part(columns: Columns, samples: npt.NDArray[np.int64], histograms: list[int]) -> Columns:
    """Some samples and histograms, with a dictionary of just their series."""
    used, index = np.unique(columns.index[samples], return_inverse=True)
    return replace(
        columns,
        keys=[columns.keys[i] for i in used.tolist()],
        index=index.astype(np.int32),
        at=columns.at[samples],
        value=columns.value[samples],
        order=columns.order[samples],
        kinds=columns.kinds[used] if len(columns.kinds) else columns.kinds,
        start=columns.start[samples] if len(columns.start) else columns.start,
        histograms=[columns.histograms[i] for i in histograms],
    )


def _without_samples(columns: Columns) -> Columns:
    return _part(columns, np.zeros(0, np.int64), [])


def _runs(columns: Columns) -> Iterator[Columns]:
    """The samples in runs that fit a message, whatever becomes of them: one, nearly always."""
    widths = np.array([len(key) for key in columns.keys]) * _WIDEST + _SAMPLE_BYTES
    sizes = widths[columns.index] if len(widths) else np.zeros(0, np.int64)
    of_histograms = [
        len(h.key) * _WIDEST + _SAMPLE_BYTES + len(h.counts) * _BOUND_BYTES
        for h in columns.histograms
    ]
    if sizes.sum() + sum(of_histograms) <= _LARGEST:
        yield columns
        return
    order = np.concatenate((columns.order, [h.position for h in columns.histograms]))
    both = np.argsort(order, kind="stable")
    run = np.empty(len(both), np.int64)
    run[both] = np.cumsum(np.concatenate((sizes, of_histograms))[both]) // _LARGEST
    for number in np.unique(run):
        samples = np.flatnonzero(run[: len(sizes)] == number)
        histograms = np.flatnonzero(run[len(sizes) :] == number)
        yield _part(columns, samples, histograms.tolist())
