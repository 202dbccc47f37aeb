"""Decide: the event log through the routing engine, and its effects to their topics."""

import logging
import struct
from collections.abc import Callable
from datetime import datetime

import cramjam
import msgspec
from aiokafka import AIOKafkaProducer

from config.settings import Config
from config.topics import Topics
from routing.effect import Effect, Notify, Publish
from routing.engine import Engine
from routing.event import PolicyChanged, Tick, decode, encode
from routing.policy import Policy
from streams import clock
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.deadletter import DeadLetters
from streams.producer import Record, send_all
from streams.state import StateTable
from streams.stats import Stats

log = logging.getLogger(__name__)

_KEY = b"engine"
_HEAD = struct.Struct(">qd")  # the first offset not yet applied, and the newest record time


class EngineState:
    """The engine, how far in the log it is, and what time it was there."""

    def __init__(self, policy: Policy) -> None:
        self.engine = Engine(policy)
        self.policy_digest = ""  # of the newest policy seen in the log
        self.applied = 0
        self.now = 0.0
        self._changed = False

    def apply(self, offset: int, timestamp: float, value: bytes) -> list[Effect]:
        """One record of the log.

        Raises `msgspec.DecodeError` or UnicodeDecodeError for a record that is no event.
        """
        if offset < self.applied:
            return []
        event = decode(value)
        self.now = max(self.now, timestamp)
        self.applied = offset + 1
        self._changed = True
        if isinstance(event, PolicyChanged):
            self.policy_digest = event.policy.digest
        return self.engine.handle(event, clock.instant(self.now))

    def snapshot(self) -> list[tuple[bytes, bytes | None]]:
        """See :class:`streams.state.PartitionState`."""
        if not self._changed:
            return []
        self._changed = False
        body = msgspec.msgpack.encode((self.policy_digest, self.engine.snapshot()))
        head = _HEAD.pack(self.applied, self.now)
        return [(_KEY, head + bytes(cramjam.zstd.compress(body)))]

    def restore(self, key: bytes, value: bytes) -> None:
        """See :class:`streams.state.PartitionState`."""
        self.applied, self.now = _HEAD.unpack_from(value)
        body = bytes(cramjam.zstd.decompress(value[_HEAD.size :]))
        self.policy_digest, engine = msgspec.msgpack.decode(body, type=tuple[str, bytes])
        self.engine = Engine.restore(engine)


class Decide:
    """Handles the chunks of `tocsin.events`, and wakes the engine by writing ticks into it."""

    def __init__(
        self,
        table: StateTable[EngineState],
        *,
        config: Callable[[], Config],
        producer: AIOKafkaProducer,
        dead_letters: DeadLetters,
        stats: Stats,
    ) -> None:
        self._table = table
        self._config = config
        self._producer = producer
        self._dead_letters = dead_letters
        self._stats = stats
        self._asked: datetime | None = None  # the wake a tick is on its way for
        self._proposed = ""  # the policy digest that is on its way

    async def handle(self, chunk: Chunk) -> None:
        """Apply a chunk of the log; returns when the effects are with the broker."""
        topics = self._config().topics
        bad: list[Bad] = []
        records: list[Record] = []
        async with self._table.applying(chunk.tp.partition) as state:
            for position, value in enumerate(chunk.values):
                try:
                    effects = state.apply(
                        chunk.offsets[position], chunk.timestamps[position] / 1000.0, value or b""
                    )
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    bad.append(Bad(position, "not_an_event", str(error)))
                else:
                    records += [_record(effect, topics) for effect in effects]
            if bad:  # before the state can say that they are behind it
                await self._dead_letters.bury(chunk, bad)
            await send_all(self._producer, records)
        self._stats.events += len(chunk)

    async def tick(self) -> None:
        """Write into the log that time has passed, or that the policy changed, when it has."""
        for partition in self._table.owned():
            state = self._table.part(partition)
            policy = self._config().policy
            if policy.digest not in (state.policy_digest, self._proposed):
                self._proposed = policy.digest
                await self._append(encode(PolicyChanged(policy)))
            due = state.engine.next_wake()
            if due is not None and due <= clock.now() and due != self._asked:
                self._asked = due
                await self._append(encode(Tick()))

    async def _append(self, event: bytes) -> None:
        await send_all(self._producer, [(self._config().topics.events, None, event, 0)])


def _record(effect: Effect, topics: Topics) -> Record:
    if isinstance(effect, Notify):
        key = effect.notification.incident.id.encode()
        return topics.notifications, key, msgspec.json.encode(effect.notification), 0
    if isinstance(effect, Publish):
        return (
            topics.incidents,
            effect.incident.id.encode(),
            msgspec.json.encode(effect.incident),
            0,
        )
    return topics.decisions, None, msgspec.json.encode(effect), 0
