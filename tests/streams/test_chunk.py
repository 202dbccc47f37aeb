"""Taking chunks out of what aiokafka fetched."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from streams.chunk import Chunk, take
from tests.streams.memory_log import ZSTD, batch

TOPIC = TopicPartition("in", 0)


class Position:
    """Where a partition is, as aiokafka keeps it."""

    paused = False

    def __init__(self, position: int) -> None:
        self.position = position

    def consumed_to(self, position: int) -> None:
        self.position = position


def fetched(*batches: bytes, position: int = 0) -> tuple[FetchResult, Position]:
    """An answer to a fetch from a position on."""
    state = Position(position)
    assignment = SimpleNamespace(active=True, state_value=lambda _: state)
    records = PartitionRecords(
        TOPIC, MemoryRecords(b"".join(batches)), [], position, None, None, True, 0
    )
    result = FetchResult(TOPIC, assignment=assignment, partition_records=records, backoff=0)
    return result, state


def chunks(result: FetchResult, max_records: int = 5000, max_bytes: int = 8 << 20) -> list[Chunk]:
    """All of an answer."""
    taken: list[Any] = []
    while result.has_more():
        taken.append(
            take(result, TOPIC, max_records=max_records, max_bytes=max_bytes, check_crcs=True)
        )
    return [chunk for chunk in taken if chunk is not None]


@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    gaps=st.lists(st.integers(0, 3), min_size=6, max_size=6),
    position=st.integers(0, 8),
    max_records=st.integers(1, 40),
    max_bytes=st.integers(1, 400),
)
def test_chunks_follow_each_other_and_leave_nothing_out(
    sizes: list[int], gaps: list[int], position: int, max_records: int, max_bytes: int
) -> None:
    batches, offsets, start = [], [], 0
    for size, gap in zip(sizes, gaps, strict=False):
        start += gap
        offsets += range(start, start + size)
        batches.append(batch(start, *(b"%07d" % n for n in range(start, start + size))))
        start += size
    result, state = fetched(*batches, position=position)
    taken = chunks(result, max_records, max_bytes)
    wanted = [offset for offset in offsets if offset >= position]
    assert [offset for chunk in taken for offset in chunk.offsets] == wanted
    assert [value for chunk in taken for value in chunk.values] == [b"%07d" % n for n in wanted]
    assert all(len(chunk) <= max_records for chunk in taken)
    assert all(sum(map(len, chunk.values[:-1])) < max_bytes + 600 for chunk in taken)  # type: ignore[arg-type]
    ends = [position, *(chunk.next_offset for chunk in taken)]
    assert [chunk.start for chunk in taken] == ends[: len(taken)]
    assert state.position == max(start, position)


def test_batch_that_expands_enormously_becomes_many_chunks() -> None:
    values = [b"%06d" % number + b"x" * 10_000 for number in range(2000)]  # 20 MB
    packed = batch(0, *values, compression=ZSTD)
    assert len(packed) < 100_000
    result, _ = fetched(packed)
    taken = chunks(result, max_records=100_000, max_bytes=1 << 20)
    assert sum(map(len, taken)) == 2000
    assert max(sum(map(len, chunk.values)) for chunk in taken) < (1 << 20) + 20_000  # type: ignore[arg-type]


def test_record_larger_than_the_bound_is_a_chunk_of_its_own() -> None:
    result, _ = fetched(batch(0, b"x" * 5000, b"y" * 5000, b"z"))
    assert [len(chunk) for chunk in chunks(result, max_bytes=1000)] == [1, 1, 1]


def test_wrong_checksum_is_told_and_nothing_before_it_is_passed_over() -> None:
    good, bad = batch(0, b"a", b"b"), bytearray(batch(2, b"c"))
    bad[-1] ^= 1
    result, state = fetched(good, bytes(bad))
    with pytest.raises(CorruptRecordException):
        chunks(result)
    assert state.position == 0


def test_records_that_only_delete_are_read_at_full_speed() -> None:
    result, _ = fetched(batch(0, *[b""] * 3000))
    assert [len(chunk) for chunk in chunks(result)] == [3000]
