"""The chunked consumer: what follows what."""

import asyncio
from typing import Any

from faust.types import TP

from streams.app import ChunkApp
from streams.chunk import Chunk
from streams.consumer import ChunkConsumer


class Sought(ChunkConsumer):
    """A consumer that only remembers where it was told to go."""

    def __init__(self, app: ChunkApp) -> None:
        super().__init__(
            app.transport, callback=print, on_partitions_revoked=None, on_partitions_assigned=None
        )
        self.sought: list[tuple[TP, int]] = []

    async def _seek(self, partition: TP, offset: int) -> None:
        self.sought.append((partition, offset))

    async def takes(self, tp: TP, start: int) -> Any:
        """Whether a chunk that starts there is let through."""
        chunk = Chunk(
            tp=tp,
            start=start,
            next_offset=start + 1,
            values=[b""],
            keys=[None],
            timestamps=[0],
            offsets=[start],
        )
        return await self._follows(self._to_message(tp, chunk))


def test_partitions_that_lost_records_to_retention_together_all_go_on() -> None:
    async def story() -> None:
        app = ChunkApp("t", broker="kafka://nowhere:9")
        consumer = Sought(app)
        here, there = TP("in", 0), TP("in", 1)
        consumer._expected = {here: 5, there: 7}
        assert [await consumer.takes(tp, 100) for tp in (here, there)] == [False, False]
        assert consumer.sought == [(here, 5), (there, 7)]
        assert [await consumer.takes(tp, 100) for tp in (here, there)] == [True, True]
        assert [await consumer.takes(tp, 101) for tp in (here, there)] == [True, True]

    asyncio.run(story())
