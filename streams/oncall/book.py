"""The overrides made by command: read from their topic."""

from collections.abc import Sequence

import msgspec

from config.settings import Config
from routing.oncall.replacement import with_overrides
from routing.oncall.schedule import Override, Schedule
from streams.letters import reading

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
