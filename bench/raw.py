"""A bare aiokafka consumer that counts: what there is to be had.

    python -m bench.raw BOOTSTRAP TOPIC PARTITIONS

Prints `{"at": seconds, "records": total}` after each fetch.
"""

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer, TopicPartition


async def main(bootstrap: str, topic: str, partitions: int) -> None:
    """Read the topic until killed."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", max_partition_fetch_bytes=2 << 20
    )
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
    seen = 0
    while True:
        print(json.dumps({"at": time.monotonic(), "records": seen}), flush=True)
        found = await consumer.getmany(timeout_ms=1000)
        seen += sum(map(len, found.values()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
