"""Where a consumer goes on after a rebalance."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.fetching import seek_to_committed
from streams.topics import Topic, ensure_topics
from tests.streams.log import Log


def test_what_was_fetched_before_anything_was_committed_is_read_again(
    bootstrap: str, prefix: str
) -> None:
    async def story() -> list[int]:
        topic = f"{prefix}.in"
        await ensure_topics(bootstrap, [Topic(topic)])
        async with Log(bootstrap, topic) as log:
            await log.write(topic, b"a", b"b", b"c", partition=0)
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=bootstrap,
            group_id=prefix,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            first = await consumer.getone()  # and then comes a rebalance, and it is dropped
            assert await seek_to_committed(consumer, {topic}) == {TopicPartition(topic, 0): None}
            again = await consumer.getone()
            await consumer.commit({TopicPartition(topic, 0): 2})
            await seek_to_committed(consumer, {topic})
            return [record.offset for record in (first, again, await consumer.getone())]
        finally:
            await consumer.stop()

    assert asyncio.run(story()) == [0, 0, 2]
