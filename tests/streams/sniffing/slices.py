"""Slices of a topic, made without one."""

from streams.sniffing.reading import Slice
from tests.streams.codecs.producers import SECOND, written


def a_slice(
    *records: object, partition: int = 0, first: int = 0, key: bytes | None = None
) -> Slice:
    values = [r if r is None or isinstance(r, bytes) else written(r) for r in records]
    one = Slice(partition, first, first + len(values) + 5, values)
    one.keys = [key] * len(values)
    one.timestamps = [(SECOND + 2) * 1000] * len(values)
    one.compressions["zstd"] += len(values)
    return one
