"""How canaries are told by a worker, and read again by `tocsin doctor`."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from config.status import CanaryStatus, WorkerStatus, encode
from routing.alert import Alert, Severity
from routing.beat import Try
from routing.channels.diagnosis import Finding
from routing.policy import Contact
from streams import clock
from streams.canaries import canary_findings, canary_status, finding_of
from streams.producer import Record, new_producer, send_all
from streams.topics import Topic, ensure_topics
from tests.config.samples import SMALL, loaded

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AWAITED = Try(
    contact=Contact("chat", "#nest"), number=1, begun_at=NOON, deadline=NOON + timedelta(minutes=5)
)
SENT = CanaryStatus(channel="chat", address="#nest", begun_at=0.0, sent_at=60.0)


def test_a_worker_tells_whether_it_was_sent_and_whether_it_is_late() -> None:
    told = canary_status(AWAITED)
    assert (told.begun_at, told.sent_at, told.is_late) == (NOON.timestamp(), None, False)
    sent = canary_status(replace(AWAITED, sent_at=NOON + timedelta(seconds=3)))
    assert sent.sent_at == NOON.timestamp() + 3
    alert = Alert(labels={}, severity=Severity.ERROR, starts_at=NOON)
    assert canary_status(replace(AWAITED, alert=alert, detail="429")).is_late


@pytest.mark.parametrize(
    ("told", "health", "text"),
    [
        (SENT, "good", "sent 2 h ago"),
        (replace(SENT, sent_at=None), "unsure", "on its way"),
        (replace(SENT, sent_at=None, detail="HTTP 429"), "unsure", "on its way: HTTP 429"),
        (
            replace(SENT, sent_at=None, is_late=True, detail="HTTP 401"),
            "bad",
            "not sent for 2 h 1 min: HTTP 401; tocsin test-notify tries it again",
        ),
    ],
    ids=["sent", "awaited", "tried again", "late"],
)
def test_the_doctor_says_how_it_stands_and_what_to_do(
    told: CanaryStatus, health: str, text: str
) -> None:
    found = finding_of(told, now=7260.0)
    assert (found.about, found.health, found.text) == ("chat #nest", health, text)


@pytest.mark.broker
def test_the_newest_word_of_workers_that_still_speak_counts(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    text = SMALL.replace("bootstrap: kafka:9092", f"bootstrap: {bootstrap}")
    text = text.replace("kafka:\n", f"kafka:\n  topic_prefix: {prefix}\n", 1)
    config = loaded(tmp_path, text + "canary: {receiver: shop}\n")
    now, topic = clock.epoch_s(), config.topics.workers

    def word(worker: str, at: float, told: CanaryStatus) -> Record:
        status = WorkerStatus(worker=worker, host="h", pid=1, at=at, canaries=(told,))
        return topic, worker.encode(), encode(status), 0

    async def story() -> list[tuple[str, str]]:
        await ensure_topics(bootstrap, [Topic(topic, 1, {"cleanup.policy": "compact"})])
        gone, old = replace(SENT, address="#gone"), replace(SENT, sent_at=None, is_late=True)
        words = [word("a", now - 900, gone), word("b", now - 9, old), word("b", now, SENT)]
        async with new_producer(bootstrap, "test") as producer:
            await send_all(producer, words)
        return [(one.about, one.health) async for one in canary_findings(config)]

    assert asyncio.run(story()) == [("chat #nest", "good")]


def test_without_a_canary_the_doctor_asks_nobody(tmp_path: Path) -> None:
    async def story() -> list[Finding]:
        return [one async for one in canary_findings(loaded(tmp_path, SMALL))]

    assert asyncio.run(story()) == []
