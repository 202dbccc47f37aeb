"""Series keys: checked and made once, then known by the bytes that a producer sent."""

import re
from collections.abc import Hashable, Mapping

from config.settings import Limits
from detectors.series import series_key
from streams.codecs.faults import Fault

_NO_LABEL = re.compile(r"[=,{}]")  # what could not be read back from a key
_MOST = 1_000_000  # keys known at the most
_MOST_TEXT = 256 << 20  # and bytes and characters in them
_LONGEST = 8192  # characters of a key: a record of a megabyte must not become gigabytes of keys
_SHOWN = 80


class SeriesKeys:
    """The series of one input.

    `tables` knows keys by two things that are quick to find in a record: a group (such as the name
    of the metric) and a member of it (such as the labels' bytes, unparsed). Who finds none there
    parses the labels and calls :meth:`learn`. Labels are checked then, and never again.
    """

    def __init__(self, *, extra: Mapping[str, str], limits: Limits | None = None) -> None:
        self.tables: dict[Hashable, dict[Hashable, str]] = {}
        self._extra = dict(extra)
        self._limits = limits or Limits()
        self._known = self._text = 0

    def of(self, name: str, labels: Mapping[str, str]) -> str:
        """The key of a series, with the labels of the input where it has none of that name.

        Raises Fault `name` for what could not be read back from the key, `labels` for too many of
        them, `label_length` where one or all together are too long.

        >>> SeriesKeys(extra={"env": "prod", "dc": "1"}).of("load1", {"env": "test"})
        'load1{dc="1",env="test"}'
        """
        if self._extra and len(labels) <= self._limits.labels:
            labels = {**self._extra, **labels}
        self._check(name, labels)
        key = series_key(name, labels)
        if len(key) > _LONGEST:
            text = f"{_shown(key)}... has {len(key)} characters in all, more than {_LONGEST}"
            raise Fault("label_length", text)
        return key

    def find(self, group: Hashable, member: Hashable) -> str | None:
        """The key that `tables` knows for a member of a group."""
        table = self.tables.get(group)
        return None if table is None else table.get(member)

    def learn(
        self, group: Hashable, member: bytes | str, name: str, labels: Mapping[str, str]
    ) -> str:
        """The key of a series, which `tables` knows from now on. Raises as :meth:`of`."""
        key = self.of(name, labels)
        if self._known >= _MOST or self._text >= _MOST_TEXT:
            self.tables.clear()
            self._known = self._text = 0
        self._known += 1
        self._text += len(member) + len(key) + (0 if group in self.tables else _size(group))
        self.tables.setdefault(group, {})[member] = key
        return key

    def _check(self, name: str, labels: Mapping[str, str]) -> None:
        if not name or "{" in name:
            raise Fault("name", f"{_shown(name)} is no name of a series: empty, or with a brace")
        if len(labels) > self._limits.labels:
            raise Fault("labels", f"{len(labels)} labels, more than {self._limits.labels}")
        for label in labels:
            if not label or _NO_LABEL.search(label):
                text = f"{_shown(label)} is no name of a label: empty, or with a brace, comma or ="
                raise Fault("name", text)
        longest = self._limits.label_length
        for text in (name, *labels, *labels.values()):
            if len(text) > longest:
                text = f"{_shown(text)}... has {len(text)} characters, more than {longest}"
                raise Fault("label_length", text)


def _shown(text: str) -> str:
    return repr(text[:_SHOWN])


def _size(group: Hashable) -> int:
    return sum(map(len, group)) if isinstance(group, tuple) else len(str(group))
