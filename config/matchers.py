"""Matchers as people write them: `service="checkout"`, `host=~"web-.*"`, `team!="data"`.

The text is Alertmanager's, quotes optional where the value is one plain word. Regular expressions
are Python's, anchored at both ends.
"""

import re
from typing import cast

from config.errors import Wrong
from routing.labels import Matcher, Operator

_NAME = re.compile(r"\s*([A-Za-z_][\w.:/-]*)\s*", re.ASCII)
_OPERATOR = re.compile(r"=~|!~|!=|==|=|!|~|<>|:")
_PLAIN = re.compile(r'\s*([^\s",{}][^",{}]*?)\s*')
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}
_INSTEAD = {"==": "=", "!": "!=", "~": "=~", "<>": "!=", ":": "="}

MATCHER_PATTERN = r"^\s*[A-Za-z_][\w.:/-]*\s*(=~|!~|!=|=)"


def parse_matcher(text: object) -> Matcher:
    """The matcher a text says. Raises :class:`Wrong` at the character where it goes wrong.

    >>> parse_matcher('service=~"cart|checkout"')
    Matcher(name='service', op='=~', value='cart|checkout')
    """
    if not isinstance(text, str):
        raise Wrong("must be a matcher in quotes, such as 'service=\"checkout\"'")
    name = _NAME.match(text)
    if not name:
        raise Wrong(
            f"a matcher starts with a label name, such as service=\"checkout\", not '{text}'"
        )
    op = _OPERATOR.match(text, name.end())
    if not op:
        raise Wrong(f'after "{name[1]}" comes =, !=, =~ or !~', offset=name.end(1))
    if op[0] in _INSTEAD:
        raise Wrong(f"no operator {op[0]}: write {_INSTEAD[op[0]]}", offset=op.start())
    value, at = _value(text, op.end())
    if op[0].endswith("~"):
        _check_regex(value, at)
    return Matcher(name=name[1], op=cast(Operator, op[0]), value=value)


def _value(text: str, start: int) -> tuple[str, int]:
    """The value from `start` to the end, and where its first character stands."""
    if not text[start:].strip():
        return "", start
    if quoted := _QUOTED.fullmatch(text, start):
        return re.sub(r"\\(.)", _unescape, quoted[1], flags=re.DOTALL), quoted.start(1)
    if plain := _PLAIN.fullmatch(text, start):
        return plain[1], plain.start(1)
    quoted = _QUOTED.match(text, start)
    if quoted and text[quoted.end()] == ",":
        raise Wrong("one matcher for each list item: split at the comma", offset=quoted.end())
    raise Wrong('the value needs double quotes around it: name="value"', offset=start)


def _unescape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[0])


def _check_regex(pattern: str, at: int) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise Wrong(
            f"not a regular expression: {error.msg}", offset=at + (error.pos or 0)
        ) from None
    except (RecursionError, OverflowError):
        raise Wrong("not a regular expression that can be used: too large", offset=at) from None


def show(matcher: Matcher) -> str:
    """The matcher as text that :func:`parse_matcher` reads.

    >>> show(Matcher(name="team", op="!=", value="data"))
    'team!="data"'
    """
    value = matcher.value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'{matcher.name}{matcher.op}"{value}"'
