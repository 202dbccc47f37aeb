"""The layout of `tocsin.samples`."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codecs.decoded import Histogram, Kind
from streams.samples import LAYOUT, Columns, Packed, pack, partition_of, unpack


@given(
    st.lists(st.text(max_size=20), min_size=1, unique=True),
    st.lists(st.tuples(st.floats(), st.floats()), max_size=20),
)
def test_columns_come_back_as_they_were(
    keys: list[str], samples: list[tuple[float, float]]
) -> None:
    index = np.arange(len(samples), dtype=np.int32) % len(keys)
    at, value = np.array([s[0] for s in samples]), np.array([s[1] for s in samples])
    order = np.arange(len(samples), dtype=np.int64) << 20
    back = unpack(pack(Columns("shop", "t/0", 5.0, keys, index, at, value, order)))
    assert (back.input, back.source, back.reached, list(back.keys)) == ("shop", "t/0", 5.0, keys)
    np.testing.assert_array_equal(back.index, index)
    np.testing.assert_array_equal(back.at, at)
    np.testing.assert_array_equal(back.value, value)
    np.testing.assert_array_equal(back.order, order)
    assert len(back.kinds) == len(back.start) == len(back.histograms) == 0


def test_counters_and_histograms_come_back_as_they_were() -> None:
    histogram = Histogram(7 << 20, "took", 5.0, 1.0, False, 3.0, [0.1, 0.5], [1.0, 2.0, 0.0])
    one = Columns(
        "shop", "t/0", 5.0, ["total", "load"], np.array([0, 1], np.int32), np.array([5.0, 5.0]),
        np.array([9.0, 0.5]), np.array([0, 1 << 20]), np.array([Kind.CUMULATIVE, Kind.GAUGE], "u1"),
        np.array([1.0, 0.0]), [histogram], True, b"id",
    )  # fmt: skip
    back = unpack(pack(one))
    assert back.kinds.tolist() == [Kind.CUMULATIVE, Kind.GAUGE]
    assert back.start.tolist() == [1.0, 0.0]
    assert back.histograms == [histogram]
    assert back.is_followed
    assert back.life == b"id"


OLD = [1, "shop", "t/0", 0.0, [], b"", b"", b""]
NEWER = [3, "shop", "t/0", 0.0, [], b"", b"", b"", b"", b"", b"", [], False, b"more"]


@pytest.mark.parametrize("other", [OLD, NEWER])
def test_another_layout_is_refused_in_words(other: list[object]) -> None:
    with pytest.raises(ValueError, match=r"layout \d is not 2: run one version only"):
        unpack(msgspec.msgpack.encode(other))


def test_message_of_a_version_that_knew_no_lives_is_read() -> None:
    told = msgspec.msgpack.decode(pack(Columns("shop", "t/0", 5.0, [], *[np.zeros(0)] * 4)))
    assert unpack(msgspec.msgpack.encode(told[:-1])).life == b""


def packed(*, index: bytes, value: bytes, kinds: bytes = b"") -> bytes:
    torn = Packed(LAYOUT, "shop", "t/0", 0.0, ["a"], index, b"\0" * 8, value, b"\0" * 8, kinds,
                  b"", [], False)  # fmt: skip
    return msgspec.msgpack.encode(torn)


def test_torn_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="the columns differ in length"):
        unpack(packed(index=b"\0" * 4, value=b""))
    with pytest.raises(ValueError, match="columns of counters differ"):
        unpack(packed(index=b"\0" * 4, value=b"\0" * 8, kinds=b"\0\0"))


def test_index_beyond_the_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond the keys"):
        unpack(packed(index=b"\1\0\0\0", value=b"\0" * 8))


def test_a_series_keeps_its_partition_for_ever() -> None:
    assert [partition_of(f"series{i}", 4) for i in range(8)] == [1, 3, 1, 3, 0, 2, 0, 2]
