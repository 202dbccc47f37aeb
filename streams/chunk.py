"""A chunk: a whole fetched run of one partition's records, taken without one object a record."""

from collections.abc import Sequence
from typing import Any

from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import CorruptRecordException
from faust.types import TP


class Chunk:
    """Records of one partition as columns, `start` <= offset < `next_offset`.

    The columns hold only bytes and ints, which Python's cyclic collector does not track, so that a
    queue of chunks costs it nothing. `done` turns True when the chunk has been dealt with; until
    then its offsets stay uncommitted, whatever Faust thinks of the event that carried it.
    """

    __slots__ = ("done", "keys", "next_offset", "offsets", "start", "timestamps", "tp", "values")

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

    def __len__(self) -> int:
        return len(self.values)

    def let_go(self) -> None:
        """Free what the records hold, and keep the place: for a handler that is done later."""
        self.values, self.keys = [], []

    def __repr__(self) -> str:
        return f"<Chunk {self.tp.topic}/{self.tp.partition} [{self.start}, {self.next_offset})>"


def take(fetched: FetchResult, tp: TP, *, max_records: int, check_crcs: bool) -> Chunk | None:
    """Take whole record batches out of a fetch result, leaving aiokafka's position consistent.

    Stops at the first batch after `max_records`. Returns None when nothing but control batches was
    there. Raises CorruptRecordException for a batch whose checksum is wrong.

    Trap: this reads aiokafka's private buffers (`_partition_records`), hence its version pin.
    """
    if not fetched.check_assignment(tp) or not fetched.has_more():
        return None
    buffer = fetched._partition_records
    batches = buffer._records
    start = position = buffer.next_fetch_offset
    records: list[Any] = []
    while (exhausted := not batches.has_next()) is False and len(records) < max_records:
        batch = batches.next_batch()
        if check_crcs and not batch.validate_crc():
            raise CorruptRecordException(f"Invalid CRC - {tp}")
        if not batch.is_control_batch:
            # A compressed batch may begin before the position that was asked for.
            records += [r for r in batch if r.offset >= position]
        position = batch.next_offset
    buffer.next_fetch_offset = position
    fetched._update_position()
    if exhausted:
        fetched._partition_records = None
    if not records:
        return None
    return Chunk(
        tp=TP(tp.topic, tp.partition),
        start=start,
        next_offset=position,
        values=[r.value for r in records],
        keys=[r.key for r in records],
        timestamps=[r.timestamp for r in records],
        offsets=_offsets(records),
    )


def _offsets(records: list[Any]) -> Sequence[int]:
    first, last = records[0].offset, records[-1].offset
    if last - first + 1 == len(records):
        return range(first, last + 1)
    return [r.offset for r in records]
