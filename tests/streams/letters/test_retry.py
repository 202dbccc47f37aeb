"""`tocsin deadletter retry` on a real broker."""

import asyncio
import json
from typing import Any

import pytest

from config.settings import Kafka
from streams import clock
from streams.letters import ledger
from streams.letters.ledger import Mark, identity
from streams.letters.retry import HEADER
from streams.producer import new_producer
from streams.topics import Topic, ensure_topics
from tests.streams.letters.post import NOW_MS, Post


def essence(record: Any) -> tuple[bytes | None, bytes | None, int, dict[str, bytes]]:
    return record.key, record.value, record.timestamp, dict(record.headers)


def states(post: Post) -> list[str]:
    return [letter["state"] for letter in json.loads(post.run("list", "--json").stdout)["letters"]]


def test_record_is_sent_again_as_it_was(post: Post) -> None:
    (place,) = post.sent_and_buried(b"x" * 300_000, key=b"k", headers=[("trace", b"7")])
    answer = post.run("retry", "--yes")
    assert (answer.exit_code, answer.stdout.splitlines()) == (
        0, [f"{place}  sent as {post.input}/0/1", "1 sent again, 0 not"],
    )  # fmt: skip
    first, second = post.read()
    assert essence(first) == (b"k", b"x" * 300_000, NOW_MS, {"trace": b"7"})
    mark = f"1 {place}".encode()
    assert essence(second) == (b"k", b"x" * 300_000, NOW_MS, {"trace": b"7", HEADER: mark})
    assert states(post) == ["sent again"]
    assert post.run("list", "--open").stdout == "0 dead letters\n"
    assert f"sent again as {post.input}/0/1" in post.run("show", str(place)).stdout


def test_retry_does_nothing_a_second_time(post: Post) -> None:
    post.sent_and_buried(b"0", b"1")
    post.run("retry", "--yes")
    answer = post.run("retry", "--yes")
    assert (answer.exit_code, answer.stdout.splitlines()) == (
        0, ["2 not to be sent: sent again before (--again: once more)", "0 records to send again"],
    )  # fmt: skip
    assert len(post.read()) == 4
    post.run("retry", "--yes", "--again", f"{post.input}/0/1")
    assert [record.value for record in post.read()] == [b"0", b"1", b"0", b"1", b"1"]


def test_record_that_fails_again_is_not_sent_round_and_round(post: Post) -> None:
    (place,) = post.sent_and_buried(b"0")
    post.run("retry", "--yes")
    post.bury(post.read()[1:])
    assert states(post) == ["failed again (1)", "sent again"]
    post.run("retry", "--yes")
    assert len(post.read()) == 2
    post.run("retry", "--yes", "--again", f"{post.input}/0/1")
    assert dict(post.read()[2].headers)[HEADER] == f"2 {place.topic}/0/1".encode()
    post.bury(post.read()[2:])
    assert states(post) == ["failed again (2)", "sent again", "sent again"]


def test_records_of_different_times_that_fail_again_are_known_to(post: Post) -> None:
    for second in range(3):
        post.sent_and_buried(b"%d" % second, timestamp_ms=NOW_MS + 1000 * second)
    post.run("retry", "--yes")
    post.bury(post.read()[3:])
    assert states(post) == ["failed again (1)"] * 3 + ["sent again"] * 3


def test_dry_run_and_no_change_nothing(post: Post) -> None:
    (place,) = post.sent_and_buried(b"0")
    dry = post.run("retry", "--dry-run")
    assert dry.stdout.splitlines() == [
        f"{place}  would be sent again  (not_json)", "1 record to send again",
    ]  # fmt: skip
    refused = post.run("retry", answer="n\n")
    assert refused.exit_code == 1
    assert f"Send 1 record to {post.input} again?" in refused.stderr
    assert len(post.read()) == 1
    assert states(post) == ["open"]


def test_only_what_was_chosen_is_sent(post: Post) -> None:
    records = post.send(b"0", b"1", b"2") and post.read()
    post.bury(records[:1])
    post.bury(records[1:], "timestamp")
    post.run("retry", "--yes", "--reason", "timestamp")
    assert [record.value for record in post.read()[3:]] == [b"1", b"2"]


def test_letters_of_topics_that_are_no_inputs_are_not_sent(post: Post) -> None:
    post.bury(post.send(b"0") and post.read(), topic=post.topics.events)
    answer = post.run("retry", "--yes")
    assert "1 not to be sent: its topic is no input of the configuration" in answer.stdout
    assert post.read(post.topics.events) == []


def test_record_that_is_gone_is_sent_from_its_letter(post: Post) -> None:
    post.send(b"new", timestamp_ms=NOW_MS)
    old = post.read()
    post.bury(old, value=b"old", offset=5)  # beyond the end
    post.bury(old, value=b"before", timestamp=NOW_MS - 1)  # another record at that place
    answer = post.run("retry", "--yes")
    assert answer.exit_code == 0
    assert answer.stdout.count("from its letter, which has no headers") == 2
    assert [(record.value, record.timestamp) for record in post.read()[1:]] == [
        (b"old", NOW_MS), (b"before", NOW_MS - 1),
    ]  # fmt: skip


def test_record_that_is_gone_and_was_long_is_not_sent(post: Post) -> None:
    post.send(b"0")
    post.bury(post.read(), value=b"x" * 300_000)
    answer = post.run("retry", "--yes")
    assert answer.exit_code == 1
    assert "not sent: it is gone, and its letter has not all of it" in answer.stdout
    assert states(post) == ["open"]


def test_record_that_the_broker_refuses_may_be_sent_later(post: Post) -> None:
    (place,) = post.sent_and_buried(b"x")
    post.bury(post.read(), topic="gone-" + post.input)
    post.config.write_text(post.config.read_text().replace(
        "inputs: [", f"inputs: [{{name: gone, topic: gone-{post.input}}}, "))  # fmt: skip
    answer = post.run("retry", "--yes")
    assert answer.exit_code == 1
    assert "not sent: its partition is gone" in answer.stdout
    assert f"{place}  sent as" in answer.stdout
    assert sorted(states(post)) == ["open", "sent again"]


def test_record_that_is_empty_is_not_sent(post: Post) -> None:
    post.bury([Empty()])
    answer = post.run("retry", "--yes")
    assert "not sent: it had neither key nor value" in answer.stdout
    assert states(post) == ["open"]


class Empty:
    """A record without anything, as another client may write it."""

    key = value = None
    offset, timestamp = 0, NOW_MS


def test_record_of_a_run_that_did_not_end_is_sent_only_when_asked_for(post: Post) -> None:
    (place,) = post.sent_and_buried(b"0")
    asyncio.run(_marked(post, identity(place, clock.instant(NOW_MS / 1000))))
    assert states(post) == ["perhaps sent again"]
    answer = post.run("retry", "--yes")
    assert "1 not to be sent: perhaps sent again, by a run that did not end" in answer.stdout
    post.run("retry", "--yes", "--again")
    assert len(post.read()) == 2
    assert states(post) == ["sent again"]


async def _marked(post: Post, record: str) -> None:
    await ensure_topics(post.bootstrap, [Topic(post.topics.retried)])
    producer = new_producer(Kafka(bootstrap=post.bootstrap), "test")
    await producer.start()
    await ledger.write(producer, post.topics.retried, {record: Mark(clock.now(), 1)})
    await producer.stop()


def test_records_that_will_be_shed_are_told(post: Post) -> None:
    post.sent_and_buried(b"0")
    post.configure(", shed_after: 1h")
    answer = post.run("retry", "--yes")
    assert "input app will skip 1 of them: older than its shed_after" in answer.stderr


def test_many_records_are_sent_in_their_order(post: Post) -> None:
    values = [f"{i}".encode() for i in range(1_200)]
    post.sent_and_buried(*values)
    answer = post.run("retry", "--yes")
    assert answer.stdout.splitlines()[-1] == "1,200 sent again, 0 not"
    assert "tocsin: 500 of 1,200" in answer.stderr
    assert [record.value for record in post.read()] == [*values, *values]


@pytest.mark.kafka
def test_record_that_a_topic_keeps_no_more_is_not_asked_for_in_vain(post: Post) -> None:
    from aiokafka import TopicPartition
    from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

    post.sent_and_buried(b"0", b"1", b"2")

    async def delete() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=post.bootstrap)
        await admin.start()
        await admin.delete_records({TopicPartition(post.input, 0): RecordsToDelete(2)})
        await admin.close()

    asyncio.run(delete())
    answer = post.run("retry", "--yes")
    assert answer.stdout.count("from its letter") == 2
    assert [record.value for record in post.read()] == [b"2", b"2", b"0", b"1"]
