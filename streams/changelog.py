"""Writing to the changelog of a state: in batches, so much at a time, and acknowledged."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from faust.exceptions import ProducerSendError
from faust.types import TP

_UNDERWAY = 4 << 20  # bytes written and not yet acknowledged
_PAUSE_S = 0.02  # after a piece of half a megabyte, which takes a quarter of that
_PAUSES_S = 1.0  # in one flush: the next commit is not to be late

Records = Iterable[tuple[bytes, bytes | None]]


class ChangelogWriter:
    """Writes records of one partition's changelog, with a few megabytes under way at most.

    `written` is told the offset up to which they are acknowledged. Raises ProducerSendError when
    they cannot be written.
    """

    def __init__(self, producer: AIOKafkaProducer, tp: TP, written: Callable[[int], None]) -> None:
        self._producer = producer
        self._tp = tp
        self._written = written
        self._sent: deque[_Sent] = deque()
        self._underway = 0

    async def write(self, records: Records) -> None:
        """Send records, and wait until all are acknowledged."""
        await self.send(records)
        await self.settle()

    async def send(self, records: Records) -> None:
        """Send records."""
        with self._told():
            for batch in batches(self._producer, records):
                count, size = batch.record_count(), batch.size()
                ack = await self._producer.send_batch(
                    batch, self._tp.topic, partition=self._tp.partition
                )
                self._sent.append(_Sent(ack, count, size))
                self._underway += size
                while self._underway > _UNDERWAY:
                    await self._acknowledged()

    async def settle(self) -> None:
        """Wait until all that was sent is acknowledged."""
        with self._told():
            while self._sent:
                await self._acknowledged()

    async def _acknowledged(self) -> None:
        sent = self._sent.popleft()
        self._written((await sent.ack).offset + sent.records - 1)
        self._underway -= sent.size

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise ProducerSendError(f"{self._tp.topic}/{self._tp.partition}: {error}") from error


class Pauses:
    """Pauses between the pieces of a flush, so that what comes meanwhile need not wait for all.

    They last a second in all, and there are none once it is urgent.
    """

    def __init__(
        self, is_urgent: Callable[[], bool], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._is_urgent = is_urgent
        self._sleep = sleep
        self._left_s = _PAUSES_S

    async def pause(self) -> None:
        """Give way to everything else."""
        if self._is_urgent():
            self._left_s = 0.0
        seconds = min(_PAUSE_S, self._left_s)
        self._left_s -= seconds
        await self._sleep(seconds)


class _Sent(NamedTuple):
    """A batch that was sent: its acknowledgement, its records, its bytes before compression."""

    ack: Awaitable[Any]
    records: int
    size: int


def batches(producer: AIOKafkaProducer, records: Records) -> Iterator[Any]:
    """The records in full batches: a fifth of what sending them one by one costs."""
    batch = producer.create_batch()
    for key, value in records:
        if batch.append(timestamp=None, key=key, value=value) is None:
            yield batch
            batch = producer.create_batch()
            batch.append(timestamp=None, key=key, value=value)  # the first is never refused
    if batch.record_count():
        yield batch
