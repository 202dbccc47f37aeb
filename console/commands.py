"""Commands of people, written into the event log, and their marks into theirs."""

import asyncio
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer

from config.connection import client_options
from config.marks.mark import Mark, encode
from config.settings import Kafka
from config.topics import Topics
from console import clients
from console.errors import LogUnavailable
from routing import event as events
from routing.event import (
    Acknowledge,
    Escalate,
    ExpireSilence,
    Reassign,
    RemoveOverride,
    Reopen,
    Resolve,
    SetOverride,
    SetSilence,
    Snooze,
)

CONFIRMED_WITHIN_S = 5.0

Command = (
    Acknowledge
    | Escalate
    | ExpireSilence
    | Reassign
    | RemoveOverride
    | Reopen
    | Resolve
    | SetOverride
    | SetSilence
    | Snooze
)


class CommandLog(Protocol):
    """Where commands go."""

    async def write(self, command: Command) -> None:
        """Return once the command is kept for good. Raises `LogUnavailable` otherwise."""

    async def mark(self, mark_id: str, mark: Mark | None) -> None:
        """The same for a mark that is made, or taken back (None)."""


class KafkaCommandLog:
    """Writes into `tocsin.events` and `tocsin.marks`, confirmed by every replica (`acks=all`).

    It connects at the first command, and again after a failure. A command that was not confirmed
    in time may still arrive; sending it twice does no harm.
    """

    def __init__(self, kafka: Kafka, topics: Topics) -> None:
        self._kafka = kafka
        self._topics = topics
        self._producer: Any = None
        self._connecting = asyncio.Lock()

    async def write(self, command: Command) -> None:
        """Return once every replica has it."""
        await self._send(self._topics.events, _key(command), events.encode(command))

    async def mark(self, mark_id: str, mark: Mark | None) -> None:
        """Return once every replica has it."""
        await self._send(self._topics.marks, mark_id, None if mark is None else encode(mark))

    async def _send(self, topic: str, key: str, value: bytes | None) -> None:
        try:
            async with asyncio.timeout(CONFIRMED_WITHIN_S):
                producer = await self._connected()
                await producer.send_and_wait(topic, value, key=key.encode())
        except clients.UNREACHABLE as error:
            await self.close()
            raise LogUnavailable(
                f"Kafka at {self._kafka.bootstrap} did not confirm it: wait a moment, press again"
            ) from error

    async def close(self) -> None:
        """Give the connection back, without waiting for a broker that is away."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await clients.stop(producer)

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._producer is None:
                self._producer = await clients.start(self._client(), within_s=CONFIRMED_WITHIN_S)
            return self._producer

    def _client(self) -> Any:
        return AIOKafkaProducer(
            **client_options(self._kafka),
            client_id="tocsin-console",
            acks="all",
            request_timeout_ms=int(1000 * CONFIRMED_WITHIN_S),
        )


def _key(command: Command) -> str:
    """What the record is about."""
    match command:
        case SetSilence(silence=about) | SetOverride(override=about):
            return about.id
        case ExpireSilence() | RemoveOverride():
            return command.id
    return command.incident_id
