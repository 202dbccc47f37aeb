"""Dead letters: every bad record gets one."""

import asyncio
from typing import Any

import msgspec
import pytest
from faust.types import TP

from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.deadletter import DeadLetters
from streams.stats import Stats


class Taken:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    async def send(self, _: str, value: bytes, **__: Any) -> "asyncio.Future[None]":
        self.values.append(value)
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged


@pytest.mark.parametrize(
    ("timestamp", "recorded_at"),
    [(0, "1970-01-01T00:00:00Z"), (10**17, None), (-(10**17), None), (2**63 - 1, None)],
)
def test_record_of_any_timestamp_can_be_buried(timestamp: int, recorded_at: str | None) -> None:
    producer = Taken()
    letters = DeadLetters(producer, "dead", Stats())
    chunk = Chunk(
        tp=TP("in", 0), start=0, next_offset=1, values=[b"x"], keys=[None],
        timestamps=[timestamp], offsets=[0],
    )  # fmt: skip
    asyncio.run(letters.bury(chunk, [Bad(0, "not_json", "why")]))
    assert msgspec.json.decode(producer.values[0])["recorded_at"] == recorded_at


def test_letters_of_a_chunk_are_in_the_order_of_their_records() -> None:
    producer = Taken()
    letters = DeadLetters(producer, "dead", Stats())
    chunk = Chunk(
        tp=TP("in", 0), start=7, next_offset=10, values=[b"x", b"y", b"z"], keys=[None] * 3,
        timestamps=[0] * 3, offsets=range(7, 10),
    )  # fmt: skip
    asyncio.run(letters.bury(chunk, [Bad(2, "too_large", "why"), Bad(0, "missing", "why")]))
    assert [msgspec.json.decode(value)["offset"] for value in producer.values] == [7, 9]
