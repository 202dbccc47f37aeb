"""Our producer: what was given to it arrives in order, up to a first failure and nothing after."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, RequestTimedOutError
from aiokafka.structs import TopicPartition

from streams.producer import Producer, new_producer, send_all

EVENTS, OTHERS = TopicPartition("events", 0), TopicPartition("others", 0)
Story = Callable[[Producer], Coroutine[Any, Any, None]]


class Cluster:
    """Every topic has one partition, led by node 1."""

    def leader_for_partition(self, _: TopicPartition) -> int:
        return 1


def tell(story: Story) -> None:
    """Run a story with a producer that is connected to nobody: batches are drained by hand."""

    async def run() -> None:
        producer = new_producer("127.0.0.1:1", "test")
        producer.client._wait_on_metadata = _known
        producer._partition = lambda topic, partition, *_: partition
        producer._message_accumulator._cluster = Cluster()
        producer._message_accumulator._linger_time = 0.0
        try:
            await story(producer)
        finally:
            producer._closed = True  # it was never started

    asyncio.run(run())


async def _known(_: str) -> None:
    """The metadata of a topic is there."""


def drained(producer: Producer, *muted: TopicPartition) -> dict[TopicPartition, Any]:
    """The batches that the sender would send now."""
    queue = producer._message_accumulator
    by_node, _ = queue.drain_by_nodes(ignore_nodes=(), muted_partitions={*muted})
    return dict(by_node.get(1, {}))


async def begin(producer: Producer, tp: TopicPartition, value: bytes) -> "asyncio.Future[Any]":
    return await producer.send(tp.topic, value, partition=tp.partition)


def test_batch_behind_one_that_was_given_up_is_not_sent() -> None:
    async def story(producer: Producer) -> None:
        first = await begin(producer, EVENTS, b"1")
        batch = drained(producer)[EVENTS]
        second, other = await begin(producer, EVENTS, b"2"), await begin(producer, OTHERS, b"x")
        batch.failure(RequestTimedOutError())
        for sent in (first, second, other):
            with pytest.raises(RequestTimedOutError):
                await sent
        assert drained(producer) == {}

    tell(story)


def test_producer_that_failed_once_takes_nothing_more() -> None:
    async def story(producer: Producer) -> None:
        first = await begin(producer, EVENTS, b"1")
        drained(producer)[EVENTS].failure(RequestTimedOutError())
        with pytest.raises(RequestTimedOutError):
            await first
        with pytest.raises(RequestTimedOutError):
            await send_all(producer, [("others", None, b"2", 0)])

    tell(story)


def test_batch_that_waits_to_be_tried_again_fails_with_the_others_and_only_once() -> None:
    async def story(producer: Producer) -> None:
        complaints: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
        other = await begin(producer, OTHERS, b"x")
        producer._message_accumulator.reenqueue(drained(producer)[OTHERS])
        first = await begin(producer, EVENTS, b"1")
        drained(producer, OTHERS)[EVENTS].failure(RequestTimedOutError())
        for sent in (first, other):
            with pytest.raises(RequestTimedOutError):
                await sent
        await asyncio.sleep(0)
        assert complaints == []
        assert drained(producer) == {}

    tell(story)


def test_record_that_finds_no_metadata_ends_it_as_well() -> None:
    async def story(producer: Producer) -> None:
        async def gone(_: str) -> None:
            raise KafkaConnectionError

        producer.client._wait_on_metadata = gone
        with pytest.raises(KafkaConnectionError):
            await begin(producer, EVENTS, b"1")
        producer.client._wait_on_metadata = _known
        with pytest.raises(KafkaConnectionError):
            await begin(producer, EVENTS, b"2")

    tell(story)
