"""Text fit for a provider: no control characters, bounded length, numbers people can read."""

import math
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from routing.alert import Point

_BARS = "▁▂▃▄▅▆▇█"
_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_JOINERS = "\u200c\u200d\ufe0f"  # parts of emoji and of written languages


def clean(text: str, limit: int = 500) -> str:
    """The text on one line of at most `limit` characters.

    Control characters, text-direction overrides and lone surrogates become spaces, so that a label
    can neither break a header nor dress up as something else.

    >>> clean("a\\r\\nBcc: x\\x00\\u202e")
    'a Bcc: x'
    >>> clean("x" * 9, 5)
    'xxxx…'
    """
    head = text[: limit * 4]
    kept = "".join(" " if _is_hostile(character) else character for character in head)
    return clip(" ".join(kept.split()), limit)


def paragraphs(text: str, limit: int = 2500) -> str:
    """The text with its line breaks, each line cleaned, of at most `limit` characters.

    >>> paragraphs("a \\x00b\\n\\n\\n\\nc ")
    'a b\\n\\nc'
    """
    lines = [clean(line, limit) for line in text[: limit * 4].splitlines()]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return clip("\n".join(kept).strip("\n"), limit)


def _is_hostile(character: str) -> bool:
    return unicodedata.category(character)[0] in "CZ" and character not in _JOINERS


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def web_link(url: str, limit: int = 2000) -> str:
    """The address when it is a plain http(s) one of bearable length, otherwise nothing.

    >>> web_link("https://wiki/x y|z>"), web_link("javascript:alert(1)")
    ('https://wiki/x%20y%7Cz%3E', '')
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    safe = quote(url.strip().encode("utf-8", "replace"), safe="/:?#@!$&()*+,;=%~-._[]")
    return safe if len(safe) <= limit else ""


def is_number(value: float | None) -> bool:
    """True for a finite number."""
    return value is not None and math.isfinite(value)


def number(value: float | None, unit: str = "") -> str:
    """A value with at most four significant digits and its unit.

    >>> number(812.345, "ms"), number(0.03, "%"), number(1234567), number(46, "1/min"), number(None)
    ('812.3 ms', '0.03%', '1,235,000', '46/min', 'nothing')
    >>> number(-0.0)
    '0'
    """
    if value is None or not math.isfinite(value):
        return "nothing"
    rounded = float(f"{value:.4g}") or 0.0  # and no minus zero
    small = rounded != 0 and (abs(rounded) < 1e-4 or abs(rounded) >= 1e12)
    text = f"{rounded:.3g}" if small else f"{rounded:,.6f}".rstrip("0").rstrip(".")
    rate = unit.removeprefix("1") if unit.startswith("1/") else unit
    gap = "" if rate in ("", "%") or rate.startswith("/") else " "
    return f"{text}{gap}{clean(rate, 20)}"


def odds(p_value: float) -> str:
    """A p-value as odds.

    >>> odds(0.05), odds(0.000294), odds(4.2e-7), odds(0.0)
    ('1 in 20', '1 in 3,400', '1 in 2.4 million', 'less than 1 in a trillion')
    """
    if not math.isfinite(p_value) or p_value < 0:
        return "unknown"
    if p_value <= 1e-12:
        return "less than 1 in a trillion"
    chance = float(f"{1 / min(p_value, 1.0):.2g}")
    for size, word in _SCALES:
        if chance >= size:
            return f"1 in {chance / size:g} {word}"
    return f"1 in {chance:,.0f}"


def clock(at: datetime) -> str:
    """An instant as people on call read it, in UTC.

    >>> clock(datetime(2026, 11, 23, 9, 5, tzinfo=UTC))
    '09:05 UTC, 23 November'
    """
    utc = at.astimezone(UTC)
    return f"{utc:%H:%M} UTC, {utc.day} {utc:%B}"


def between(began: datetime, ended: datetime) -> str:
    """Two instants as people on call read them, in UTC.

    >>> between(datetime(2026, 11, 23, 9, 5, tzinfo=UTC), datetime(2026, 11, 23, 12, 9, tzinfo=UTC))
    'From 09:05 to 12:09 UTC, 23 November'
    """
    start, end = began.astimezone(UTC), ended.astimezone(UTC)
    first = f"{start:%H:%M}" if start.date() == end.date() else clock(start)
    return f"From {first} to {clock(end)}"


def ended(text: str) -> str:
    """The text with a full stop, where it does not end as a sentence does.

    >>> ended("Disk is full"), ended("Why?"), ended("")
    ('Disk is full.', 'Why?', '')
    """
    return text if not text or text[-1] in ".!?…:" else f"{text}."


def duration(span: timedelta) -> str:
    """A span in its two largest units.

    >>> duration(timedelta(seconds=59)), duration(timedelta(hours=2, minutes=5))
    ('59 s', '2 h 5 min')
    """
    seconds = max(0, int(span.total_seconds()))
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    parts = []
    for size, name in units:
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount} {name}")
    return " ".join(parts[:2]) or "0 s"


def spark(points: Sequence[Point], width: int = 32) -> str:
    """The last points as a row of bars; a gap is a space.

    >>> spark([Point(0, 1), Point(1, None), Point(2, 3)])
    '▁ █'
    """
    values = [point.value if is_number(point.value) else None for point in points[-width:]]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    step = (high / 8 - low / 8) or 1.0
    return "".join(" " if v is None else _BARS[min(7, int((v - low) / step))] for v in values)
