"""A stock Faust agent, to compare with.

    python -m bench.stock BOOTSTRAP TOPIC [nothing|score]

`nothing` only counts. `score` does for each event what the pipeline does, in the straightforward
way: JSON by msgspec, a dict of river's Gaussian scorers by series, score, threshold, learn. All in
memory: nothing of it survives. Prints `{"at": seconds, "records": total}` ten times a second.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import faust
import msgspec
from faust.types import StreamT
from river.anomaly import GaussianScorer

_UNUSUAL = 0.9999
_scorer: Callable[[], Any] = GaussianScorer  # river ships no types


class _Sample(msgspec.Struct, gc=False):
    name: str
    value: float
    labels: dict[str, str]
    timestamp: float


class Scores:
    """A scorer for each series."""

    def __init__(self) -> None:
        self._scorers: dict[tuple[str, tuple[tuple[str, str], ...]], Any] = {}
        self._decode = msgspec.json.Decoder(_Sample).decode
        self.unusual = 0

    def take(self, value: bytes) -> None:
        """Score and learn one sample."""
        sample = self._decode(value)
        series = (sample.name, tuple(sample.labels.items()))
        scorer = self._scorers.get(series)
        if scorer is None:
            scorer = self._scorers[series] = _scorer()
        self.unusual += scorer.score_one(None, sample.value) > _UNUSUAL
        scorer.learn_one(None, sample.value)


WORK: dict[str, Callable[[], Callable[[bytes], None]]] = {
    "nothing": lambda: lambda _: None,
    "score": lambda: Scores().take,
}


async def main(bootstrap: str, topic: str, work: str = "nothing") -> None:
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
    take = WORK[work]()

    @app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"))
    async def agent(stream: StreamT[bytes]) -> None:
        nonlocal seen
        async for value in stream:
            take(value)
            seen += 1

    async def tell() -> None:
        print(json.dumps({"at": time.monotonic(), "records": seen}), flush=True)

    app.timer(0.1)(tell)
    app.finalize()
    await app.start()
    await app.wait_until_stopped()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
