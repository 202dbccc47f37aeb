"""The overrides made by command: read from their topic, and made by an event in the log."""

from collections.abc import Sequence

import msgspec

from config.settings import Config
from routing.event import RemoveOverride, SetOverride, encode
from routing.oncall.replacement import with_overrides
from routing.oncall.schedule import Override, Schedule
from streams.broker import BrokerError
from streams.letters import reading
from streams.producer import new_producer, send_all

_override = msgspec.json.Decoder(Override)


async def made_overrides(config: Config) -> tuple[Override, ...]:
    """Those in force, to come, or just over, oldest first. Raises `BrokerError`."""
    found: dict[bytes, Override] = {}
    async with reading.reader(config.kafka) as consumer:
        async for record in reading.all_of(consumer, config.topics.overrides):
            found.pop(record.key, None)
            if record.value:
                found[record.key] = _override.decode(record.value)
    return tuple(found.values())


def laid_over(schedules: Sequence[Schedule], overrides: Sequence[Override]) -> tuple[Schedule, ...]:
    """The schedules as the running engine has them."""
    return tuple(with_overrides(schedule, overrides) for schedule in schedules)


async def tell(config: Config, event: SetOverride | RemoveOverride) -> None:
    """Write a command into the log. Raises `BrokerError` when there is no broker or no log."""
    async with reading.reader(config.kafka) as consumer:
        if not await reading.partitions_of(consumer, config.topics.events):
            raise BrokerError(f"no topic {config.topics.events}: start a worker first")
    producer = new_producer(config.kafka, "tocsin-oncall")
    await producer.start()
    try:
        await send_all(producer, [(config.topics.events, None, encode(event), 0)])
    finally:
        await producer.stop()
