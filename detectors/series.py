"""A series: one stream of values, named by a metric name and labels."""

import re
from collections.abc import Mapping

from msgspec import Struct

_PAIR = re.compile(r'([^=,{}]+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


class Series(Struct, frozen=True):
    """A metric name and its labels.

    >>> s = Series("latency", {"service": "checkout", "host": "a"})
    >>> s.key
    'latency{host="a",service="checkout"}'
    >>> Series.parse(s.key) == s
    True
    """

    name: str
    labels: Mapping[str, str]

    @property
    def key(self) -> str:
        """The canonical text: labels sorted by name, quotes and backslashes escaped."""
        return series_key(self.name, self.labels)

    @classmethod
    def parse(cls, key: str) -> "Series":
        """The series whose :attr:`key` this is. Raises ValueError when it is none."""
        name, brace, rest = key.partition("{")
        if not brace:
            return cls(name, {})
        if not rest.endswith("}"):
            raise ValueError(f"not a series key: {key!r}")
        pairs = _PAIR.findall(rest[:-1])
        if "\\" not in rest:
            return cls(name, dict(pairs))
        return cls(name, {k: _ESCAPED.sub(_unescape, v) for k, v in pairs})


def series_key(name: str, labels: Mapping[str, str]) -> str:
    """The canonical text of a series, by which it is partitioned and kept."""
    if not labels:
        return name
    pairs = ",".join(f'{k}="{_escape(labels[k])}"' for k in sorted(labels))
    return f"{name}{{{pairs}}}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _unescape(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]
