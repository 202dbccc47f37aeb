"""Influx line protocol, a line or many a record, as Telegraf writes it.

    cpu,host=web1,region=eu usage_idle=97.1,procs=12i 1795418525000000000

Each number or truth (1 or 0) is a sample of the series `cpu_usage_idle`, each text is left out.
Timestamps may be in any unit; a line without one takes that of its Kafka record. Empty lines and
comments are passed over. A bad line is the fault of its record, which tells its number; the other
lines of the record are taken all the same, unless a hundred are bad.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from line_protocol_parser import LineFormatError, parse_line

from config.settings import Limits
from streams.codecs.decoded import Decoded
from streams.codecs.faults import Fault
from streams.codecs.fields import keep_numbers, series_name
from streams.codecs.gathered import Gathered
from streams.codecs.keys import SeriesKeys
from streams.codecs.parsing import parse_one
from streams.codecs.plain import Plain, PlainRuns, Shaped
from streams.codecs.texts import Bytes, Places
from streams.kernels.influx_line import EQUALS, lines

_MOST_LINES = 8  # of a text in quotes
_LONG = 4096  # characters of a line
_MOST_PARTS = 1000  # tags and fields of it: the library takes the square of their number in time


class InfluxLines:
    """The codec; `extra` labels are added to every series that does not have them."""

    def __init__(
        self, *, extra: Mapping[str, str], latest_ahead_s: float, limits: Limits | None = None
    ) -> None:
        self._keys = SeriesKeys(extra=extra, limits=limits)
        self._ahead = latest_ahead_s
        self._plain = PlainRuns(_shape, self._key_of)

    def plain(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Plain | None:
        """See :class:`streams.codecs.plain.ReadsPlain`."""
        return self._plain.read(values, timestamps, latest=now + self._ahead)

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        found = Gathered()
        for found.record, value in enumerate(values):
            try:
                lines = parse_one(_lines, value)
            except Fault as fault:
                found.fault(fault)
            else:
                self._add(found, lines)
            found.place()
        keep_numbers(found)
        return found.finish(timestamps, latest=now + self._ahead)

    def _key_of(self, group: bytes, field: bytes) -> str:
        try:
            parsed = parse_line(f"{_text(group)} {_text(field)}=1")
        except LineFormatError as error:
            raise Fault("not_influx", str(error)) from error
        return self._keys.of(series_name(parsed["measurement"], _text(field)), parsed["tags"])

    def _add(self, found: Gathered, lines: list[str]) -> None:
        before = len(found.keys)
        try:
            if max(map(len, lines)) > _LONG:
                raise KeyError
            self._add_known(found, lines)
        except (LineFormatError, UnicodeEncodeError, KeyError, TypeError):
            found.drop(before)
            self._add_each(found, lines)

    def _add_known(self, found: Gathered, lines: list[str]) -> None:
        """Add lines of which all series are known. Raises where one is not."""
        tables, keys, values, stamps = self._keys.tables, found.keys, found.values, found.stamps
        for line, parsed in zip(lines, map(parse_line, lines), strict=True):
            known = tables[line.partition(" ")[0]]
            stamp = parsed["time"]
            for name, value in parsed["fields"].items():
                keys.append(known[name])
                values.append(value)
                stamps.append(stamp)

    def _add_each(self, found: Gathered, lines: list[str]) -> None:
        """Add lines one by one, whatever they are."""
        at = 0
        while at < len(lines) and not found.is_given_up:
            taken = 1
            if lines[at].strip():
                try:
                    parsed, taken = _parsed(lines, at)
                    if parsed is not None:
                        self._add_new(found, lines[at], parsed)
                except Fault as fault:
                    found.fault(Fault(fault.reason, f"line {at + 1}: {fault.detail}"))
            at += taken

    def _add_new(self, found: Gathered, line: str, parsed: Mapping[str, Any]) -> None:
        """Add a line that has something new, or texts, or escaped spaces. Raises Fault."""
        measurement, tags = parsed["measurement"], parsed["tags"]
        group: Hashable = line.partition(" ")[0]
        if not group or "\\" in line:
            group = (measurement, *(text for pair in sorted(tags.items()) for text in pair))
        fault: Fault | None = None
        for name, value in parsed["fields"].items():
            if isinstance(value, str):
                continue
            try:
                key = self._keys.find(group, name) or self._keys.learn(
                    group, name, series_name(measurement, name), tags
                )
            except Fault as error:
                fault = fault or error
            else:
                found.keys.append(key)
                found.values.append(value)
                found.stamps.append(parsed["time"])
        if fault is not None:
            raise fault


def _shape(data: Bytes, ends: Places) -> Shaped | None:
    most = int(np.count_nonzero(data == EQUALS))
    texts, written = np.empty((most, 4), np.int64), np.empty((most, 2), np.int64)
    value, stamp, position = np.empty(most), np.empty(most), np.empty(most, np.int64)
    count = lines(data, ends, texts, written, value, stamp, position)
    if count < 0:
        return None
    return Shaped(texts[:count], value[:count], written, stamp[:count], position[:count])


def _parsed(lines: list[str], at: int) -> tuple[Mapping[str, Any] | None, int]:
    """What a line says, None for a comment, and how many it was: a text may go over several.

    Raises Fault.
    """
    if len(lines[at]) > _LONG and lines[at].count(",") > _MOST_PARTS:
        raise Fault("too_large", f"more than {_MOST_PARTS} tags and fields")
    problem: Exception | None = None
    for last in range(at + 1, min(at + _MOST_LINES, len(lines)) + 1):
        line = "\n".join(lines[at:last])
        try:
            return parse_line(line), last - at
        except (LineFormatError, UnicodeEncodeError) as error:
            problem = problem or error
        if '"' not in line:
            break
    raise Fault("not_influx", str(problem))


def _lines(value: bytes) -> list[str]:
    if not value.strip():
        raise Fault("empty", "the record has no value")
    return _text(value).rstrip("\n").split("\n")


def _text(value: bytes) -> str:
    return value.decode(errors="surrogateescape")
