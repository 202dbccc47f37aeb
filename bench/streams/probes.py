"""Samples that cross a threshold, and the events that come of them."""

import asyncio
import time
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.streams.load import PARTITIONS
from routing.event import AlertSeen, decode

_CALM, _OVER = 1.0, 1000.0  # the profile `probe` alarms over 100, but never at a first sample
_APART_S = 0.01  # instants are written in milliseconds: 1 ms apart they are now and then the same


@dataclass(slots=True)
class Arrival:
    """When a probe was sent, logged and received, in epoch seconds of one machine's clock."""

    sent_at: float
    logged_at: float
    received_at: float


@dataclass(slots=True)
class Probes:
    """Sends probes, each a series of its own, and waits for their events."""

    topic: str
    producer: AIOKafkaProducer
    events: AIOKafkaConsumer
    _sent: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, Arrival] = field(default_factory=dict)

    async def send(self) -> str:
        """Two samples of a new series, the second over the threshold; gives its name."""
        name = f"p{len(self._sent)}"
        now = self._sent[name] = time.time()
        partition = len(self._sent) % PARTITIONS
        for value, at in ((_CALM, now - _APART_S), (_OVER, now)):
            sample = f'"labels":{{"host":"{name}"}},"value":{value},"timestamp":{at:.3f}'
            text = f'{{"name":"probe",{sample}}}'.encode()
            await self.producer.send(self.topic, text, partition=partition)
        return name

    async def listen(self) -> None:
        """Note what arrives, until cancelled."""
        while True:
            for records in (await self.events.getmany(timeout_ms=100)).values():
                received_at = time.time()
                for record in records:
                    event = decode(record.value)
                    if isinstance(event, AlertSeen):
                        self._note(event.alert.labels, record.timestamp / 1000, received_at)

    async def arrival(self, name: str, *, within_s: float) -> Arrival:
        """The first arrival of a probe."""
        async with asyncio.timeout(within_s):
            while name not in self.arrived:
                await asyncio.sleep(0.005)
        return self.arrived[name]

    @property
    def missing(self) -> dict[str, float]:
        """Those that have not arrived, and when they were sent."""
        return {name: at for name, at in self._sent.items() if name not in self.arrived}

    def _note(self, labels: dict[str, str], logged_at: float, received_at: float) -> None:
        name = labels.get("host", "")
        if labels.get("metric") == "probe" and name in self._sent and name not in self.arrived:
            self.arrived[name] = Arrival(self._sent[name], logged_at, received_at)
