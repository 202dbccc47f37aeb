"""Dead letters as lines of a terminal, and as JSON."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from routing.wording import counted
from streams.letters.advice import advice
from streams.letters.letters import Letter, Overview
from streams.letters.shown import printable, shown
from streams.letters.topics import Found

_DETAIL = 100  # characters in a line
_VALUE = 2048  # bytes of a value


def lines(overview: Overview) -> Iterator[str]:
    """A line a letter, newest first, and how many there are."""
    rows = [
        (
            str(letter.offset),
            instant(letter.buried_at),
            str(letter.place),
            letter.state,
            letter.reason,
            printable(letter.detail)[:_DETAIL],
        )
        for letter in overview.newest
    ]
    if rows:
        yield from _aligned([("NUMBER", "BURIED", "RECORD", "STATE", "REASON", "DETAIL"), *rows])
    more = overview.total - len(rows)
    yield counted(overview.total, "dead letter") + (f", {more:,} older not shown" if more else "")


def summary(overview: Overview) -> Iterator[str]:
    """How many letters there are of each reason and topic, the most first."""
    rows = [
        (f"{count:,}", reason, topic) for (reason, topic), count in overview.by_reason.most_common()
    ]
    if rows:
        yield from _aligned([("LETTERS", "REASON", "TOPIC"), *rows])
    yield counted(overview.total, "dead letter")


def as_json(overview: Overview, *, is_summary: bool) -> str:
    """The same as one JSON document."""
    counts = [
        {"reason": reason, "topic": topic, "letters": count}
        for (reason, topic), count in overview.by_reason.most_common()
    ]
    letters = [] if is_summary else [_plain(letter) for letter in overview.newest]
    whole = {"total": overview.total, "by_reason": counts}
    return json.dumps(whole if is_summary else {**whole, "letters": letters}, indent=2)


def _plain(letter: Letter) -> dict[str, Any]:
    became = letter.mark.became if letter.mark else None
    return {
        "number": letter.offset,
        "record": str(letter.place),
        "reason": letter.reason,
        "detail": letter.detail,
        "buried_at": letter.buried_at.isoformat() if letter.buried_at else None,
        "recorded_at": letter.recorded_at.isoformat() if letter.recorded_at else None,
        "size": letter.size,
        "state": letter.state,
        "retries": letter.retries,
        "sent_again_as": became.partition("@")[0] if became else None,
    }


def full(found: Found, *, most: int | None = _VALUE) -> Iterator[str]:
    """All about one letter, with `most` bytes of the value."""
    letter, kept, record = found
    place = f"{letter.place}, {'still there' if record is not None else 'gone from there'}"
    value = (record if record is not None else kept).value
    key = (record if record is not None else kept).key
    facts = [
        ("letter", str(letter.offset)),
        ("reason", f"{letter.reason}: {printable(letter.detail)}"),
        ("record", place),
        ("recorded", instant(letter.recorded_at)),
        ("buried", instant(letter.buried_at)),
        ("state", _state(letter)),
        ("key", _text(key)),
        *((f"header {printable(name)}", _text(data)) for name, data in _headers(record)),
        ("what to do", advice(letter.reason)),
    ]
    yield from (line.rstrip() for line in _aligned(facts))
    yield ""
    yield _size(letter.size, value)
    yield from shown(value or b"", most=len(value or b"") if most is None else most)


def _state(letter: Letter) -> str:
    if letter.mark is None or letter.mark.became is None:
        return letter.state
    return f"{letter.state} as {letter.mark.became.partition('@')[0]}, {instant(letter.mark.at)}"


def _headers(record: Any | None) -> Sequence[tuple[str, bytes]]:
    return record.headers if record is not None else ()


def _size(size: int, value: bytes | None) -> str:
    if value is None:
        return "no value"
    kept = f", of which its letter has {len(value):,}" if len(value) < size else ""
    return f"value, {size:,} bytes{kept}:"


def _text(data: bytes | None) -> str:
    return "none" if data is None else printable(data.decode(errors="backslashreplace"))


def instant(at: datetime | None) -> str:
    """An instant, in UTC."""
    return "none" if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
