"""Expectations as people write them: `page user ana on slack within 1m`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from config.durations import parse_duration
from config.errors import Wrong, did_you_mean
from routing.incident import NotifyReason

Kind = Literal["user", "receiver", "address", "reason", "nothing"]

PAGES = frozenset(
    {
        NotifyReason.FIRST,
        NotifyReason.NEW_ALERTS,
        NotifyReason.ESCALATED,
        NotifyReason.FLAPPING,
    }
)
VERBS: Mapping[str, frozenset[NotifyReason]] = {
    "page": PAGES,
    "remind": frozenset({NotifyReason.REPEAT}),
    "ack": frozenset({NotifyReason.ACKNOWLEDGED}),
    "resolve": frozenset({NotifyReason.RESOLVED}),
    "tell": frozenset(NotifyReason),
}
"""What a message is for: a page, a reminder, that somebody took it, that it is over, any."""

_WORD = re.compile(r'"[^"]*"|\S+')
_EXAMPLE = "write it like page user ana on slack within 1m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must happen, from a moment on for `within`; `offset` is where the name stands.

    For `nothing`, `within` is how long nothing may happen, None until the next step.
    """

    text: str
    kind: Kind
    name: str = ""
    reasons: frozenset[NotifyReason] = frozenset()
    channel: str = ""
    within: timedelta | None = None
    offset: int = 0


def parse_expectation(value: object) -> Expectation:
    """The expectation a text says. Raises :class:`Wrong` at the word where it goes wrong.

    >>> one = parse_expectation("page user ana on slack within 1m")
    >>> one.kind, one.name, one.channel, one.within
    ('user', 'ana', 'slack', datetime.timedelta(seconds=60))
    >>> parse_expectation("nothing for 10m").within
    datetime.timedelta(seconds=600)
    """
    if not isinstance(value, str):
        raise Wrong(f"must be an expectation: {_EXAMPLE}")
    words = [(match[0].strip('"'), match.start()) for match in _WORD.finditer(value)]
    if not words:
        raise Wrong(f"is empty: {_EXAMPLE}")
    verb, rest = words[0][0], words[1:]
    if verb == "nothing":
        return Expectation(text=value, kind="nothing", within=_options(rest, "for").get("for"))
    if verb == "reason":
        name, offset = _next(rest, "reason takes a word such as silenced")
        within = _options(rest[1:], "within").get("within", timedelta())
        return Expectation(text=value, kind="reason", name=name, within=within, offset=offset)
    if verb not in VERBS:
        known = [*VERBS, "reason", "nothing"]
        raise Wrong(f'no expectation begins with "{verb}"{did_you_mean(verb, known)}; {_EXAMPLE}')
    return _told(value, VERBS[verb], rest)


def _told(text: str, reasons: frozenset[NotifyReason], words: list[tuple[str, int]]) -> Expectation:
    kind, at = _next(words, f"whom? {_EXAMPLE}")
    if kind not in {"user", "receiver", "address"}:
        raise Wrong(
            f'say what "{kind}" is: user {kind}, receiver {kind} or address {kind}', offset=at
        )
    name, offset = _next(words[1:], f"which {kind}? {_EXAMPLE}")
    rest, channel = words[2:], ""
    if rest and rest[0][0] == "on":
        channel, _ = _next(rest[1:], f"on which channel? {_EXAMPLE}")
        rest = rest[2:]
    return Expectation(
        text=text,
        kind=kind,  # type: ignore[arg-type]
        name=name,
        reasons=reasons,
        channel=channel,
        within=_options(rest, "within").get("within", timedelta()),
        offset=offset,
    )


def _next(words: list[tuple[str, int]], otherwise: str) -> tuple[str, int]:
    if not words:
        raise Wrong(otherwise)
    return words[0]


def _options(words: list[tuple[str, int]], name: str) -> dict[str, timedelta]:
    """`within 1m` at the end, where it is."""
    if not words:
        return {}
    word, at = words[0]
    if word != name or len(words) != 2:
        raise Wrong(f'"{word}" does not belong here: {name} 1m may follow', offset=at)
    try:
        return {name: parse_duration(words[1][0])}
    except Wrong as error:
        raise Wrong(str(error), offset=words[1][1]) from None
