"""The silences in force: those of the configuration, and those the event log has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from config.matchers import show
from config.settings import Config
from config.silences import ALWAYS
from routing.channels.text import clean
from routing.event import Event, ExpireSilence, SetSilence, decode
from routing.incident import Incident
from routing.muting import Muting
from routing.policy import Silence
from routing.silences import cut, in_order, kept, state
from routing.wording import counted, instant
from streams import clock
from streams.history.reading import incidents
from streams.letters.reading import all_of, reader
from streams.table import table

_decoder = msgspec.json.Decoder(Silence)
_MARKS = (b'"silence"', b'"expire_silence"')


class Known(NamedTuple):
    """The silences and the incidents there are."""

    silences: dict[str, Silence]
    incidents: list[Incident]


async def known_of(config: Config) -> Known:
    """Both at once. Raises `BrokerError`."""
    async with reader(config.kafka) as consumer:
        found = await _silences(consumer, config)
        there = await incidents(consumer, config.topics.incidents)
    return Known(found, list(there.values()))


async def silences(config: Config) -> dict[str, Silence]:
    """All silences by id that are not forgotten; those made by command win. Raises `BrokerError`.

    A worker writes them to a topic of their own; what it has not seen yet is in the event log.
    """
    async with reader(config.kafka) as consumer:
        return await _silences(consumer, config)


async def _silences(consumer: Any, config: Config) -> dict[str, Silence]:
    written = {silence.id: silence for silence in config.policy.silences}
    made: dict[str, Silence] = {}
    async for record in all_of(consumer, config.topics.silences):
        _put(made, record)
    async for record in all_of(consumer, config.topics.events):
        if record.value and any(mark in record.value for mark in _MARKS):
            _apply(written, made, record.value, clock.instant(record.timestamp / 1000))
    return written | kept(config.policy.silences, made, clock.now())


def silence_lines(found: Iterable[Silence], now: datetime) -> Iterator[str]:
    """A line for each: active, then pending, then over; and the next to change first."""
    rows = [_row(one, now) for one in in_order(found, now)]
    if not rows:
        yield "no silences: tocsin silence add --match service=NAME --for 1h makes one"
        return
    yield from table(("ID", "STATE", "FROM", "UNTIL", "ALERTS", "BY", "COMMENT"), rows)


def muting_lines(silence: Silence, found: Sequence[Muting], now: datetime) -> Iterator[str]:
    """What a silence would mute of what is open, a line an incident."""
    during = f", only during {', '.join(silence.during)}" if silence.during else ""
    when = f" from {instant(silence.starts_at)} on" if silence.starts_at > now else ""
    if not found:
        yield f"of what is open it mutes nothing{when}"
        return
    yield f"of what is open it mutes{when}{during}:"
    for one in found:
        alerts = f"{one.muted} of {counted(one.firing, 'alert')}"
        yield f"  {one.incident.id}  {alerts}  {clean(one.incident.title, 100)}"


def matchers_text(silence: Silence) -> str:
    """Which alerts it mutes."""
    sets = (silence.matchers, *silence.alternatives)
    return " or ".join(", ".join(map(show, matchers)) for matchers in sets)


def until_text(silence: Silence) -> str:
    """When it ends, in words."""
    return f"until {instant(silence.ends_at)}" if silence.ends_at < ALWAYS[1] else "without end"


def _put(made: dict[str, Silence], record: Any) -> None:
    """Until a topic is compacted it has what was forgotten as well, and then that it was."""
    made.pop(record.key.decode(), None)
    if record.value:
        silence = _decoder.decode(record.value)
        made[silence.id] = silence


def _apply(
    written: Mapping[str, Silence], made: dict[str, Silence], value: bytes, at: datetime
) -> None:
    match _event(value):
        case SetSilence(silence=silence):
            made[silence.id] = silence
        case ExpireSilence(id=id_) if known := made.get(id_) or written.get(id_):
            made[id_] = cut(known, at)


def _event(value: bytes) -> Event | None:
    try:
        return decode(value)
    except msgspec.MsgspecError:
        return None


def _row(silence: Silence, now: datetime) -> tuple[str, ...]:
    during = f" during {', '.join(silence.during)}" if silence.during else ""
    return (
        clean(silence.id, 80),
        state(silence, now).value,
        instant(silence.starts_at),
        until_text(silence).removeprefix("until "),
        clean(matchers_text(silence) + during, 500),
        clean(silence.created_by, 40) or "-",
        clean(silence.comment, 80),
    )
