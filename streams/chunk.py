"""A chunk: a whole fetched run of one partition's records, taken without one object a record."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import CorruptRecordException
from faust.types import TP

_AT_ONCE = 512  # records between two looks at how much they are


class Chunk:
    """Records of one partition as columns, `start` <= offset < `next_offset`.

    The columns hold only bytes and ints, which Python's cyclic collector does not track, so that a
    queue of chunks costs it nothing. `done` turns True when the chunk has been dealt with; until
    then its offsets stay uncommitted, whatever Faust thinks of the event that carried it. From
    `is_taken` on its handler has it.
    """

    __slots__ = (
        "done",
        "is_taken",
        "keys",
        "next_offset",
        "offsets",
        "start",
        "timestamps",
        "tp",
        "values",
    )

    def __init__(
        self,
        *,
        tp: TP,
        start: int,
        next_offset: int,
        values: list[bytes | None],
        keys: list[bytes | None],
        timestamps: list[int],
        offsets: Sequence[int],
    ) -> None:
        self.tp = tp
        self.start = start
        self.next_offset = next_offset
        self.values = values
        self.keys = keys
        self.timestamps = timestamps
        self.offsets = offsets
        self.done = False
        self.is_taken = False

    def __len__(self) -> int:
        return len(self.values)

    def let_go(self) -> None:
        """Free what the records hold, and keep the place: for a handler that is done later."""
        self.values, self.keys = [], []

    def __repr__(self) -> str:
        return f"<Chunk {self.tp.topic}/{self.tp.partition} [{self.start}, {self.next_offset})>"


def take(
    fetched: FetchResult, tp: TP, *, max_records: int, max_bytes: int, check_crcs: bool
) -> Chunk | None:
    """Take records out of a fetch result, leaving aiokafka's position consistent.

    At most `max_records`, and about `max_bytes` of keys and values: what a batch expands to is
    known only while it is read, and the rest of it stays for the next chunk. Returns None when
    nothing but control batches was there. Raises CorruptRecordException for a wrong checksum.

    Trap: this reads aiokafka's private buffers (`_partition_records`), hence its version pin.
    """
    if not fetched.check_assignment(tp) or not fetched.has_more():
        return None
    buffer = fetched._partition_records
    goes_on, buffer.is_large = is_large(fetched), False
    start = buffer.next_fetch_offset
    columns = _Columns([], [], [], [])
    size = 0
    while (room := max_records - len(columns.values)) > 0 and size < max_bytes:
        batch = _open_batch(buffer, tp, check_crcs=check_crcs)
        if batch is None:
            break
        mean = max(1, size // len(columns.values)) if columns.values else max_bytes + 1
        at_once = min(room, _AT_ONCE, 1 + (max_bytes - size) // mean)
        records = list(islice(batch.records, at_once))
        after = records[-1].offset + 1 if records else batch.next_offset
        buffer.next_fetch_offset = max(start, after)
        if records and records[0].offset < start:  # it may begin before what was asked for
            records = [r for r in records if r.offset >= start]
        size += columns.add(records)
        if after >= batch.next_offset:
            buffer.open_batch = None
            if goes_on and columns.values:
                break  # others have their turn
    fetched._update_position()
    buffer.is_large = size >= max_bytes and getattr(buffer, "open_batch", None) is not None
    if not buffer._records.has_next() and getattr(buffer, "open_batch", None) is None:
        fetched._partition_records = None
    if not columns.values:
        return None
    return Chunk(
        tp=TP(tp.topic, tp.partition),
        start=start,
        next_offset=buffer.next_fetch_offset,
        values=columns.values,
        keys=columns.keys,
        timestamps=columns.timestamps,
        offsets=_joined(columns.offsets),
    )


def is_large(fetched: FetchResult) -> bool:
    """Whether the last chunk left much of an expanded batch behind: it is all in memory."""
    return bool(getattr(fetched._partition_records, "is_large", False))


class _Columns(NamedTuple):
    """Records as columns."""

    values: list[bytes | None]
    keys: list[bytes | None]
    timestamps: list[int]
    offsets: list[Sequence[int]]

    def add(self, records: list[Any]) -> int:
        """Append records; the bytes of their keys and values."""
        values, keys = [r.value for r in records], [r.key for r in records]
        self.values.extend(values)
        self.keys.extend(keys)
        self.timestamps.extend([r.timestamp for r in records])
        if records:
            self.offsets.append(_offsets(records))
        return sum(map(len, filter(None, values))) + sum(map(len, filter(None, keys)))


class _Batch(NamedTuple):
    """A batch that is being read: what is left of it, and where the next one begins."""

    records: Iterator[Any]
    next_offset: int


def _open_batch(buffer: Any, tp: TP, *, check_crcs: bool) -> _Batch | None:
    """The batch that is being read, or the next; None at the end. Control batches are empty."""
    opened: _Batch | None = getattr(buffer, "open_batch", None)
    if opened is None and buffer._records.has_next():
        batch = buffer._records.next_batch()
        if check_crcs and not batch.validate_crc():
            raise CorruptRecordException(f"Invalid CRC - {tp}")
        # A batch may be asked for its iterator once only, and islice asks each time.
        records = chain(() if batch.is_control_batch else batch)
        opened = buffer.open_batch = _Batch(records, batch.next_offset)
    return opened


def _offsets(records: list[Any]) -> Sequence[int]:
    dense = range(records[0].offset, records[-1].offset + 1)
    return dense if len(dense) == len(records) else [r.offset for r in records]


def _joined(pieces: list[Sequence[int]]) -> Sequence[int]:
    dense = range(pieces[0][0], pieces[-1][-1] + 1)
    return dense if len(dense) == sum(map(len, pieces)) else [*chain.from_iterable(pieces)]
