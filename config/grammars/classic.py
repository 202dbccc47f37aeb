r"""The classic grammar: Alertmanager's only one up to 0.26, tolerant of what stands in a value.

matchers  [{] matcher {, matcher} [,] [}]       commas in double quotes do not count
matcher   name (= | != | =~ | !~) value
name      letters, digits, _ and :
value     anything; in double quotes or without; \n, \" and \\ are escapes, other \ stay
"""

import re
from collections.abc import Iterator

from config.errors import Wrong
from config.grammars.matcher import made
from routing.labels import Matcher

_SPACE = "\t\n\f\r "
_MATCHER = re.compile(
    rf"[{_SPACE}]*([a-zA-Z_:][a-zA-Z0-9_:]*)[{_SPACE}]*(=~|=|!=|!~)[{_SPACE}]*(.*)", re.DOTALL
)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


def matchers(text: str) -> tuple[Matcher, ...]:
    r"""The matchers of a text. Raises :class:`Wrong` at the character where it goes wrong.

    >>> [(one.name, one.op, one.value) for one in matchers('{a=b\\n, c!~"x,y"}')]
    [('a', '=', 'b\n'), ('c', '!~', 'x,y')]
    """
    start = int(text.startswith("{"))
    end = len(text) - int(text.endswith("}") and len(text) > start)
    return tuple(_one(part, at) for part, at in _parts(text[start:end], start))


def matcher(text: str) -> Matcher:
    """The one matcher of a text, in which braces and commas are part of the value."""
    return _one(text, 0)


def _parts(text: str, offset: int) -> Iterator[tuple[str, int]]:
    """The text between commas that are not in quotes, and where each part begins."""
    is_quoted = is_escaped = False
    begin = 0
    for at, char in enumerate(text):
        if char == ",":
            if not is_quoted:
                yield text[begin:at], offset + begin
                begin = at + 1
        elif char == "\\":
            is_escaped = not is_escaped
        else:
            is_quoted ^= char == '"' and not is_escaped
            is_escaped = False
    if rest := text[begin:].strip():
        yield rest, offset + text.index(rest, begin)


def _one(text: str, offset: int) -> Matcher:
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise Wrong(f"bad matcher format: {text}", offset=offset)
    raw, at = found[3].rstrip(_SPACE), offset + found.start(3)
    is_quoted = raw.startswith('"')
    if is_quoted and (len(raw) == 1 or not raw.endswith('"')):
        raise _unescaped_quote(at)
    value = _value(raw[1:], at + 1, is_quoted=True) if is_quoted else _value(raw, at)
    return made(found[1], found[2], value, at=at + is_quoted)


def _value(raw: str, offset: int, *, is_quoted: bool = False) -> str:
    value: list[str] = []
    is_escaped = is_closed = False
    for at, char in enumerate(raw):
        is_last = at == len(raw) - 1
        if is_escaped:
            value.append(_ESCAPES.get(char, f"\\{char}"))
            is_escaped = False
        elif char == "\\" and not is_last:
            is_escaped = True
        elif char == '"':
            if not (is_quoted and is_last):
                raise _unescaped_quote(offset + at)
            is_closed = True
        else:
            value.append(char)
    if is_quoted and not is_closed:
        raise _unescaped_quote(offset - 1)
    return "".join(value)


def _unescaped_quote(at: int) -> Wrong:
    return Wrong("the value has a double quote that is not escaped", offset=at)
