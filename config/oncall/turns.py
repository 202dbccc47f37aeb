"""Turns of a rotation as people write them: `12h`, `1w`, `1mo`."""

import re
from datetime import timedelta
from typing import NamedTuple

from config.durations import DURATION_PATTERN, parse_duration
from config.errors import Wrong

_MONTHS = re.compile(r"(\d{1,4})mo", re.ASCII)
TURN_PATTERN = rf"{DURATION_PATTERN}|^\d{{1,4}}mo$"
_SHORTEST = timedelta(minutes=1)
_MOST_MONTHS = 1200


class Turn(NamedTuple):
    """How long a turn lasts: a length on the wall clock, or calendar months."""

    length: timedelta = timedelta(0)
    months: int = 0


def parse_turn(value: object) -> Turn:
    """The turn a text says. Raises :class:`Wrong` for anything else.

    >>> parse_turn("1w")
    Turn(length=datetime.timedelta(days=7), months=0)
    >>> parse_turn("1mo").months
    1
    """
    if isinstance(value, str) and (found := _MONTHS.fullmatch(value)):
        months = int(found[1])
        if not 0 < months <= _MOST_MONTHS:
            raise Wrong(f"must be from 1mo to {_MOST_MONTHS}mo")
        return Turn(months=months)
    length = parse_duration(value)
    if length <= timedelta():
        raise Wrong("must be longer than 0s")
    if length < _SHORTEST:
        raise Wrong("a turn lasts a minute at least")
    return Turn(length)
