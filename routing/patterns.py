r"""Patterns: regular expressions in time linear in the text, whatever the expression.

They are RE2's, as in Alertmanager: no backreferences, no look-around, no `(?x)`; `.` is any
character but a line break. A pattern has to fit the whole value.

Reference: Cox (2010), Regular Expression Matching in the Wild.
"""

import re
from functools import lru_cache
from typing import Any

import re2

LONGEST_REMEMBERED = 256  # characters; longer values are looked at anew each time
_GROUPS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]", re.DOTALL)


class PatternError(ValueError):
    """Not a regular expression. `offset` counts the characters of the pattern before the fault."""

    def __init__(self, message: str, *, offset: int = 0) -> None:
        self.offset = offset
        super().__init__(message)


def fits(pattern: str, value: str) -> bool:
    """Whether the whole value matches; never where the pattern is none.

    >>> fits("api|web", "web"), fits("api|web", "webhook"), fits("(", "(")
    (True, False, False)
    """
    if len(value) > LONGEST_REMEMBERED:
        return _fits(pattern, value)
    return _remembered(pattern, value)


def check(pattern: str) -> None:
    """Raises :class:`PatternError` where the pattern is none."""
    try:
        _compile(pattern)
    except re2.error as error:
        raise _fault(pattern, error) from None


def _fits(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(_bytes(value)) is not None


# A look through RE2's wrapper costs 2 µs, one in this table 0.1.
_remembered = lru_cache(maxsize=1 << 16)(_fits)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    try:
        return _compile(pattern)
    except re2.error:
        return None


def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(_bytes(pattern), options)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _fault(pattern: str, error: Exception) -> PatternError:
    said = error.args[0]
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    message, _, fragment = text.partition(": ")
    if message == "missing )":
        return PatternError(message, offset=_open_group(pattern))
    return PatternError(text, offset=max(0, pattern.find(fragment)))


def _open_group(pattern: str) -> int:
    """Where the last parenthesis stands that nothing closes."""
    opened: list[int] = []
    for found in _GROUPS.finditer(pattern):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else 0
