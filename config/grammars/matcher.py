"""A matcher made of what a grammar has read; its regular expression is checked here."""

from typing import cast

from config.errors import Wrong
from routing.labels import Matcher, Operator
from routing.patterns import PatternError, check


def made(name: str, op: str, value: str, *, at: int) -> Matcher:
    """The matcher; `at` is where its value stands in the text, for :class:`Wrong`."""
    if op.endswith("~"):
        try:
            check(value)
        except PatternError as error:
            offset = at + error.offset
            raise Wrong(f"not a regular expression: {error}", offset=offset) from None
    return Matcher(name=name, op=cast(Operator, op), value=value)


def only(found: tuple[Matcher, ...]) -> Matcher:
    """The one matcher there is to be."""
    if len(found) != 1:
        raise Wrong(f"one matcher is expected, not {len(found)}" if found else "no matcher is here")
    return found[0]
