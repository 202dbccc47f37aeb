"""Both grammars, with Alertmanager's fallback: what the classic one can read means what it says
there; what it cannot is read by the UTF-8 one. What neither can read has the classic error.
"""

from collections.abc import Callable
from typing import TypeVar

from config.errors import Wrong
from config.grammars import classic, utf8
from routing.labels import Matcher

Read = TypeVar("Read")


def matchers(text: str) -> tuple[Matcher, ...]:
    r"""The matchers of a text.

    >>> [one.value for one in matchers(r'{a=x\\n, b="y z"}')], matchers("a.b=c")[0].name
    (['x\\n', 'y z'], 'a.b')
    """
    return _either(text, classic.matchers, utf8.matchers)


def matcher(text: str) -> Matcher:
    """The one matcher of a text, which has no braces around it."""
    if text.startswith("{") or text.endswith("}"):
        at = 0 if text.startswith("{") else len(text) - 1
        raise Wrong("no brace may stand around a single matcher", offset=at)
    return _either(text, classic.matcher, utf8.matcher)


def _either(text: str, first: Callable[[str], Read], second: Callable[[str], Read]) -> Read:
    try:
        return first(text)
    except Wrong as wrong:
        fault = wrong
    try:
        return second(text)
    except Wrong:
        raise fault from None
