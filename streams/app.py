"""A Faust app whose agents can be given chunks."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import faust
from faust.exceptions import ImproperlyConfigured
from faust.serializers.schemas import Schema
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP
from faust.types.enums import ProcessingGuarantee
from mode import CrashingSupervisor
from mode.utils.queues import ThrowableQueue

from streams.chunk import Chunk
from streams.consumer import ChunkTransport
from streams.watchdog import Patience, Watchdog

log = logging.getLogger(__name__)

_QUEUED = 16  # records or chunks of changelogs that wait for recovery

CommitHook = Callable[[dict[TP, int]], Awaitable[None]]
"""Runs before offsets are committed; what it takes out of them is not."""

Handler = Callable[[Chunk], Awaitable["asyncio.Future[None] | None"]]

generation_handled: ContextVar[int | None] = ContextVar("generation_handled", default=None)
"""In a handler: the generation of the group in which its chunk was fetched."""


class Outlived(Exception):
    """A chunk's partition was given out again while the chunk was handled; it is read again."""


class ChunkSchema(Schema[Any, Any]):
    """Delivers a chunk as it is."""

    def compile(self, app: Any, **_: Any) -> Any:
        """What makes an event of a message."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, None, message)

        return decode


class _ChangelogQueue(ThrowableQueue[Any]):
    """Records of changelogs, or chunks of them, on their way to recovery.

    Faust empties its own whenever the flow is resumed, which it is once more after standbys have
    begun to be read: what is in it by then is lost to them. So this one is never emptied, and
    passes over what is left of an assignment before: that would move Faust's place in a changelog
    that it has just begun to read, past all before it.
    """

    def __init__(self, app: Any) -> None:
        super().__init__(maxsize=_QUEUED, flow_control=app.flow_control, clear_on_resume=False)
        self._app = app

    async def get(self) -> Any:
        while True:
            event = await super().get()
            if event.message.generation_id == self._app.consumer_generation_id:
                return event


class _Recovery(Recovery):
    """Faust's own tells tables that they are whole, and only then looks of which assignment."""

    ended = -1
    """The generation of the group that the newest recovery to end was of."""

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        self.ended = generation_id
        await super().on_recovery_completed(generation_id)


class _PromptTables(TableManager):
    """Faust's own sleeps a second at start, for nothing."""

    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = _Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()

    @property
    def changelog_queue(self) -> ThrowableQueue[Any]:
        if self._changelog_queue is None:
            self._changelog_queue = _ChangelogQueue(self.app)
        return self._changelog_queue


class ChunkApp(faust.App):
    """`chunk_topics` are delivered by chunks; `before_commit` hooks run before each commit.

    So are `chunk_changelogs`, whose tables take chunks in place of records. A chunk has at most
    `chunk_max_records` records and about `chunk_max_bytes` of them, one of a changelog
    `changelog_max_bytes`. With `patience` a watchdog stops the worker where it stalls.
    """

    consumer: Any

    def __init__(
        self,
        *args: Any,
        chunk_max_records: int = 5000,
        chunk_max_bytes: int = 8 << 20,
        changelog_max_bytes: int = 1 << 20,
        fetch_max_wait_ms: int = 50,
        patience: Patience | None = None,
        **kwargs: Any,
    ) -> None:
        self.chunk_topics: set[str] = set()
        self.chunk_changelogs: set[str] = set()
        self.chunk_max_records = chunk_max_records
        self.chunk_max_bytes = chunk_max_bytes
        self.changelog_max_bytes = changelog_max_bytes
        self.fetch_max_wait_ms = fetch_max_wait_ms
        self.before_commit: list[CommitHook] = []
        self.handling: dict[TP, Chunk] = {}
        self._waiting: dict[str, ThrowableQueue[Any]] = {}
        self._patience = patience
        super().__init__(*args, **{"TableManager": _PromptTables, **kwargs})

    def _new_transport(self) -> ChunkTransport:
        guarantee: Any = self.conf.processing_guarantee
        if guarantee is ProcessingGuarantee.EXACTLY_ONCE:
            raise ImproperlyConfigured(
                "chunks are read at least once: exactly_once is not for them"
            )
        return ChunkTransport(self.conf.broker_consumer, self)

    async def on_start(self) -> None:
        """Have the start itself watched."""
        if self._patience is not None:
            watchdog = Watchdog(self, self._patience, loop=self.loop, beacon=self.beacon)
            await self.add_runtime_dependency(watchdog)
            await watchdog.maybe_start()
        await super().on_start()

    def on_rebalance_end(self) -> None:
        """Let source partitions be fetched: only now are they sought and the queues cleared."""
        super().on_rebalance_end()
        self.consumer.awaiting_seek = False

    @property
    def is_recovering(self) -> bool:
        """Whether partitions are being given out, or the states of ours are being read."""
        return bool(self.rebalancing or not self.tables.actives_ready)

    def topic(self, *topics: str, maxsize: int | None = None, **kwargs: Any) -> Any:
        """As Faust's, which takes `maxsize` and drops it."""
        topic: Any = super().topic(*topics, **kwargs)
        topic.maxsize = maxsize
        return topic

    def give_up(self, fault: Exception) -> None:
        """Stop the worker for a reason that is told in one line, with no traceback."""
        log.critical("%s", fault)
        # Faust's own way crashes what the app consists of as well, which then cannot be stopped.
        self.crash_reason = fault
        self._crashed.set()

    def room(self, topic: str) -> int:
        """How many more chunks of a topic may wait for its agent."""
        queue = self._waiting.get(topic)
        return sys.maxsize if queue is None else max(0, queue.maxsize - queue.qsize())

    def chunk_agent(
        self, topic: str, handler: Handler, *, max_chunks: int = 4, abreast: int = 1
    ) -> None:
        """Give every chunk of a topic to `handler`, at most `max_chunks` waiting.

        The first chunks that wait of several partitions are handled at the same time, of at most
        `abreast`; those of one partition one after the other.

        A chunk counts as done when the handler returns, or when the future that it returned is
        done. If either raises, nothing of the chunk is committed and the worker stops, so that
        the chunk is read again after the restart; stock Faust would acknowledge and lose it.
        """
        self.chunk_topics.add(topic)
        channel = self.topic(topic, schema=ChunkSchema(), maxsize=max_chunks)

        async def agent(stream: Any) -> None:
            """Hand what has come to the handler; one fault ends the agent."""
            self._waiting[topic] = stream.channel.queue
            async for messages in _abreast(stream, abreast):
                handled = (self._handle(handler, message) for message in messages)
                for fault in await asyncio.gather(*handled, return_exceptions=True):
                    if fault is not None:
                        raise fault

        agent.__name__ = agent.__qualname__ = f"{handler.__qualname__}({topic})"
        self.agent(channel, supervisor_strategy=CrashingSupervisor)(agent)

    async def _handle(self, handler: Handler, message: Any) -> None:
        chunk: Chunk = message.value
        generation_handled.set(message.generation_id)  # of this task alone
        self.handling[chunk.tp] = chunk
        chunk.is_taken = True
        try:
            pending = await handler(chunk)
        except Outlived as reason:
            log.info("%r is read again: %s", chunk, reason)
        else:
            if pending is None:
                chunk.done = True
            else:
                pending.add_done_callback(partial(self._finish, chunk))
        finally:
            del self.handling[chunk.tp]

    def _finish(self, chunk: Chunk, future: "asyncio.Future[None]") -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            chunk.done = True
        elif not isinstance(error, Outlived):
            log.error("%r failed; its offsets stay uncommitted", chunk, exc_info=error)
            self.loop.create_task(self.crash(error))


async def _abreast(stream: Any, most: int) -> AsyncIterator[list[Any]]:
    """The messages that wait, of each partition one and of at most so many; none is waited for."""
    first: dict[TP, Any] = {}
    async for event in stream.events():
        if event.message.tp in first:
            yield [*first.values()]
            first = {}
        first[event.message.tp] = event.message
        if len(first) == most or stream.channel.queue.empty():
            yield [*first.values()]
            first = {}
