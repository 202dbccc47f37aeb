"""A worker that counts and sums the numbers of a topic: state and effects to compare.

    python -m tests.streams.apps.counting BOOTSTRAP PREFIX PARTITIONS

For each chunk it writes the new totals of the partition to `PREFIX.totals`, as an effect that must
be durable before the state that covers it.
"""

import asyncio
import json
import signal
import struct
import sys
import tempfile

from streams.app import ChunkApp
from streams.chunk import Chunk
from streams.producer import new_producer, send_all
from streams.state import state_table


class Totals:
    """Count and sum of a partition, and the first offset not in them."""

    def __init__(self) -> None:
        self.applied = self.count = self.sum = 0
        self._changed = False

    def add(self, chunk: Chunk) -> None:
        for offset, value in zip(chunk.offsets, chunk.values, strict=True):
            if offset >= self.applied:
                self.count += 1
                self.sum += int(value or b"0")
                self.applied = offset + 1
        self._changed = True

    def snapshot(self) -> list[tuple[bytes, bytes | None]]:
        if not self._changed:
            return []
        self._changed = False
        return [(b"totals", struct.pack(">qqq", self.applied, self.count, self.sum))]

    def seal(self) -> tuple[()]:
        return ()

    def restore(self, key: bytes, value: bytes) -> None:
        self.applied, self.count, self.sum = struct.unpack(">qqq", value)


async def main(bootstrap: str, prefix: str, partitions: int) -> None:
    producer = new_producer(bootstrap, prefix)
    await producer.start()
    app = ChunkApp(
        prefix,
        broker=f"kafka://{bootstrap}",
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        topic_disable_leader=True,
        broker_session_timeout=3.0,
        broker_heartbeat_interval=0.6,
        broker_commit_interval=0.3,
        table_standby_replicas=0,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        chunk_max_records=200,
    )
    table = state_table(
        app,
        producer,
        name="totals",
        source=f"{prefix}.numbers",
        partitions=partitions,
        start=lambda _: Totals(),
    )

    async def handle(chunk: Chunk) -> None:
        if b"poison" in chunk.values:
            raise ValueError("poison")
        async with table.applying(chunk.tp.partition) as state:
            state.add(chunk)
            record = json.dumps([chunk.tp.partition, state.count, state.sum]).encode()
            await send_all(producer, [(f"{prefix}.totals", None, record, 0)])

    app.chunk_agent(f"{prefix}.numbers", handle)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    app.finalize()
    await app.start()
    ended = {asyncio.ensure_future(stop.wait()), asyncio.ensure_future(app.wait_until_stopped())}
    await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
    crashed = app.crashed
    await app.stop()
    await producer.stop()
    if crashed:
        sys.exit(1)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
