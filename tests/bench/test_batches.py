"""The benchmark's records are what they claim to be."""

import itertools
import time

import pytest

from bench.streams.batches import influx, otlp
from bench.streams.load import Record, small
from config.settings import Input
from streams.codecs.registry import FORMATS, codec_for


@pytest.mark.parametrize(
    ("name", "record", "points"),
    [
        ("json", next(small(1, 10)), 1),
        ("otlp", next(otlp(500)), 500),
        ("influx", next(influx(1000)), 1000),
    ],
)
def test_a_record_is_so_many_samples(name: str, record: Record, points: int) -> None:
    if name not in FORMATS:
        pytest.skip(f"no codec for {name} yet")
    now = time.time()  # noqa: TID251
    codec = codec_for(Input(name="bench", topic="bench", format=name))
    found = codec.decode([record[1]], [int(now * 1000)], now=now)
    assert not found.bad
    assert len(found.value) == points
    assert len(set(found.keys)) == points
    assert all(now - 3600 < at < now for at in found.at)


def test_a_series_is_in_one_partition() -> None:
    homes: dict[bytes, set[int]] = {}
    for partition, value in itertools.islice(small(3000, 1000), 3000):
        homes.setdefault(value.split(b'"value"')[0], set()).add(partition)
    assert len(homes) == 1000
    assert all(len(partitions) == 1 for partitions in homes.values())
