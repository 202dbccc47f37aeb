"""Records as producers write them: in batches, uncompressed or lz4, the sources in turn."""

import time
from collections.abc import Iterator

from aiokafka import AIOKafkaProducer

from streams.topics import Topic, ensure_topics

PARTITIONS = 4
_BATCH = 64 << 10  # bytes; between Java's default and librdkafka's
_IN_FLIGHT = 64

Record = tuple[int, bytes]  # partition, value


def producer(bootstrap: str, compression: str | None) -> AIOKafkaProducer:
    """A producer as applications have it."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        compression_type=compression,
        max_batch_size=_BATCH,
        max_request_size=8 << 20,
        linger_ms=5,
    )


async def fill(
    bootstrap: str, topic: str, records: Iterator[Record], *, compression: str | None = None
) -> int:
    """Write records into a new topic; gives how many bytes their values have."""
    await ensure_topics(bootstrap, [Topic(topic, PARTITIONS)])
    writer = producer(bootstrap, compression)
    await writer.start()
    batches = [writer.create_batch() for _ in range(PARTITIONS)]
    sent = []
    size = 0
    for partition, value in records:
        size += len(value)
        if batches[partition].append(key=None, value=value, timestamp=None) is None:
            sent.append(await writer.send_batch(batches[partition], topic, partition=partition))
            batches[partition] = writer.create_batch()
            batches[partition].append(key=None, value=value, timestamp=None)
            if len(sent) > _IN_FLIGHT:
                await sent.pop(0)
    for partition, batch in enumerate(batches):
        if batch.record_count():
            sent.append(await writer.send_batch(batch, topic, partition=partition))
    for ack in sent:
        await ack
    await writer.stop()
    return size


def small(records: int, series: int, *, step_s: float = 10.0) -> Iterator[Record]:
    """JSON samples of some 70 bytes, each series once in `step_s` and always in one partition."""
    turns = -(-records // series)
    start = time.time() - step_s * (turns + 1)
    odd_from = turns * 2 // 3
    for turn in range(turns):
        at = f'"timestamp":{start + step_s * turn:.0f}}}'
        for which in range(min(series, records - turn * series)):
            value = 100 + ((turn * series + which) * 2654435761 % 1000) / 100
            if turn >= odd_from and which % 997 == 0:
                value *= 3  # so that there is something to find
            text = f'{{"name":"cpu","labels":{{"host":"h{which}"}},"value":{value:.2f},{at}'
            yield which % PARTITIONS, text.encode()
