"""Error records: each is one occurrence."""

import json

import pytest

from streams.codecs.errors import ErrorRecords


def test_each_error_counts_one_in_the_series_of_its_service() -> None:
    codec = ErrorRecords(extra={"team": "x"}, latest_ahead_s=60)
    record = {"timestamp": 1_700_000_000, "service": "cart", "type": "Timeout", "message": "m"}
    found = codec.decode([json.dumps(record).encode()] * 2, [0, 0], now=1_700_000_010)
    assert found.keys == ['errors{service="cart",team="x"}'] * 2
    assert found.value == [1.0, 1.0]
    assert found.at == [1_700_000_000.0] * 2


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "not_json"),
        (b'{"type": "Timeout"}', "shape"),
        (b'{"service": "cart", "timestamp": 1}', "timestamp"),
        (b"", "empty"),
        (None, "empty"),
        (b"x" * (2 << 20), "too_large"),
    ],
)
def test_bad_error_record_has_a_reason(value: bytes | None, reason: str) -> None:
    codec = ErrorRecords(extra={}, latest_ahead_s=60)
    found = codec.decode([value], [1_700_000_000_000], now=1_700_000_010)
    assert [bad.reason for bad in found.bad] == [reason]
    assert not found.keys
