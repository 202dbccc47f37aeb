"""A stock Faust agent that does nothing, to compare with.

    python -m bench.stock BOOTSTRAP TOPIC

Prints `{"at": seconds, "records": total}` ten times a second.
"""

import asyncio
import json
import sys
import tempfile
import time

import faust


async def main(bootstrap: str, topic: str) -> None:
    """Read the topic until killed."""
    app = faust.App(
        f"stock-{time.time_ns()}",
        broker=f"kafka://{bootstrap}",
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        topic_disable_leader=True,
        broker_session_timeout=3.0,
        broker_heartbeat_interval=0.6,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
    )
    seen = 0

    @app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"))
    async def nothing(stream: faust.Stream) -> None:
        nonlocal seen
        async for _ in stream:
            seen += 1

    @app.timer(0.1)
    async def tell() -> None:
        print(json.dumps({"at": time.monotonic(), "records": seen}), flush=True)

    app.finalize()
    await app.start()
    await app.wait_until_stopped()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
