"""A record's bytes as text for a terminal: JSON or text where it is that, else a hexdump."""

import json
from collections.abc import Iterator

_WIDE = 16  # bytes in a line of a hexdump


def shown(value: bytes, *, most: int) -> list[str]:
    """The lines of a value, of the first `most` bytes of it where it is long."""
    text = _as_json(value) or _as_text(value)
    if text is None:
        lines = list(hexdump(value[:most]))
        left = len(value) - most
    else:
        lines = [printable(line) for line in text[:most].splitlines()]
        left = len(text) - most
    return [*lines, f"... {left:,} more (--all)"] if left > 0 else lines


def hexdump(value: bytes) -> Iterator[str]:
    """Lines of offset, bytes and characters.

    >>> print(*hexdump(b"cpu,host=a v=1\\x00\\xff!"), sep="\\n")
    00000000  63 70 75 2c 68 6f 73 74  3d 61 20 76 3d 31 00 ff  |cpu,host=a v=1..|
    00000010  21                                                |!|
    """
    for start in range(0, len(value), _WIDE):
        row = value[start : start + _WIDE]
        left, right = row[: _WIDE // 2].hex(" "), row[_WIDE // 2 :].hex(" ")
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{start:08x}  {left:23}  {right:23}  |{text}|"


def printable(text: str) -> str:
    """Text without what a terminal would obey.

    >>> printable("a\\x1b[2Jb\\u200d")
    'a\\\\x1b[2Jb\\\\u200d'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _as_text(value: bytes) -> str | None:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return text if all(char.isprintable() or char in "\t\r\n" for char in text) else None


def _as_json(value: bytes) -> str | None:
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
