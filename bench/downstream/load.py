"""Samples at a steady rate, among them series that go bad for a while and come back."""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from contextlib import suppress

from aiokafka.errors import KafkaError

from streams.producer import Record as Sent
from streams.producer import new_producer, send_all

PARTITIONS = 4
SERIES_OF_SERVICE = 10
BAD_FOR_S = (10, 60)
_TOGETHER = 100  # samples in a record


class Load:
    """Publishes until stopped; `bad` are the series that are so now, with when they come back."""

    def __init__(self, bootstrap: str, topic: str, *, rate: int, series: int, seed: int) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._rate = rate
        self._series = series
        self._chance = random.Random(seed)
        self.bad: dict[int, float] = {}
        self.faults_a_second = 0

    async def run(self) -> None:
        """Every second so many samples, each series as often as any other."""
        producer = new_producer(self._bootstrap, "load")
        await producer.start()
        try:
            began = time.monotonic()
            for second in range(10**6):
                self._turn(time.monotonic())
                with suppress(KafkaError):  # the broker is away: these samples are never sent
                    await send_all(producer, self._records())
                await asyncio.sleep(max(0.0, began + second + 1 - time.monotonic()))
        finally:
            await producer.stop()

    def _turn(self, now: float) -> None:
        self.bad = {series: until for series, until in self.bad.items() if until > now}
        for _ in range(self.faults_a_second):
            until = now + self._chance.uniform(*BAD_FOR_S)
            self.bad.setdefault(self._chance.randrange(self._series), until)

    def _records(self) -> Iterator[Sent]:
        now = time.time()
        rounds = max(1, self._rate // self._series)
        for turn in range(rounds):
            at = round(now + turn / rounds, 3)
            for first in range(0, self._series, _TOGETHER):
                yield self._topic, None, self._samples(first, at), first // _TOGETHER % PARTITIONS

    def _samples(self, first: int, at: float) -> bytes:
        return json.dumps(
            [
                {
                    "name": f"load{number % SERIES_OF_SERVICE}",
                    "labels": {"service": f"s{number // SERIES_OF_SERVICE}"},
                    "value": 500 if number in self.bad else 50,
                    "timestamp": at,
                }
                for number in range(first, min(first + _TOGETHER, self._series))
            ]
        ).encode()
