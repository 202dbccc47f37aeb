r"""The UTF-8 grammar: Alertmanager's since 0.27. Any character may stand in names and values.

matchers  [{] [matcher {, matcher} [,]] [}]     both braces or none
matcher   text (= | != | =~ | !~) text
text      plain or quoted
plain     characters but white space and { } ! = ~ , \ " ' `
quoted    "..." with Go's escapes: \a \b \f \n \r \t \v \\ \" \ooo \xhh \uhhhh \Uhhhhhhhh
"""

import re
from typing import NamedTuple

from config.errors import Wrong
from config.grammars.matcher import made, only
from routing.labels import Matcher

_SPACE = "\\t-\\r \\x85\\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SPACES = re.compile(f"[{_SPACE}]*")
_TOKEN = re.compile(
    r"(?P<open>\{)|(?P<close>\})|(?P<comma>,)|(?P<operator>=~|!~|!=|=)"
    rf"""|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<plain>[^{_SPACE}{{}}!=~,\\"'`]+)""",
    re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))"
)
_LETTERS = dict(zip('abfnrtv\\"', b'\a\b\f\n\r\t\v\\"', strict=True))


class Token(NamedTuple):
    """A piece of the text; its kind is empty at the end."""

    kind: str
    text: str
    at: int


def matchers(text: str) -> tuple[Matcher, ...]:
    r"""The matchers of a text. Raises :class:`Wrong` at the character where it goes wrong.

    >>> [(one.name, one.op, one.value) for one in matchers('{"a b"=~"\\\\d", c=d}')]
    [('a b', '=~', '\\d'), ('c', '=', 'd')]
    """
    reader = _Reader(text)
    is_braced = reader.next.kind == "open"
    if is_braced:
        reader.take("open", wanted="")
    found: list[Matcher] = []
    while reader.next.kind not in ("", "close"):
        found.append(_matcher(reader))
        if reader.next.kind not in ("", "close"):
            reader.take("comma", wanted="a comma or the closing brace")
    if is_braced:
        reader.take("close", wanted="the closing brace")
    if reader.next.kind:
        raise reader.unexpected("the end")
    return tuple(found)


def matcher(text: str) -> Matcher:
    """The one matcher of a text."""
    return only(matchers(text))


def _matcher(reader: "_Reader") -> Matcher:
    name = _unquoted(reader.take("plain", "quoted", wanted="a label name"))
    op = reader.take("operator", wanted="=, !=, =~ or !~")
    token = reader.take("plain", "quoted", wanted="a value")
    return made(name, op.text, _unquoted(token), at=token.at + (token.kind == "quoted"))


def _unquoted(token: Token) -> str:
    """What a text says, its escapes carried out; they may write single bytes of UTF-8."""
    if token.kind == "plain":
        return token.text
    inner, raw, done = token.text[1:-1], bytearray(), 0
    while done < len(inner):
        escape = _ESCAPE.match(inner, done)
        if inner[done] == "\n" or (inner[done] == "\\" and escape is None):
            raise Wrong("no escape that is known", offset=token.at + 1 + done)
        raw += (
            _escaped(escape, token.at + 1) if escape else inner[done].encode(errors="surrogatepass")
        )
        done = escape.end() if escape else done + 1
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Wrong("the text is not UTF-8", offset=token.at) from None


def _escaped(escape: re.Match[str], offset: int) -> bytes:
    letter, octal, byte, *points = escape.groups()
    if letter:
        return bytes([_LETTERS[letter]])
    number = int(octal, 8) if octal else int(byte or points[0] or points[1], 16)
    is_byte = bool(octal or byte)
    if number > (0xFF if is_byte else 0x10FFFF) or (not is_byte and 0xD800 <= number < 0xE000):
        raise Wrong("no such character", offset=offset + escape.start())
    return bytes([number]) if is_byte else chr(number).encode()


class _Reader:
    """Goes through the tokens of a text; `next` is the one to come."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.next = self._scan(0)

    def take(self, *kinds: str, wanted: str) -> Token:
        """The token to come, which has to be of one of these kinds."""
        token = self.next
        if token.kind not in kinds:
            raise self.unexpected(wanted)
        self.next = self._scan(token.at + len(token.text))
        return token

    def unexpected(self, wanted: str) -> Wrong:
        """What to say of the token to come."""
        token = self.next
        found = f"'{token.text}'" if token.kind else "the end"
        return Wrong(f"{wanted} is expected here, not {found}", offset=token.at)

    def _scan(self, start: int) -> Token:
        at = _SPACES.match(self._text, start).end()  # type: ignore[union-attr]
        if at == len(self._text):
            return Token("", "", at)
        found = _TOKEN.match(self._text, at)
        if found is None:
            char = self._text[at]
            what = "is not closed" if char == '"' else "stands for itself only in double quotes"
            raise Wrong(f"{char} {what}", offset=at)
        return Token(found.lastgroup or "", found[0], at)
