r"""Words: the values that a matcher passes, or refuses, where they are few.

Of regular expressions those are understood that say a list: letters, `a|b`, `(a|b)`, `[ab]`, `a?`,
escaped punctuation, and anchors at the ends; `.*` and `.+` as anything and something. Values are
taken to hold no line breaks, which `.` does not match.
"""

import re
from functools import lru_cache

from routing.labels import Matcher
from routing.patterns import fits

MOST = 256
"""More words of one expression are not counted: it passes for one that is not understood."""

ANYTHING = ".*"
SOMETHING = ".+"

_TOKEN = re.compile(
    r"""\\(?P<escaped>[!-/:-@\[-`{-~]) | \[(?P<class>(?:[0-9A-Za-z_](?:-[0-9A-Za-z])?)+)\]
    | (?P<open>\((?:\?:)?) | (?P<mark>[)|?]) | (?P<plain>[^\\.+*?()|\[\]{}^$]) | (?P<end>\^|\$)""",
    re.VERBOSE | re.DOTALL,
)

_Words = tuple[str, ...]


class _Unclear(Exception):
    """The expression is more than a list of words."""


def words(test: Matcher) -> _Words | None:
    """The only values that pass, None where they are not known to be few.

    >>> words(Matcher(name="team", op="=~", value="(web|app)-[12]|db"))
    ('web-1', 'web-2', 'app-1', 'app-2', 'db')
    >>> words(Matcher(name="team", op="=~", value="web.*")) is None
    True
    """
    if test.op == "=":
        return (test.value,)
    if test.op == "=~":
        return listed(test.value)
    if test.op == "!~" and test.value in (ANYTHING, SOMETHING):
        return ("",) if test.value == SOMETHING else ()
    return None


def refused(test: Matcher) -> _Words | None:
    """The only values that do not pass, None where they are not known to be few."""
    if test.op == "!=":
        return (test.value,)
    if test.op == "!~":
        return listed(test.value)
    if test.op == "=~" and test.value in (ANYTHING, SOMETHING):
        return ("",) if test.value == SOMETHING else ()
    return None


@lru_cache(maxsize=4096)
def listed(pattern: str) -> _Words | None:
    """The words that a regular expression lists, None where it says more than that."""
    try:
        found = _Reader(pattern).all()
    except _Unclear:
        return None
    return found if all(fits(pattern, word) for word in found) else None


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def all(self) -> _Words:
        found = self._either()
        if self._at < len(self._pattern):
            raise _Unclear
        return found

    def _either(self) -> _Words:
        found = self._sequence()
        while self._takes("|"):
            found = _few((*found, *self._sequence()))
        return found

    def _sequence(self) -> _Words:
        found: _Words = ("",)
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            item = self._item()
            if self._takes("?"):
                item = (*item, "")
            found = _few(tuple(one + more for one in found for more in item))
        return found

    def _item(self) -> _Words:
        token = _TOKEN.match(self._pattern, self._at)
        if token is None or token["mark"]:
            raise _Unclear
        is_edge = token.start() == 0 if token[0] == "^" else token.end() == len(self._pattern)
        if token["end"] and not is_edge:
            raise _Unclear
        self._at = token.end()
        if token["open"]:
            found = self._either()
            if not self._takes(")"):
                raise _Unclear
            return found
        if token["class"]:
            return _few(tuple(_letters(token["class"])))
        return (token["escaped"] or token["plain"] or "",)

    def _takes(self, mark: str) -> bool:
        is_there = self._pattern.startswith(mark, self._at)
        self._at += is_there
        return is_there


def _letters(text: str) -> list[str]:
    found: list[str] = []
    for first, last in re.findall(r"(.)(?:-(.))?", text):
        found += map(chr, range(ord(first), ord(last or first) + 1))
    return found


def _few(found: _Words) -> _Words:
    if len(found) > MOST:
        raise _Unclear
    return tuple(dict.fromkeys(found))
