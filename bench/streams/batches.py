"""Records of many points: OTLP protobuf and Influx lines, as collectors write them.

A message of protobuf has its fields in the order of their numbers, as every library writes them.
"""

import struct
import time
from collections.abc import Callable, Iterator

from bench.streams.load import PARTITIONS, Record

SERIES = 10_000
_VARIANTS = 7  # sets of values that take turns
_AT = 1_700_000_000_123_456_789  # stands where the time of a message will be
_STEP_NS = 10_000_000_000


def otlp(points: int) -> Iterator[Record]:
    """ExportMetricsServiceRequests of 500 points: ten gauges of a host, fifty points each."""
    stands = struct.pack("<Q", _AT)
    yield from _turns(points, 500, _otlp_message, lambda at: (stands, struct.pack("<Q", at)))


def influx(points: int) -> Iterator[Record]:
    """A thousand lines a message, one field each."""
    stands = str(_AT).encode()
    yield from _turns(points, 1000, _influx_message, lambda at: (stands, str(at).encode()))


def _turns(
    points: int,
    per_message: int,
    made: Callable[[int, int], bytes],
    written: Callable[[int], tuple[bytes, bytes]],
) -> Iterator[Record]:
    hosts = SERIES // per_message
    forms = [[made(host, variant) for variant in range(_VARIANTS)] for host in range(hosts)]
    messages = points // per_message
    start = time.time_ns() - _STEP_NS * (messages // hosts + 1)
    for number in range(messages):
        turn, host = divmod(number, hosts)
        stands, at = written(start + _STEP_NS * turn)
        yield host % PARTITIONS, forms[host][turn % _VARIANTS].replace(stands, at)


def _value(host: int, number: int, variant: int) -> float:
    return 100 + ((host * 7919 + number) * 31 + variant * 2654435761) % 1000 / 100


def _influx_message(host: int, variant: int) -> bytes:
    lines = (
        f"cpu,host=h{host},core=c{core} usage={_value(host, core, variant):.2f} {_AT}"
        for core in range(1000)
    )
    return "\n".join(lines).encode()


def _otlp_message(host: int, variant: int) -> bytes:
    metrics = b"".join(
        _field(2, _metric(host, number, variant))  # ScopeMetrics.metrics
        for number in range(10)
    )
    resource = _field(1, _attribute(1, "host.name", f"h{host}"))
    return _field(1, resource + _field(2, metrics))  # resource_metrics: resource, scope_metrics


def _metric(host: int, number: int, variant: int) -> bytes:
    points = b"".join(
        _field(
            1,
            b"\x19"  # time_unix_nano, fixed64
            + struct.pack("<Q", _AT)
            + b"\x21"  # as_double, fixed64
            + struct.pack("<d", _value(host, number * 50 + cpu, variant))
            + _attribute(7, "cpu", f"c{cpu}"),
        )
        for cpu in range(50)
    )
    name = _field(1, f"system.cpu.gauge{number}".encode())
    return name + _field(5, points)  # gauge


def _attribute(field: int, key: str, value: str) -> bytes:
    return _field(field, _field(1, key.encode()) + _field(2, _field(1, value.encode())))


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
