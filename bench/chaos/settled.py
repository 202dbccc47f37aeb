"""Waiting until a group of workers has dealt with everything there is."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

_LOOKS = 3  # times in a row that nothing may be left: each stage feeds the next
_EVERY_S = 1.0


class NotSettled(Exception):
    """Records are left after the longest time; the message says where."""


async def settled(bootstrap: str, group: str, topics: Iterable[str], *, within_s: float) -> None:
    """Return when the group has committed all of these topics. Raises NotSettled."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await admin.start()
    await consumer.start()
    left: dict[str, int] = {}
    try:
        async with asyncio.timeout(within_s):
            quiet = 0
            while quiet < _LOOKS:
                left = await _left(admin, consumer, group, list(topics))
                quiet = 0 if left else quiet + 1
                await asyncio.sleep(_EVERY_S)
    except TimeoutError:
        raise NotSettled(f"{group} left after {within_s:.0f} s: {left}") from None
    finally:
        await consumer.stop()
        await admin.close()


async def _left(
    admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str, topics: list[str]
) -> dict[str, int]:
    described = await admin.describe_topics(topics)
    absent = {topic["topic"]: 1 for topic in described if topic["error_code"]}
    if absent:
        return absent
    tps = [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]
    ends = await consumer.end_offsets(tps)
    committed = await admin.list_consumer_group_offsets(group, partitions=tps)
    reached = {tp: max(at.offset, 0) for tp, at in committed.items()}
    left = {tp: ends[tp] - reached.get(tp, 0) for tp in tps}
    return {f"{tp.topic}/{tp.partition}": behind for tp, behind in left.items() if behind > 0}
