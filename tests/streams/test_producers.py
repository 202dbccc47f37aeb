"""Producers that are not ours: kcat, collectd, the OpenTelemetry SDK; and every compression.

kcat and collectd are Debian packages (`kcat`, `collectd-core`); without them their tests are
skipped.
"""

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from config.settings import Input, Kafka
from streams import clock
from streams.codecs.auto import Auto
from streams.codecs.decoded import Decoded, Kind
from streams.codecs.registry import codec_for
from streams.sniffing.reading import read_slices
from streams.topics import Topic, ensure_topics

COMPRESSIONS = ["gzip", "snappy", "lz4", "zstd"]
COLLECTD = shutil.which("collectd") or "/usr/sbin/collectd"
WITHIN_S = 60

needs_kcat = pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")
needs_collectd = pytest.mark.skipif(
    not Path(COLLECTD).exists(), reason="collectd is not installed (package collectd-core)"
)


def records(bootstrap: str, topic: str, count: int) -> list[tuple[bytes, int]]:
    """The first records of a topic of one partition, as they arrive: value, and timestamp in ms."""

    async def story() -> list[tuple[bytes, int]]:
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            async with asyncio.timeout(WITHIN_S):
                found = [await consumer.getone() for _ in range(count)]
        finally:
            await consumer.stop()
        return [(record.value, record.timestamp) for record in found]

    return asyncio.run(story())


def recognised(found: Sequence[tuple[bytes, int]]) -> tuple[str, Decoded]:
    """The format that `auto` takes records for, and what it makes of them."""
    codec = codec_for(Input(name="in", topic="in"))
    assert isinstance(codec, Auto)
    values, timestamps = zip(*found, strict=True)
    decoded = codec.decode(values, timestamps, now=clock.epoch_s())
    assert not decoded.bad
    return codec.format, decoded


def compressions(bootstrap: str, topic: str) -> set[str]:
    """What the records of a topic were compressed by."""
    slices = asyncio.run(read_slices(Kafka(bootstrap=bootstrap), topic, records=1000))
    return {name for one in slices for name in one.compressions}


def _json(count: int) -> list[bytes]:
    now = int(clock.epoch_s())
    return [
        b'{"name":"load","labels":{"host":"h%d"},"value":%d,"timestamp":%d}' % (i % 5, i, now)
        for i in range(count)
    ]


def _lines(count: int) -> list[bytes]:
    now = int(clock.epoch_s()) * 10**9
    return [b"cpu,host=h%d idle=%d.5,user=2i %d" % (i % 5, i, now) for i in range(count)]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_records_of_every_compression_are_read(
    bootstrap: str, prefix: str, compression: str
) -> None:
    values = _json(200)

    async def publish() -> None:
        await ensure_topics(bootstrap, [Topic(prefix)])
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, compression_type=compression, linger_ms=50
        )
        await producer.start()
        try:
            await asyncio.gather(*[await producer.send(prefix, value) for value in values])
        finally:
            await producer.stop()

    asyncio.run(publish())
    format, found = recognised(records(bootstrap, prefix, len(values)))
    assert format == "json"
    assert found.value == [float(i) for i in range(200)]
    assert compressions(bootstrap, prefix) == {compression}


@needs_kcat
@pytest.mark.kafka  # librdkafka 2.0 cannot read the versions that the embedded broker answers
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize(("format", "make"), [("json", _json), ("influx", _lines)])
def test_what_kcat_publishes_is_recognised_and_read(
    bootstrap: str, prefix: str, compression: str, format: str, make: Callable[[int], list[bytes]]
) -> None:
    values = make(100)
    asyncio.run(ensure_topics(bootstrap, [Topic(prefix)]))
    subprocess.run(
        ["kcat", "-P", "-b", bootstrap, "-t", prefix, "-p", "0", "-z", compression],
        input=b"\n".join(values),
        check=True,
        capture_output=True,
        timeout=WITHIN_S,
    )
    arrived = records(bootstrap, prefix, len(values))
    assert [value for value, _ in arrived] == values
    taken_for, found = recognised(arrived)
    assert taken_for == format
    assert set(found.position) == set(range(100))
    assert compression in compressions(bootstrap, prefix)  # a record alone is left as it is


@contextmanager
def collectd(folder: Path, bootstrap: str, topic: str) -> Iterator[None]:
    """collectd at work: this machine's load, memory and processors, once a second."""
    config = folder / "collectd.conf"
    config.write_text(f"""\
BaseDir "{folder}"
PIDFile "{folder}/collectd.pid"
Hostname "web1"
FQDNLookup false
Interval 1
LoadPlugin cpu
LoadPlugin load
LoadPlugin memory
LoadPlugin write_kafka
<Plugin write_kafka>
  Property "metadata.broker.list" "{bootstrap}"
  <Topic "{topic}">
    Format JSON
  </Topic>
</Plugin>
""")
    with (folder / "collectd.log").open("wb") as log:
        process = subprocess.Popen([COLLECTD, "-f", "-C", str(config)], stdout=log, stderr=log)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@needs_collectd
@pytest.mark.kafka  # the same
def test_what_collectd_publishes_is_recognised_and_read(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    asyncio.run(ensure_topics(bootstrap, [Topic(prefix)]))
    with collectd(tmp_path, bootstrap, prefix):
        arrived = records(bootstrap, prefix, 40)
    format, found = recognised(arrived)
    assert format == "collectd"
    assert 'load_shortterm{host="web1"}' in found.keys
    assert any(key.startswith("memory{") for key in found.keys)
    cpu = [key for key in found.keys if key.startswith('cpu{host="web1",instance="')]
    assert cpu
    assert {found.kinds[key] for key in cpu} == {Kind.CUMULATIVE}
    assert max(abs(at - clock.epoch_s()) for at in found.at) < 300


def test_what_the_opentelemetry_sdk_exports_is_recognised_and_read(
    bootstrap: str, prefix: str
) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=Resource({"service.name": "cart"}))
    meter = provider.get_meter("test")
    meter.create_counter("requests").add(5, {"route": "/cart"})
    meter.create_up_down_counter("open").add(-2)
    latency = meter.create_histogram("latency", explicit_bucket_boundaries_advisory=[1.0, 10.0])
    for value in (0.5, 5.0, 7.0, 50.0):
        latency.record(value)
    meter.create_gauge("queue").set(7.5)

    async def publish() -> None:
        await ensure_topics(bootstrap, [Topic(prefix)])
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="zstd")
        await producer.start()
        try:
            for _ in range(2):
                exported = reader.get_metrics_data()
                assert exported is not None
                await producer.send_and_wait(prefix, encode_metrics(exported).SerializeToString())
        finally:
            await producer.stop()
            provider.shutdown()

    asyncio.run(publish())
    format, found = recognised(records(bootstrap, prefix, 2))
    assert format == "otlp"
    by_name = {
        key.partition("{")[0]: (key, value)
        for key, value in zip(found.keys, found.value, strict=True)
    }
    assert by_name["requests"][1] == 5.0
    assert found.kinds[by_name["requests"][0]] is Kind.CUMULATIVE
    assert by_name["open"][1] == -2.0
    assert by_name["queue"][1] == 7.5
    assert {(h.count, *h.counts) for h in found.histograms} == {(4.0, 1.0, 2.0, 1.0)}
    assert all("cart" in key for key in found.keys)
