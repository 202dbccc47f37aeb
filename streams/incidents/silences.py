"""The silences in force: those of the configuration, and those the event log has."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from config.matchers import show
from config.settings import Config
from routing.channels.text import clean
from routing.event import Event, ExpireSilence, SetSilence, decode
from routing.policy import Silence
from routing.silences import cut, state
from routing.wording import instant
from streams import clock
from streams.letters.reading import all_of, reader
from streams.table import table

_MARKS = (b'"silence"', b'"expire_silence"')


async def silences(config: Config) -> dict[str, Silence]:
    """All silences by id, as far back as the log goes; made ones win. Raises `BrokerError`."""
    found = {silence.id: silence for silence in config.policy.silences}
    async with reader(config.kafka) as consumer:
        async for record in all_of(consumer, config.topics.events):
            if record.value and any(mark in record.value for mark in _MARKS):
                _apply(found, record.value, clock.instant(record.timestamp / 1000))
    return found


def silence_lines(found: Iterable[Silence], now: datetime) -> Iterator[str]:
    """A line for each, the last to end first."""
    rows = [_row(one, now) for one in sorted(found, key=_ends, reverse=True)]
    if not rows:
        yield "no silences: tocsin silence add --match service=NAME --for 1h makes one"
        return
    yield from table(("ID", "STATE", "FROM", "UNTIL", "ALERTS", "BY", "COMMENT"), rows)


def matchers_text(silence: Silence) -> str:
    """Which alerts it mutes."""
    sets = (silence.matchers, *silence.alternatives)
    return " or ".join(", ".join(map(show, matchers)) for matchers in sets)


def _apply(found: dict[str, Silence], value: bytes, at: datetime) -> None:
    match _event(value):
        case SetSilence(silence=silence):
            found[silence.id] = silence
        case ExpireSilence(id=id_) if id_ in found:
            found[id_] = cut(found[id_], at)


def _event(value: bytes) -> Event | None:
    try:
        return decode(value)
    except msgspec.MsgspecError:
        return None


def _row(silence: Silence, now: datetime) -> tuple[str, ...]:
    during = f" during {', '.join(silence.during)}" if silence.during else ""
    return (
        silence.id,
        state(silence, now).value,
        instant(silence.starts_at),
        instant(silence.ends_at),
        matchers_text(silence) + during,
        clean(silence.created_by, 40) or "-",
        clean(silence.comment, 80),
    )


def _ends(silence: Silence) -> str:
    return silence.ends_at.isoformat()
