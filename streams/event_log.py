"""Commands from the command line, written into the event log as the console's are."""

from config.settings import Config
from routing.event import Event, encode
from streams.broker import BrokerError
from streams.letters import reading
from streams.producer import new_producer, send_all


async def tell(config: Config, event: Event) -> None:
    """Write a command into the log. Raises `BrokerError` when there is no broker or no log."""
    async with reading.reader(config.kafka) as consumer:
        if not await reading.partitions_of(consumer, config.topics.events):
            raise BrokerError(f"no topic {config.topics.events}: start a worker first")
    producer = new_producer(config.kafka, "tocsin-command")
    await producer.start()
    try:
        await send_all(producer, [(config.topics.events, None, encode(event), 0)])
    finally:
        await producer.stop()
