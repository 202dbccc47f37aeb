"""A survey for people: a table of facts, samples, a suggested input, and what to think about."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from routing.wording import counted
from streams import clock
from streams.sniffing.suggestion import as_yaml, notes, suggested
from streams.sniffing.survey import Survey

_SHOWN_LABELS = 6
_SHOWN_PARTS = 8
_HEX = 24


def show(found: Survey, console: Console) -> None:
    """Print it."""
    facts = Table.grid(padding=(0, 2))
    for name, words in _facts(found):
        facts.add_row(Text(name, style="bold"), Text(words))
    console.print(facts)
    if found.samples:
        console.print()
        console.print(_samples(found))
    if item := suggested(found):
        console.print()
        console.print(Text("An input for it:", style="bold"))
        console.print(Text(as_yaml(item).rstrip()))
    remarks = list(notes(found))
    if remarks:
        console.print()
    for remark in remarks:
        console.print(Text(f"! {remark}", style="yellow"))


def as_json(found: Survey) -> str:
    """The same for programs."""
    facts: dict[str, Any] = msgspec.to_builtins(
        {
            name: getattr(found, name)
            for name in ("topic", "nulls", "keys", "compressions", "sizes", "times", "series")
        }
    )
    facts |= {
        "partitions": msgspec.to_builtins(found.parts),
        "read": found.read,
        "formats": [{"format": g.format, "share": round(g.share, 4)} for g in found.guesses],
        "share": round(found.share, 4),
        "bad": [
            {"reason": f.reason, "count": found.bad[f.reason], "detail": f.detail}
            for f in found.faults
        ],
        "samples": msgspec.to_builtins(found.samples),
        "unit": found.unit,
        "input": suggested(found),
        "notes": list(notes(found)),
    }
    return msgspec.json.format(msgspec.json.encode(facts), indent=2).decode()


def _facts(found: Survey) -> Iterator[tuple[str, str]]:
    yield "Topic", _topic(found)
    yield "Keys", _keys(found)
    yield "Compression", _counts(found.compressions)
    if found.sizes is not None:
        s = found.sizes
        yield "Sizes", f"{s.smallest:,} to {s.largest:,} bytes, median {s.median:,}"
    yield "Format", _format(found)
    for fault in found.faults:
        yield "Not read", f"{found.bad[fault.reason]:,} {fault.reason}, such as: {fault.detail}"
    if found.times is not None:
        yield "Timestamps", _times(found)
    if found.series is not None and found.series.seen:
        yield from _series(found)
    elif found.source is None and found.first_value is not None:
        yield "Begins with", f"{found.first_value[:_HEX].hex(' ')}  {found.first_value[:_HEX]!r}"


def _topic(found: Survey) -> str:
    parts = found.parts
    total = sum(part.records for part in parts)
    shown = ", ".join(f"{part.partition}: {part.records:,}" for part in parts[:_SHOWN_PARTS])
    more = ", ..." if len(parts) > _SHOWN_PARTS else ""
    nulls = f", {found.nulls:,} of them null" if found.nulls else ""
    return (
        f"{found.topic}, {counted(total, 'record')}, by partition {shown}{more}; "
        f"the newest {found.read:,} were read{nulls}"
    )


def _keys(found: Survey) -> str:
    keys = found.keys
    if not keys.records:
        return "none"
    some = (
        "every record has one"
        if keys.records == found.read
        else f"{keys.records:,} of the records have one"
    )
    return f"{some}, {keys.distinct:,} different, such as {keys.example!r}"


def _counts(counts: Mapping[str, int]) -> str:
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _format(found: Survey) -> str:
    source = found.source
    if source is None:
        return "not recognised" + _others(found, "")
    name = "errors, one each" if source.kind == "errors" else source.format
    if name == "mapping":
        name = "JSON of an own shape, read by the mapping below"
    some = "all" if found.share == 1 else f"{found.share:.1%}"
    return f"{name}: {some} of the records could be read{_others(found, source.format)}"


def _others(found: Survey, chosen: str) -> str:
    others = [f"{g.format} {g.share:.0%}" for g in found.guesses if g.format != chosen]
    return f" (it also looks like {', '.join(others)})" if others else ""


def _times(found: Survey) -> str:
    assert found.times is not None
    clock, kafka = found.times.behind_clock_s, found.times.behind_kafka_s
    return (
        f"{found.unit}; the newest is {_side(clock)} the clock, the median {_side(kafka)} the "
        "records' time in Kafka"
    )


def _side(behind_s: float) -> str:
    return f"{_span(abs(behind_s))} {'behind' if behind_s >= 0 else 'ahead of'}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _series(found: Survey) -> Iterator[tuple[str, str]]:
    series = found.series
    assert series is not None
    stay = "each stays in one partition" if series.stay else "some come from several partitions"
    if not series.compared:
        stay = "none came twice"
    yield "Series", f"{series.seen:,} seen, about {series.estimated:,} in all; {stay}"
    labels = [
        f"{label.name} ({label.values:,}{', endless' if label.is_endless else ''})"
        for label in series.labels[:_SHOWN_LABELS]
    ]
    if labels:
        yield "Labels", ", ".join(labels) + (", ..." if series.labels[_SHOWN_LABELS:] else "")


def _samples(found: Survey) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Samples, such as", overflow="fold")
    table.add_column("Value", justify="right")
    table.add_column("Time")
    table.add_column("Kind")
    for sample in found.samples:
        at = clock.instant(sample.at).strftime("%Y-%m-%d %H:%M:%S") + "Z"
        table.add_row(Text(sample.series), f"{sample.value:.10g}", at, sample.kind)
    return table
