"""`tocsin backtest` of a topic: decoded as a worker does, in order of time, within bounds."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from config.marks.mark import Span, encode
from config.marks.marks import Marks
from config.settings import Input, Kafka
from config.topics import Topics
from routing.labels import Matcher
from streams.backtest.passing import pass_over
from streams.backtest.past import Source
from streams.backtest.topic import Bounds, read_topic
from streams.backtest.watching import profiles_of
from streams.letters.reading import reader
from streams.marks.book import read_marks
from streams.topics import Topic, TopicError, ensure_topics
from tests.streams.backtest.tables import BEGAN, STEP, values
from tests.streams.backtest.test_backtest import backtest, reported, scores

N = 900


async def _publish(bootstrap: str, topic: str, records: list[tuple[int, bytes, int]]) -> None:
    await ensure_topics(bootstrap, [Topic(topic, 2)])
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for partition, value, at_ms in records:
            await producer.send(topic, value, partition=partition, timestamp_ms=at_ms)
    finally:
        await producer.stop()


def publish(bootstrap: str, topic: str, *, hosts: str = "ab") -> None:
    """A series of each host, the first one with a fault; one bad record; a counter."""
    records: list[tuple[int, bytes, int]] = []
    for number, host in enumerate(hosts):
        found = values(N, fault=800 if number == 0 else None, seed=number + 1)
        for i, value in enumerate(found):
            at_ms = int((BEGAN + i * STEP).timestamp() * 1000)
            sample: dict[str, Any] = {"name": "load", "labels": {"host": host}, "value": value}
            records.append((number, json.dumps(sample | {"timestamp": at_ms}).encode(), at_ms))
    records.append((0, b"{broken", records[0][2]))
    asyncio.run(_publish(bootstrap, topic, records))


def read(bootstrap: str, topic: str, **bounds: int) -> Source:
    source = Input(name="in", topic=topic)
    return asyncio.run(read_topic(Kafka(bootstrap=bootstrap), source, Bounds(**bounds)))


def test_a_topic_is_judged_like_a_file(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    publish(bootstrap, prefix)
    result = backtest(prefix, "--bootstrap", bootstrap, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("1 anomaly in ")  # not with a line of the log
    assert f" of 2 series from topic {prefix}\n" in result.stdout
    report = reported(tmp_path / "out")
    counts = {line["series"]: len(line["anomalies"]) for line in report["series"]}
    assert counts == {'load{host="a"}': 1, 'load{host="b"}': 0}
    assert report["bad"][0]["rows"] == 1
    assert f"! {prefix}.csv:{N}: partition 0: " in result.stdout
    told = scores(tmp_path / "out" / f"{prefix}.csv")
    assert len(told) == 2 * N
    assert [row["timestamp"] for row in told] == sorted(row["timestamp"] for row in told)
    assert {row["series"] for row in told if row["anomaly"] == "1"} == {'load{host="a"}'}


def test_marks_hold_in_the_past_of_a_topic(bootstrap: str, prefix: str) -> None:
    span = Span(
        id="m1",
        kind="maintenance",
        by="ana",
        made_at=BEGAN,
        matchers=(Matcher(name="host", op="=", value="a"),),
        starts_at=BEGAN + 790 * STEP,
        ends_at=BEGAN + N * STEP,
    )
    names = Topics(prefix)
    asyncio.run(_publish(bootstrap, names.marks, [(0, encode(span), 1)]))

    async def said() -> Marks:
        async with reader(Kafka(bootstrap=bootstrap)) as consumer:
            return await read_marks(consumer, names)

    publish(bootstrap, prefix)
    found = [read(bootstrap, prefix)]
    marks = asyncio.run(said())
    assert [mark.id for mark in marks] == ["m1"]
    usual, held = (
        pass_over(found, profiles_of(None, "in"), said=each) for each in (None, marks.said())
    )
    assert [len(one.episodes) for one in usual.judged] == [1, 0]
    assert [len(one.episodes) for one in held.judged] == [0, 0]


def test_a_topic_is_read_within_its_bounds(bootstrap: str, prefix: str) -> None:
    publish(bootstrap, prefix)
    ms = [int((BEGAN + i * STEP).timestamp() * 1000) for i in (100, 199)]
    some = read(bootstrap, prefix, since_ms=ms[0], until_ms=ms[1])
    assert [len(past.rows) for past in some.pasts] == [100, 100]
    few = read(bootstrap, prefix, most=50)
    assert [len(past.rows) for past in few.pasts] == [50, 50]


def test_a_topic_without_such_records_is_said(bootstrap: str, prefix: str) -> None:
    with pytest.raises(TopicError, match=f"there is no topic {prefix}"):
        read(bootstrap, prefix)
    publish(bootstrap, prefix, hosts="a")
    with pytest.raises(TopicError, match=rf"no topic {prefix}s .*did you mean {prefix}\?"):
        read(bootstrap, f"{prefix}s")
    with pytest.raises(TopicError, match="has no records, or none in that time"):
        read(bootstrap, prefix, until_ms=1)
