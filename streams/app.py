"""A Faust app whose agents can be given chunks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import faust
from faust.serializers.schemas import Schema
from faust.tables.manager import TableManager
from faust.types import TP
from mode import CrashingSupervisor

from streams.chunk import Chunk
from streams.consumer import ChunkTransport

log = logging.getLogger(__name__)

CommitHook = Callable[[Mapping[TP, int]], Awaitable[None]]
Handler = Callable[[Chunk], Awaitable["asyncio.Future[None] | None"]]


class _ChunkSchema(Schema[Any, Any]):
    """Delivers a chunk as it is."""

    def compile(self, app: Any, **_: Any) -> Any:
        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, None, message)

        return decode


class _PromptTables(TableManager):
    """Faust's own sleeps a second at start, for nothing."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class ChunkApp(faust.App):
    """`chunk_topics` are delivered by chunks; `before_commit` hooks run before each commit."""

    consumer: Any

    def __init__(
        self,
        *args: Any,
        chunk_max_records: int = 5000,
        chunk_max_bytes: int = 8 << 20,
        fetch_max_wait_ms: int = 50,
        **kwargs: Any,
    ) -> None:
        self.chunk_topics: set[str] = set()
        self.chunk_max_records = chunk_max_records
        self.chunk_max_bytes = chunk_max_bytes
        self.fetch_max_wait_ms = fetch_max_wait_ms
        self.before_commit: list[CommitHook] = []
        super().__init__(*args, **{"TableManager": _PromptTables, **kwargs})

    def _new_transport(self) -> ChunkTransport:
        return ChunkTransport(self.conf.broker_consumer, self)

    def on_rebalance_end(self) -> None:
        """Let source partitions be fetched: only now are they sought and the queues cleared."""
        super().on_rebalance_end()
        self.consumer.awaiting_seek = False

    def chunk_agent(self, topic: str, handler: Handler, *, max_chunks: int = 4) -> None:
        """Give every chunk of a topic to `handler`, at most `max_chunks` waiting.

        A chunk counts as done when the handler returns, or when the future that it returned is
        done. If either raises, nothing of the chunk is committed and the worker stops, so that
        the chunk is read again after the restart; stock Faust would acknowledge and lose it.
        """
        self.chunk_topics.add(topic)
        channel = self.topic(topic, schema=_ChunkSchema())
        channel.maxsize = max_chunks  # app.topic(maxsize=) takes the argument and drops it

        async def agent(stream: Any) -> None:
            async for chunk in stream:
                pending = await handler(chunk)
                if pending is None:
                    chunk.done = True
                else:
                    pending.add_done_callback(partial(self._finish, chunk))

        agent.__name__ = agent.__qualname__ = f"{handler.__qualname__}({topic})"
        self.agent(channel, supervisor_strategy=CrashingSupervisor)(agent)

    def _finish(self, chunk: Chunk, future: "asyncio.Future[None]") -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            chunk.done = True
            return
        log.error("%r failed; its offsets stay uncommitted", chunk, exc_info=error)
        self.loop.create_task(self.crash(error))
