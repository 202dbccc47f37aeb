"""The layout of `tocsin.samples`."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    back = unpack(pack(Columns("shop", "t/0", 5.0, keys, index, at, value)))
    assert (back.input, back.source, back.reached, list(back.keys)) == ("shop", "t/0", 5.0, keys)
    np.testing.assert_array_equal(back.index, index)
    np.testing.assert_array_equal(back.at, at)
    np.testing.assert_array_equal(back.value, value)


def test_another_layout_is_refused_in_words() -> None:
    other = Packed(LAYOUT + 1, "shop", "t/0", 0.0, [], b"", b"", b"")
    with pytest.raises(ValueError, match="layout 2 is not 1"):
        unpack(msgspec.msgpack.encode(other))


def test_torn_columns_are_refused() -> None:
    torn = Packed(LAYOUT, "shop", "t/0", 0.0, ["a"], b"\0" * 4, b"\0" * 8, b"")
    with pytest.raises(ValueError, match="differ in length"):
        unpack(msgspec.msgpack.encode(torn))


def test_index_beyond_the_keys_is_refused() -> None:
    beyond = Packed(LAYOUT, "shop", "t/0", 0.0, ["a"], b"\1\0\0\0", b"\0" * 8, b"\0" * 8)
    with pytest.raises(ValueError, match="beyond the keys"):
        unpack(msgspec.msgpack.encode(beyond))


def test_a_series_keeps_its_partition_for_ever() -> None:
    assert [partition_of(f"series{i}", 4) for i in range(8)] == [1, 3, 1, 3, 0, 2, 0, 2]
