"""Makes sure that topics exist, alike on Apache Kafka and on the embedded broker."""

import asyncio
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import InvalidPartitionsError, KafkaError

from config.connection import client_options, kafka_at
from config.settings import Kafka
from streams.broker import check_reachable

_LISTED = 9  # names, at the most

CREATED, EXISTS = 0, 36  # Kafka protocol error codes


class TopicError(Exception):
    """A topic cannot be made, or is there in another shape. One line: what and what to do."""


class Topic(NamedTuple):
    """A topic that must exist.

    With `fixed`, one that exists with another number of partitions is an error; without, it is
    taken as it is (a producer's topic). One that `widens` is given partitions that it lacks.
    Configs are set at creation only.
    """

    name: str
    partitions: int = 1
    configs: Mapping[str, str] = MappingProxyType({})
    fixed: bool = True
    widens: bool = False


def missing_topic(topic: str, kafka: Kafka, known: Iterable[str]) -> TopicError:
    """That it is not there, and which is meant; or which there are, where they are few."""
    names = sorted(known)
    close = difflib.get_close_matches(topic, names, n=1)
    if close:
        hint = f" (did you mean {close[0]}?)"
    else:
        hint = f"; there are {', '.join(names) if 0 < len(names) <= _LISTED else len(names)}"
    return TopicError(f"there is no topic {topic} at {kafka.bootstrap}{hint}")


async def ensure_topics(
    address: Kafka | str,
    topics: Sequence[Topic],
    *,
    replication: int = 1,
    within_s: float = 20.0,
    made: Callable[[Topic], None] = lambda _: None,
) -> Mapping[str, int]:
    """Create the topics that are missing; return the number of partitions each one has.

    `made` is told each topic that was missing.

    Returns when every partition has a leader, so that the first produce or fetch succeeds. Safe
    to call from several processes at once. Raises `TopicError`, or `BrokerError` without a broker.
    """
    await check_reachable(address)
    admin = AIOKafkaAdminClient(**client_options(address))
    try:
        async with asyncio.timeout(within_s):
            await admin.start()
            await _create(admin, topics, replication, made)
            counts = await _widened(admin, topics, await _counts_with_leaders(admin, topics))
    except TimeoutError:
        at = kafka_at(address).bootstrap
        raise TopicError(
            f"topics at {at} have no leader after {within_s:g} s: is every broker up?"
        ) from None
    except (KafkaError, OSError) as error:
        await check_reachable(address)
        raise TopicError(f"topics cannot be made sure of: {error}") from None
    finally:
        await admin.close()
    _check_shapes(topics, counts)
    return counts


async def _create(
    admin: Any, topics: Sequence[Topic], replication: int, made: Callable[[Topic], None]
) -> None:
    known = set(await admin.list_topics())
    missing = [
        NewTopic(topic.name, topic.partitions, replication, topic_configs=dict(topic.configs))
        for topic in topics
        if topic.name not in known
    ]
    if not missing:
        return
    response = await admin.create_topics(missing)
    for name, code, message in response.topic_errors:
        if code not in (CREATED, EXISTS):
            raise TopicError(f"cannot create topic {name}: {message or f'Kafka error {code}'}")
    created = {name for name, code, _ in response.topic_errors if code == CREATED}
    for topic in topics:
        if topic.name in created:
            made(topic)


async def _widened(
    admin: Any, topics: Sequence[Topic], counts: Mapping[str, int]
) -> Mapping[str, int]:
    """The numbers of partitions, once those that widen have what they lack."""
    narrow = [one for one in topics if one.widens and counts[one.name] < one.partitions]
    for topic in narrow:
        with suppress(InvalidPartitionsError):  # another worker was first
            await admin.create_partitions({topic.name: NewPartitions(topic.partitions)})
    while any(counts[topic.name] < topic.partitions for topic in narrow):
        await asyncio.sleep(0.05)
        counts = await _counts_with_leaders(admin, topics)
    return counts


async def _counts_with_leaders(admin: Any, topics: Sequence[Topic]) -> dict[str, int]:
    names = [topic.name for topic in topics]
    while True:
        described = await admin.describe_topics(names)
        if all(_is_led(topic) for topic in described):
            return {topic["topic"]: len(topic["partitions"]) for topic in described}
        await asyncio.sleep(0.05)


def _is_led(topic: Mapping[str, Any]) -> bool:
    return topic["error_code"] == 0 and all(
        partition["error_code"] == 0 and partition["leader"] >= 0
        for partition in topic["partitions"]
    )


def _check_shapes(topics: Sequence[Topic], counts: Mapping[str, int]) -> None:
    for topic in topics:
        if topic.fixed and counts[topic.name] != topic.partitions:
            raise TopicError(
                f"topic {topic.name} has {counts[topic.name]} partitions where {topic.partitions} "
                "are configured: configure as many, or delete the topic"
            )
