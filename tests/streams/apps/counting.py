"""A worker that counts and sums the numbers of a topic: state and effects to compare.

    python -m tests.streams.apps.counting BOOTSTRAP PREFIX PARTITIONS [STANDBYS]

For each chunk it writes the new totals of the partition to `PREFIX.totals`, as an effect that must
be durable before the state that covers it; and how many records of the changelog it has read since
partitions were given out. `poison` makes it fail, `hang` never end.
"""

import asyncio
import json
import os
import signal
import struct
import sys
import tempfile
import time

from streams.app import ChunkApp
from streams.chunk import Chunk
from streams.producer import new_producer, send_all
from streams.state import state_table
from streams.watchdog import Patience

SESSION_S = float(os.environ.get("SESSION_S", "3"))
PATIENCE = Patience(
    every_s=0.5, stalled_s=20.0, stuck_s=float(os.environ.get("STUCK_AFTER_S", "60"))
)


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


async def main(bootstrap: str, prefix: str, partitions: int, standbys: int = 0) -> None:
    producer = new_producer(bootstrap, prefix)
    await producer.start()
    app = ChunkApp(
        prefix,
        broker=f"kafka://{bootstrap}",
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        topic_disable_leader=True,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=SESSION_S / 5,
        broker_commit_interval=0.3,
        table_standby_replicas=standbys,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        chunk_max_records=200,
        consumer_group_instance_id=os.environ.get("MEMBER"),
        patience=PATIENCE,
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
        if b"hang" in chunk.values:
            time.sleep(600)  # blocks the event loop, as no well-behaved handler does
        partition = chunk.tp.partition
        async with table.applying(partition) as state:
            state.add(chunk)
            totals = [partition, state.count, state.sum, table.data.read[partition], os.getpid()]
            await send_all(producer, [(f"{prefix}.totals", None, json.dumps(totals).encode(), 0)])

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
    asyncio.run(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
