"""The feed: alerts into the event log, each an incident of its own, and later their ends."""

from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from bench.delivery.settings import KINDS
from routing.alert import Alert, Severity
from routing.event import AlertSeen, encode
from streams import clock


class Feed:
    """Writes events as the console would."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
        self._began: dict[int, datetime] = {}

    async def __aenter__(self) -> "Feed":
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def fire(self, cause: int, *, severity: Severity = Severity.ERROR) -> None:
        """An alert of a cause of its own."""
        self._began[cause] = datetime.fromtimestamp(clock.epoch_s(), UTC)
        await self._write(cause, severity)

    async def end(self, cause: int, *, severity: Severity = Severity.ERROR) -> None:
        """It is over."""
        await self._write(cause, severity, datetime.fromtimestamp(clock.epoch_s(), UTC))

    async def _write(self, cause: int, severity: Severity, ends_at: datetime | None = None) -> None:
        alert = Alert(
            labels={"cause": f"{cause}", "team": f"{cause % len(KINDS)}"},
            severity=severity,
            starts_at=self._began[cause],
            ends_at=ends_at,
            annotations={"summary": f"cause-{cause}."},
        )
        await self._producer.send_and_wait(self._topic, encode(AlertSeen(alert)), partition=0)
