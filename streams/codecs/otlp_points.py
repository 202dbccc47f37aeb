"""Number points of OTLP, read from the bytes of what one resource sent.

The Python objects of a protobuf message cost more than all the rest of a sample. But the library
parses a message, and writes it again, in a few tenths of a microsecond a point, and what it writes
is always laid out alike: fields in the order of their numbers, and those of a point's instants and
value of fixed width. So these are read by their places, and what stands before and after them is
known by its bytes. What is laid out otherwise, or new, is asked of the library.

Reference: opentelemetry/proto/metrics/v1/metrics.proto. ResourceMetrics: resource 1, scope_metrics
2. ScopeMetrics: scope 1, metrics 2. Metric: name 1, description 2, unit 3, gauge 5, sum 7. Gauge
and Sum: data_points 1, and of a sum aggregation_temporality 2, is_monotonic 3. NumberDataPoint:
start_time_unix_nano 2, time_unix_nano 3, as_double 4, exemplars 5, as_int 6, attributes 7, flags 8.
"""

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any

from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from streams.codecs.decoded import Kind
from streams.codecs.faults import Fault
from streams.codecs.gathered import Gathered
from streams.codecs.otlp_series import NO_RECORDED_VALUE, AttributeKeys, Group

# Tags: a field's number and how it is written.
_RESOURCE, _SCOPE_METRICS = 0x0A, 0x12
_SCOPE, _METRIC = 0x0A, 0x12
_HEADER = b"\x0a\x12\x1a"  # name, description, unit
_GAUGE, _SUM = 0x2A, 0x3A
_NUMBERS = (_GAUGE, _SUM)
_POINT = 0x0A

_KINDS: Mapping[bytes, Kind] = {
    b"": Kind.GAUGE,
    b"\x10\x01": Kind.GAUGE,  # delta
    b"\x10\x02": Kind.GAUGE,  # cumulative
    b"\x10\x01\x18\x01": Kind.DELTA,  # and monotonic
    b"\x10\x02\x18\x01": Kind.CUMULATIVE,
}
"""What stands after the points of a sum -> what they are."""

_WITH_START, _WITHOUT = 27, 18  # bytes of a point before its attributes

_READERS: Mapping[bytes, tuple[int, Callable[..., tuple[Any, ...]]]] = {
    b"\x11\x19\x21": (_WITH_START, Struct("<xQxQxd").unpack_from),
    b"\x11\x19\x31": (_WITH_START, Struct("<xQxQxq").unpack_from),
    b"\x19\x21\x3a": (_WITHOUT, Struct("<xQxd").unpack_from),
    b"\x19\x31\x3a": (_WITHOUT, Struct("<xQxq").unpack_from),
}
"""The tags at the places 0, 9 and 18 of a point -> how to read its instants and value."""

_ODD = (1 << 62, Struct("").unpack_from)  # wider than any point


def resource_of(block: bytes) -> bytes:
    """The resource, where a ResourceMetrics begins with it."""
    if block[:1] != b"\x0a":
        return b""
    try:
        size, first = varint(block, 1)
    except IndexError:
        return b""
    return block[first : first + size]


Other = tuple[int, int, int]
"""Where a metric begins, where the tag ends that says what it is, and where it ends."""


class Walk:
    """The way through a ResourceMetrics that the library wrote.

    `points` are the places where points begin that were plain, `are_plain` whether all were.
    `others` are the metrics that are neither gauge nor sum, and the odd ones, `kinds` what is no
    gauge of those that were added.
    """

    __slots__ = (
        *("_block", "_found", "_resource", "_series"),
        *("are_plain", "kinds", "others", "points"),
    )

    def __init__(self, found: Gathered, block: bytes, series: AttributeKeys) -> None:
        self._found = found
        self._block = block + b"\0\0"  # so that what comes after the last can be looked at
        self._series = series
        self._resource = resource_of(block)
        self.points: list[int] = []
        self.others: list[Other] = []
        self.kinds: dict[str, Kind] = {}
        self.are_plain = True

    def add_numbers(self) -> None:
        """Add the points of gauges and sums."""
        block = self._block
        at = _end_of(block, 0) if block[0] == _RESOURCE else 0
        while block[at] == _SCOPE_METRICS:
            size, first = varint(block, at + 1)
            at = first + size
            if block[first] == _SCOPE:
                first = _end_of(block, first)
            self._add_metrics(first, at)
        self._found.kinds.update(self.kinds)

    def _add_metrics(self, at: int, end: int) -> None:
        """Add the metrics between two places."""
        block, keys = self._block, self._found.keys
        while at < end and block[at] == _METRIC:
            size, metric = varint(block, at + 1)
            at, data = metric + size, metric
            while data < at and block[data] in _HEADER:
                size = block[data + 1]
                data = data + 2 + size if size < 0x80 else _end_of(block, data)
            kind = block[data]
            if data >= at or (kind != _GAUGE and kind != _SUM):
                self._leave(metric, data, at)
                continue
            size, first = varint(block, data + 1)
            last, before = first + size, len(keys)
            after = self._add_points(first, last, (self._resource, block[metric:data]))
            if kind == _SUM:
                meaning = _KINDS.get(block[after:last])
                if meaning is None:
                    self._drop(before)
                    self._leave(metric, data, at)
                elif meaning:
                    self.kinds.update(dict.fromkeys(keys[before:], meaning))

    def _add_points(self, at: int, end: int, group: Group) -> int:
        """Add the points from a place on; where they end. In one piece, for a call costs much."""
        block, found, points = self._block, self._found, self.points
        keys, stamps, values, starts = found.keys, found.stamps, found.values, found.starts
        known = self._series.tables.get(group) or {}
        while at < end and block[at] == _POINT:
            size, point = block[at + 1], at + 2
            if size > 0x7F:
                size, point = varint(block, at + 1)
            at = point + size
            width, read = _READERS.get(block[point : point + 19 : 9], _ODD)
            key = known.get(block[point + width : at]) if width <= size else None
            if key is None:
                self.are_plain = False
                _add_odd(found, block[point:at], self._series, group)
                continue
            if width == _WITH_START:
                start, stamp, value = read(block, point)
                starts.append(start)
            else:
                stamp, value = read(block, point)
                starts.append(0)
            points.append(point)
            keys.append(key)
            stamps.append(stamp)
            values.append(value)
        return at

    def _leave(self, metric: int, data: int, end: int) -> None:
        """Leave a metric to others; a number among them is an odd one."""
        self.are_plain &= data < end and self._block[data] not in _NUMBERS
        self.others.append((metric, data + 1, end))

    def _drop(self, before: int) -> None:
        """Take back the samples since there were so many; `are_plain` will tell."""
        self.are_plain = False
        self._found.drop(before)


def _add_odd(found: Gathered, data: bytes, series: AttributeKeys, group: Group) -> None:
    """Add a point of new attributes, with exemplars or flags, or without this or that."""
    if found.is_given_up:
        return
    point = NumberDataPoint.FromString(data)
    if point.flags & NO_RECORDED_VALUE:
        return
    try:
        key, value = series.key(group, attributes_of(point)), value_of(point)
    except Fault as fault:
        found.fault(fault)
    else:
        found.add(key, point.time_unix_nano, value, point.start_time_unix_nano)


def value_of(point: NumberDataPoint) -> float:
    """The value of a point. Raises Fault where it has none."""
    kind = point.WhichOneof("value")
    if kind is None:
        raise Fault("missing", "a point has no value")
    return point.as_double if kind == "as_double" else point.as_int


def attributes_of(point: Any) -> bytes:
    """The attributes of a point of any kind, as they stand at the end of a number point."""
    written: bytes = NumberDataPoint(attributes=point.attributes).SerializeToString()
    return written


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A length at a place, and where it ends: wrong where it is none below 2^35.

    >>> varint(b"\\x0a\\x96\\x01", 1)
    (150, 3)
    """
    low = data[at]
    if low < 0x80:
        return low, at + 1
    high = data[at + 1]
    if high < 0x80:
        return low & 0x7F | high << 7, at + 2
    number, shift = low & 0x7F, 7
    while data[at] > 0x7F and shift < 35:
        at += 1
        number |= (data[at] & 0x7F) << shift
        shift += 7
    return number, at + 1


def _end_of(data: bytes, at: int) -> int:
    """Where the field at a place ends, which has a length."""
    size, first = varint(data, at + 1)
    return first + size
