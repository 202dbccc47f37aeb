"""The feed: everything at its start, and then what comes."""

import asyncio
from typing import Any

import pytest

from config.marks.mark import encode
from config.settings import Kafka
from config.topics import Topics
from streams.marks.feed import MarkFeed
from streams.marks.topic import marks_topic
from streams.producer import new_producer, send_all
from streams.topics import ensure_topics
from tests.streams.marks.making import AT, opinion, span


async def write(bootstrap: str, topic: str, *records: tuple[str, bytes | None]) -> None:
    producer = new_producer(bootstrap, "test")
    await producer.start()
    await send_all(producer, [(topic, key.encode(), value, 0) for key, value in records])
    await producer.stop()


async def polled(feed: MarkFeed, holds: Any) -> None:
    """Poll as a worker's timer does, until something holds."""
    async with asyncio.timeout(20):
        while not holds():
            await feed.poll()
            await asyncio.sleep(0.02)


@pytest.fixture
def topic(bootstrap: str, prefix: str) -> str:
    made = marks_topic(Topics(prefix))
    asyncio.run(ensure_topics(bootstrap, [made]))
    return made.name


def test_a_feed_knows_all_there_is_before_it_says_anything(bootstrap: str, topic: str) -> None:
    async def story() -> None:
        given = [(f"f{n}", encode(opinion(f"f{n}", note="x" * 150))) for n in range(900)]
        await write(bootstrap, topic, *given, ("f0", None))
        feed = MarkFeed(Kafka(bootstrap=bootstrap), topic)
        await feed.start()
        try:
            assert {mark.id for mark in feed.newest()} == {f"f{n}" for n in range(1, 900)}
        finally:
            await feed.stop()

    asyncio.run(story())


def test_what_comes_later_is_taken_in_and_what_cannot_be_read_is_left_out(
    bootstrap: str, topic: str
) -> None:
    async def story() -> None:
        feed = MarkFeed(Kafka(bootstrap=bootstrap), topic)
        await feed.start()
        try:
            before = feed.newest()
            await feed.poll()
            assert feed.newest() is before
            await write(bootstrap, topic, ("bad", b"{"), ("f1", encode(opinion("f1"))))
            await polled(feed, lambda: len(feed.newest()) == 1)
            assert feed.newest().feedback[0].made_at == AT
            await write(bootstrap, topic, ("f1", None))
            await polled(feed, lambda: len(feed.newest()) == 0)
        finally:
            await feed.stop()

    asyncio.run(story())


def test_what_is_long_over_is_swept_out_of_the_topic(bootstrap: str, topic: str) -> None:
    async def story() -> None:
        old, recent = span("old", begins_at=0.0), span("new", begins_at=AT.timestamp())
        await write(bootstrap, topic, *((one.id, encode(one)) for one in (old, recent)))
        feed, producer = MarkFeed(Kafka(bootstrap=bootstrap), topic), new_producer(bootstrap, "w")
        await feed.start()
        await producer.start()
        try:
            await feed.sweep(producer, AT)
            await polled(feed, lambda: len(feed.newest()) == 1)
            assert [mark.id for mark in feed.newest()] == ["new"]
        finally:
            await feed.stop()
            await producer.stop()

    asyncio.run(story())
