"""Input topics that vanish, come back as others, or grow."""

import asyncio
from pathlib import Path
from typing import NamedTuple

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic

from streams.metadata import Seen, topics_seen
from streams.presence import Outcome, Presence
from streams.producer import new_producer
from streams.samples import unpack
from streams.topics import Topic, ensure_topics
from tests.streams.log import Log
from tests.streams.works import Works, works

pytestmark = pytest.mark.long

ONE, TWO, WIDE = Seen(b"1", 2), Seen(b"2", 2), Seen(b"1", 4)
OLD = Seen(b"", 2)  # of a broker that knows no ids


class Case(NamedTuple):
    what: str
    looks: list[Seen | None]
    says: list[Outcome]
    needs_restart: bool


@pytest.mark.parametrize(
    "case",
    [
        Case("nothing changes", [ONE, ONE, ONE], [], False),
        Case("missed once", [ONE, None, ONE], [], False),
        Case("gone, told once", [ONE, None, None, None], [Outcome.GONE], False),
        Case("back as it was", [ONE, None, None, ONE], [Outcome.GONE, Outcome.BACK], False),
        Case("made anew", [ONE, None, None, TWO], [Outcome.GONE, Outcome.MADE_ANEW], True),
        Case("made anew between two looks", [ONE, TWO], [Outcome.MADE_ANEW], True),
        Case("made anew after one miss", [ONE, None, TWO], [Outcome.MADE_ANEW], True),
        Case("wider", [ONE, WIDE], [Outcome.RESHAPED], True),
        Case("gone from the first look on", [None, None, ONE], [Outcome.GONE, Outcome.MADE_ANEW],
             True),
        Case("late at the first look", [None, ONE], [], False),
        Case("back, without ids", [OLD, None, None, OLD], [Outcome.GONE, Outcome.MADE_ANEW], True),
        Case("there, without ids", [OLD, None, OLD], [], False),
    ],
    ids=lambda case: case.what,
)  # fmt: skip
def test_each_change_has_a_name_and_is_told_once(case: Case) -> None:
    presence = Presence(["t"])
    changes = [change for seen in case.looks for change in presence.look({"t": seen})]
    assert [change.outcome for change in changes] == case.says
    assert any(change.needs_restart for change in changes) is case.needs_restart


def test_a_topic_that_may_not_be_seen_is_not_gone() -> None:
    presence = Presence(["t"])
    assert [*presence.look({"t": ONE}), *presence.look({}), *presence.look({})] == []
    assert not presence.is_gone("t")


async def look(bootstrap: str, *topics: str) -> dict[str, Seen | None]:
    producer = new_producer(bootstrap, "test")
    await producer.start()
    try:
        return await topics_seen(producer.client, topics)
    finally:
        await producer.stop()


def test_a_broker_tells_topics_of_one_name_apart(bootstrap: str, prefix: str) -> None:
    asyncio.run(ensure_topics(bootstrap, [Topic(f"{prefix}.a", 3), Topic(f"{prefix}.b", 1)]))
    seen = asyncio.run(look(bootstrap, *(f"{prefix}.{x}" for x in "abc")))
    a, b = seen[f"{prefix}.a"], seen[f"{prefix}.b"]
    assert a is not None
    assert b is not None
    assert (a.partitions, b.partitions, seen[f"{prefix}.c"]) == (3, 1, None)
    assert a.id != b.id


async def begun(tocsin: Works, admin: AIOKafkaAdminClient) -> None:
    await admin.start()
    await tocsin.send(1, 2, 3)
    await tocsin.until(lambda: was_read(tocsin, 3))


def was_read(tocsin: Works, count: int) -> bool:
    status = tocsin.status()
    return status is not None and status.records >= count


def pages_of_load(tocsin: Works) -> list[str]:
    """The incidents of the application's own series that Slack was told of."""
    views = tocsin.incidents().values()
    mine = {view.id for view in views if any("metric" in a.labels for a in view.alerts.values())}
    return [one.incident for one in tocsin.received("slack") if one.opens and one.incident in mine]


def restart(tocsin: Works) -> None:
    """What the supervisor does when a worker asks for it."""
    assert tocsin.worker is not None
    assert tocsin.worker.wait(30) == 75
    tocsin.start()


@pytest.mark.kafka
def test_an_input_that_is_deleted_is_told_and_read_from_its_beginning_when_it_is_made_again(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            await begun(tocsin, admin)
            await admin.delete_topics([tocsin.input])
            await tocsin.until(lambda: tocsin.status().inputs["app"].is_gone)  # type: ignore[union-attr]
            await admin.create_topics([NewTopic(tocsin.input, 2, 1)])
            await tocsin.send(4, 400)
            await asyncio.to_thread(restart, tocsin)
            # That the topic was gone is told as well, where it is for long enough.
            await tocsin.until(lambda: len(pages_of_load(tocsin)) == 1)
            await tocsin.until(lambda: was_read(tocsin, 2))
            log = tocsin.log_file.read_text()
            assert "is not there any more" in log
            assert "was made anew" in log
        await admin.close()

    asyncio.run(story())


@pytest.mark.kafka
def test_an_input_that_is_made_again_and_filled_while_nobody_reads_is_judged_from_its_beginning(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            await begun(tocsin, admin)
            assert tocsin.worker is not None
            tocsin.worker.terminate()
            assert await asyncio.to_thread(tocsin.worker.wait, 30) == 0
            await admin.delete_topics([tocsin.input])
            await admin.create_topics([NewTopic(tocsin.input, 2, 1)])
            await tocsin.log.refresh()
            await tocsin.send(400, 401, 402, 403, 404, 405)  # beyond where the old one was read
            tocsin.start()
            await tocsin.until(lambda: len(pages_of_load(tocsin)) == 1)
            (paged,) = pages_of_load(tocsin)
            first = tocsin.incidents()[paged].timeline[0].text
            assert first == "Opened by load of web is 400", first
        await admin.close()

    asyncio.run(story())


def test_samples_say_which_life_of_their_topic_they_are_of(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            await tocsin.send(1, 2, 3)
            await tocsin.until(lambda: was_read(tocsin, 3))
            topic = tocsin.topics.samples
            async with Log(bootstrap, topic) as log:
                await log.read_until(lambda: bool(log.records[topic]))
                seen = await look(bootstrap, tocsin.input)
                lives = {unpack(record.value).life for record in log.records[topic]}
            assert lives == {seen[tocsin.input].id}  # type: ignore[union-attr]
            assert b"" not in lives

    asyncio.run(story())


@pytest.mark.kafka
def test_a_keyed_input_that_grows_is_judged_in_its_new_partitions(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    def keyed(config: str) -> str:
        return config.replace("kind: metrics}", "kind: metrics, keyed: true}")

    async def story() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        async with works(bootstrap, prefix, tmp_path, edit=keyed) as tocsin:
            await begun(tocsin, admin)
            await admin.create_partitions({tocsin.input: NewPartitions(4)})
            await asyncio.to_thread(restart, tocsin)
            await tocsin.log.refresh()
            await tocsin.send(1, 2, 400, partition=3)
            await tocsin.until(lambda: len(tocsin.received("slack")) == 1)
            assert "another number of partitions" in tocsin.log_file.read_text()
        await admin.close()

    asyncio.run(story())


@pytest.mark.kafka
def test_offsets_beyond_the_end_lead_to_the_beginning(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            await tocsin.send(1, 2, 3)
            await tocsin.until(lambda: was_read(tocsin, 3))
            assert tocsin.worker is not None
            tocsin.worker.terminate()  # a group with members takes no commits of strangers
            assert await asyncio.to_thread(tocsin.worker.wait, 30) == 0
            await commit(bootstrap, tocsin.topics.prefix, TopicPartition(tocsin.input, 0), 5000)
            tocsin.start()
            await tocsin.send(4, 400)
            await tocsin.until(lambda: len(tocsin.received("slack")) == 1)

    asyncio.run(story())


async def commit(bootstrap: str, group: str, partition: TopicPartition, offset: int) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign([partition])
        await consumer.commit({partition: offset})
    finally:
        await consumer.stop()
