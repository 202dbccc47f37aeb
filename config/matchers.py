"""Matchers as people write them: `service="checkout"`, `host=~"web-.*"`, `team!="data"`.

The text is Alertmanager's, in either grammar (`config/grammars`), one matcher an item. Regular
expressions are RE2's, anchored at both ends. What Alertmanager reads but nobody means, such as
`a==b` for the value `=b`, is refused.
"""

import re

from config.errors import Wrong
from config.grammars import fallback
from routing.labels import Matcher

_NAME = re.compile(r'\s*\{?\s*("(?:[^"\\]|\\.)+"|[^\s{}!=~<>,\\"\'`]+)\s*')
_OPERATOR = re.compile(r"=~|!~|!=|==|=|!|~|<>")
_VALUE = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"\s*\}?|[^",]*)\s*', re.DOTALL)
_PLAIN = re.compile(r"[^\s{}!=~,\\\"'`]+")
_INSTEAD = {"==": "=", "!": "!=", "~": "=~", "<>": "!="}

MATCHER_PATTERN = r"^\s*\{?\s*(\"|[^\s{}!=~,\\\"'`]+\s*(=~|!~|!=|=))"


def parse_matcher(text: object) -> Matcher:
    """The matcher a text says. Raises :class:`Wrong` at the character where it goes wrong.

    >>> parse_matcher('service=~"cart|checkout"')
    Matcher(name='service', op='=~', value='cart|checkout')
    """
    if not isinstance(text, str):
        raise Wrong("must be a matcher in quotes, such as 'service=\"checkout\"'")
    _check_form(text)
    found = fallback.matchers(text)
    if len(found) != 1:
        raise Wrong(f"one matcher for each list item, not {len(found)}")
    return found[0]


def _check_form(text: str) -> None:
    """Says in our words what most often goes wrong."""
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
    value = _VALUE.match(text, op.end())
    end = value.end() if value else op.end()
    if text[end:].strip().strip("},"):
        if text[end] == "," and value and value[0].strip():
            raise Wrong("one matcher for each list item: split at the comma", offset=end)
        raise Wrong('the value needs double quotes around it: name="value"', offset=op.end())


def show(matcher: Matcher) -> str:
    """The matcher as text that :func:`parse_matcher` reads.

    >>> show(Matcher(name="team", op="!=", value="data"))
    'team!="data"'
    """
    is_plain = _PLAIN.fullmatch(matcher.name) is not None
    name = matcher.name if is_plain else quoted(matcher.name)
    return f"{name}{matcher.op}{quoted(matcher.value)}"


def quoted(text: str) -> str:
    r"""The text in double quotes, as every grammar reads it.

    >>> print(quoted('say "hi"'))
    "say \"hi\""
    """
    escaped = text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'"{escaped}"'
