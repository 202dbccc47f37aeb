"""The load that there is: of the input topics, and as the workers tell it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from config.settings import Config, Input
from config.status import InputStatus, WorkerStatus, decode, inputs_of
from streams import clock
from streams.broker import check_reachable
from streams.letters.reading import all_of, to_end
from streams.security import client_options

FRESH_S = 30.0  # a worker that said nothing for longer is gone
_LOOKED_AT = 100  # records of a partition, for their size


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found. `series` is None while no worker runs that could count them."""

    source: Input  # that brings the most records
    records_per_s: float
    record_bytes: float
    samples_per_record: float
    series: int | None


async def measure(config: Config, *, for_s: float) -> Measured:
    """Look at the inputs for so many seconds. Raises `BrokerError`."""
    await check_reachable(config.kafka)
    consumer = AIOKafkaConsumer(
        **client_options(config.kafka), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        there = await consumer._client.fetch_all_metadata()
        inputs = {
            source.name: [TopicPartition(source.topic, p) for p in _partitions(there, source.topic)]
            for source in config.inputs
        }
        rates, ends = await _rates(consumer, inputs, for_s)
        busiest = max(config.inputs, key=lambda source: rates[source.name])
        told = _told([record async for record in all_of(consumer, config.topics.workers)])
        size = _mean_size(await _records(consumer, inputs[busiest.name], ends))
    finally:
        await consumer.stop()
    seen = inputs_of(told)
    return Measured(
        source=busiest,
        records_per_s=sum(rates.values()),
        record_bytes=size,
        samples_per_record=_samples_per_record(seen),
        series=sum(status.series for status in told) if told else None,
    )


def _partitions(there: Any, topic: str) -> list[int]:
    return sorted(there.partitions_for_topic(topic) or ())


async def _rates(
    consumer: Any, inputs: Mapping[str, Sequence[TopicPartition]], for_s: float
) -> tuple[dict[str, float], dict[TopicPartition, int]]:
    """Records a second of each input, and where its partitions end."""
    every = [tp for partitions in inputs.values() for tp in partitions]
    loop = asyncio.get_running_loop()
    began, before = loop.time(), await consumer.end_offsets(every)
    await asyncio.sleep(for_s)
    took, after = loop.time() - began, await consumer.end_offsets(every)
    rates = {
        name: sum(after[tp] - before[tp] for tp in partitions) / took
        for name, partitions in inputs.items()
    }
    return rates, after


async def _records(
    consumer: Any, partitions: Sequence[TopicPartition], ends: Mapping[TopicPartition, int]
) -> list[Any]:
    """Records near the given ends, however fast others come behind them."""
    found: list[Any] = []
    begins = await consumer.beginning_offsets(partitions)
    for tp in partitions:
        consumer.assign([tp])
        consumer.seek(tp, max(begins[tp], ends[tp] - _LOOKED_AT))
        found += [record async for record in to_end(consumer, tp)]
    return found


def _told(records: Sequence[Any]) -> list[WorkerStatus]:
    """The newest word of each worker that still speaks."""
    newest: dict[bytes, WorkerStatus | None] = {}
    for record in records:
        try:
            newest[record.key] = decode(record.value) if record.value else None
        except msgspec.DecodeError:
            continue
    now = clock.epoch_s()
    return [one for one in newest.values() if one is not None and one.at > now - FRESH_S]


def _mean_size(records: Sequence[Any]) -> float:
    sizes = [len(record.value or b"") + len(record.key or b"") for record in records]
    return sum(sizes) / len(sizes) if sizes else 0.0


def _samples_per_record(inputs: Mapping[str, InputStatus]) -> float:
    records = sum(status.records for status in inputs.values())
    return sum(status.samples for status in inputs.values()) / records if records else 1.0
