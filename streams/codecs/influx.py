"""Influx line protocol, a line or many a record, as Telegraf writes it.

    cpu,host=web1,region=eu usage_idle=97.1,procs=12i 1795418525000000000

Each number or truth (1 or 0) is a sample of the series `cpu_usage_idle`, each text is left out.
Timestamps may be in any unit; a line without one takes that of its Kafka record. Empty lines and
comments are passed over. A bad line is the fault of its record, which tells its number; the other
lines of the record are taken all the same, unless a hundred are bad.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from line_protocol_parser import LineFormatError, parse_line

from config.settings import Limits
from streams.codecs.decoded import Decoded
from streams.codecs.faults import Fault
from streams.codecs.fields import keep_numbers, series_name
from streams.codecs.gathered import Gathered
from streams.codecs.keys import SeriesKeys
from streams.codecs.parsing import parse_one

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
    return value.decode(errors="surrogateescape").rstrip("\n").split("\n")
