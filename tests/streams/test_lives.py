"""Which life of its topic a chunk is of."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from streams.app import Outlived, generation_handled
from streams.chunk import Chunk
from streams.lives import Lives
from streams.metadata import Seen


def chunk(start: int, end: int, *, partition: int = 0) -> Chunk:
    n = end - start
    return Chunk(
        tp=TP("in", partition), start=start, next_offset=end, values=[b""] * n, keys=[None] * n,
        timestamps=[0] * n, offsets=range(start, end),
    )  # fmt: skip


class Here:
    """A worker that began with a topic, and what a broker says of that now."""

    def __init__(self, now: bytes | None = b"one") -> None:
        self.now = now
        self.asked = 0
        self.answers = True
        self.lives = Lives(self._look)
        self.lives.begin({"in": b"one"})

    async def _look(self, topics: Sequence[str]) -> Mapping[str, Seen | None]:
        self.asked += 1
        if not self.answers:
            raise KafkaConnectionError
        return {topic: None if self.now is None else Seen(self.now, 1) for topic in topics}

    def of(self, one: Chunk, *, generation: int = 1) -> bytes:
        async def handled() -> bytes:
            generation_handled.set(generation)
            return await self.lives.of(one)

        return asyncio.run(handled())


def test_a_broker_is_asked_once_a_partition_while_chunks_follow_each_other() -> None:
    here = Here()
    assert {here.of(chunk(n, n + 9)) for n in (0, 9, 30)} == {b"one"}
    assert here.asked == 1
    assert here.of(chunk(0, 9, partition=1)) == b"one"
    assert here.asked == 2


@pytest.mark.parametrize(
    ("start", "generation"), [(0, 1), (9, 2)], ids=["goes back", "was given out again"]
)
def test_chunk_of_a_topic_that_was_made_anew_is_left_to_the_next_worker(
    start: int, generation: int
) -> None:
    here = Here()
    here.of(chunk(0, 9))
    here.now = b"two"
    for at in (start, start + 9):  # what comes after it must not overtake it
        with pytest.raises(Outlived, match="in was made anew"):
            here.of(chunk(at, at + 9), generation=generation)


@pytest.mark.parametrize("how", ["gone", "no answer", "no ids"])
def test_life_is_not_known_where_nobody_tells_and_is_asked_for_again(how: str) -> None:
    here = Here({"gone": None, "no ids": b""}.get(how, b"one"))
    here.answers = how != "no answer"
    assert here.of(chunk(0, 9)) == b""
    here.now, here.answers = b"one", True
    assert here.of(chunk(9, 18)) == b"one"


def test_topic_that_was_not_seen_at_the_begin_has_no_life_and_nobody_is_asked() -> None:
    here = Here()
    here.lives.begin({})
    assert here.of(chunk(0, 9)) == b""
    assert here.asked == 0
