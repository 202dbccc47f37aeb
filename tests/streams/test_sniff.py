"""`tocsin sniff` against a broker: what it prints, and says when there is nothing to see."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from config.settings import Kafka
from streams import clock
from streams.cli import app, main
from streams.sniffing.reading import read_slices
from streams.topics import Topic, TopicError, ensure_topics, missing_topic
from tests.config.samples import SMALL

HOSTS = 6


async def _publish(
    bootstrap: str, topic: str, values: list[bytes], *, partitions: int, compression: str | None
) -> None:
    await ensure_topics(bootstrap, [Topic(topic, partitions)])
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=compression)
    await producer.start()
    try:
        for i, value in enumerate(values):
            await producer.send(topic, value, key=f"h{i % HOSTS}".encode())
    finally:
        await producer.stop()


def publish(
    bootstrap: str,
    topic: str,
    values: list[bytes],
    *,
    partitions: int = 3,
    compression: str | None = None,
) -> None:
    asyncio.run(_publish(bootstrap, topic, values, partitions=partitions, compression=compression))


def sniff(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sniff", *arguments], env={"COLUMNS": "200"})


def sniffed(*arguments: str) -> Any:
    result = sniff(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def native(count: int) -> list[bytes]:
    now = clock.epoch_s()
    return [
        json.dumps(
            {
                "name": "load",
                "labels": {"host": f"h{i % HOSTS}"},
                "value": i,
                "timestamp": int((now - count + i) * 1000),
            }
        ).encode()
        for i in range(count)
    ]


def test_sniff_says_what_is_in_a_topic(bootstrap: str, prefix: str) -> None:
    publish(bootstrap, prefix, native(90), compression="gzip")
    found = sniffed(prefix, "--bootstrap", bootstrap)
    assert sum(part["records"] for part in found["partitions"]) == found["read"] == 90
    assert found["keys"]["distinct"] == HOSTS
    assert found["compressions"] == {"gzip": 90}
    assert found["formats"] == [{"format": "json", "share": 1.0}]
    assert found["unit"] == "milliseconds"
    assert found["series"]["seen"] == HOSTS
    assert len(found["samples"]) == 3
    assert found["input"] == {"name": prefix, "topic": prefix, "format": "json", "keyed": True}
    text = sniff(prefix, "--bootstrap", bootstrap).output
    for words in ("90 records", "gzip", "json: all of the records", 'load{host="h', "keyed: true"):
        assert words in text


def test_sniff_reads_only_the_newest_of_a_long_topic(bootstrap: str, prefix: str) -> None:
    publish(bootstrap, prefix, native(600), partitions=2, compression="zstd")
    found = sniffed(prefix, "--bootstrap", bootstrap, "--records", "100")
    assert [part["read"] for part in found["partitions"]] == [50, 50]
    assert sum(part["records"] for part in found["partitions"]) == 600
    assert found["times"]["newest"] - found["times"]["oldest"] < 400


def test_sniff_takes_kafka_and_the_input_from_a_configuration(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    values = [json.dumps({"load": i, "node": "a"}).encode() for i in range(9)]
    publish(bootstrap, prefix, values, partitions=1)
    declared = f"""\
  - name: mine
    topic: {prefix}
    format: mapping
    mapping: {{fields: [load], labels: {{node: node}}}}
profiles:
"""
    config = tmp_path / "tocsin.yaml"
    config.write_text(SMALL.replace("kafka:9092", bootstrap).replace("profiles:\n", declared, 1))
    found = sniffed(prefix, "--config", str(config))
    assert found["input"]["name"] == "mine"
    assert {sample["series"] for sample in found["samples"]} == {'load{node="a"}'}


def test_missing_and_empty_topics_are_said_in_one_line(bootstrap: str, prefix: str) -> None:
    asyncio.run(ensure_topics(bootstrap, [Topic(f"{prefix}.empty", 2)]))
    with pytest.raises(TopicError, match=rf"no topic {prefix}.emty .*did you mean {prefix}.empty"):
        asyncio.run(read_slices(Kafka(bootstrap=bootstrap), f"{prefix}.emty", records=10))
    with pytest.raises(TopicError, match="is empty: it has 2 partitions"):
        asyncio.run(read_slices(Kafka(bootstrap=bootstrap), f"{prefix}.empty", records=10))


@pytest.mark.parametrize("arguments", [(), ("--bootstrap", "a:1", "--config", "b")])
def test_sniff_wants_to_know_where_kafka_is(arguments: tuple[str, ...]) -> None:
    result = sniff("topic", *arguments)
    assert result.exit_code == 2
    assert "say where Kafka is" in result.output


def test_broker_that_is_not_there_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tocsin", "sniff", "a", "--bootstrap", "127.0.0.1:1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "127.0.0.1:1" in said


@pytest.mark.parametrize(
    ("known", "words"),
    [
        pytest.param({"shop.metrics", "b"}, "(did you mean shop.metrics?)", id="near"),
        pytest.param({"b", "a"}, "there are a, b", id="few"),
        pytest.param({f"t{i}" for i in range(30)}, "there are 30", id="many"),
        pytest.param(set[str](), "there are 0", id="none"),
    ],
)
def test_a_topic_that_is_not_there_is_told_with_those_that_are(known: set[str], words: str) -> None:
    assert words in str(missing_topic("shop.metric", Kafka(bootstrap="a:1"), known))
