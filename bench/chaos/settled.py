"""Waiting until a group of workers has dealt with everything there is."""

import asyncio
import time
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

_LOOKS = 3  # times in a row that nothing may be left: each stage feeds the next
_EVERY_S = 1.0


class NotSettled(Exception):
    """Records are left and get no fewer; the message says where."""


async def settled(bootstrap: str, group: str, topics: Iterable[str], *, stuck_s: float) -> None:
    """Return when the group has committed all of these topics.

    Raises NotSettled once no less has been left for `stuck_s`: how long it may take in all depends
    on how much there is, and on what else the machine does.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await admin.start()
    await consumer.start()
    try:
        quiet, least, since = 0, float("inf"), time.monotonic()
        while quiet < _LOOKS:
            left = await _left(admin, consumer, group, list(topics))
            quiet = 0 if left else quiet + 1
            if (behind := sum(left.values())) < least:
                least, since = behind, time.monotonic()
            if left and time.monotonic() - since > stuck_s:
                raise NotSettled(f"{group} has not moved for {stuck_s:.0f} s: {left}")
            await asyncio.sleep(_EVERY_S)
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
    try:
        committed = await admin.list_consumer_group_offsets(group, partitions=tps)
    except GroupCoordinatorNotAvailableError:  # of a broker's first group, until it has a place
        return {group: 1}
    reached = {tp: max(at.offset, 0) for tp, at in committed.items()}
    left = {tp: ends[tp] - reached.get(tp, 0) for tp in tps}
    return {f"{tp.topic}/{tp.partition}": behind for tp, behind in left.items() if behind > 0}
