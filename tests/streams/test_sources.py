"""What is applied of a source is not applied again, however it comes."""

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.codecs.decoded import Histogram
from streams.samples import RECORD_BITS, Columns
from streams.sources import Sources


def message(
    *offsets: int, source: str = "in/0", at: float | None = None, life: bytes = b""
) -> Columns:
    """One sample a record; its time is its offset, if not said otherwise."""
    n = len(offsets)
    return Columns(
        "in", source, 0.0, ["a"], np.zeros(n, np.int32),
        np.array([float(o) if at is None else at for o in offsets]), np.array(offsets, float),
        np.array(offsets, np.int64) << RECORD_BITS, life=life,
    )  # fmt: skip


def values(columns: Columns | None) -> list[float]:
    return [] if columns is None else columns.value.tolist()


def test_repeat_is_left_out_and_its_new_end_is_taken() -> None:
    sources = Sources()
    assert values(sources.fresh(message(0, 1, 2))) == [0, 1, 2]
    assert sources.fresh(message(1, 2)) is None
    assert values(sources.fresh(message(2, 3, 4))) == [3, 4]


def test_each_source_is_known_for_itself() -> None:
    sources = Sources()
    sources.fresh(message(5))
    assert values(sources.fresh(message(3, source="in/1"))) == [3]


def test_histograms_count_like_samples() -> None:
    sources = Sources()
    shape = (10.0, 0.0, False, 1.0, [], [1.0])
    of = [Histogram((n << RECORD_BITS) + (1 << 19), "h", *shape) for n in (1, 2)]
    first, both = replace(message(), histograms=of[:1]), replace(message(), histograms=of)
    assert sources.fresh(first) is not None
    again = sources.fresh(both)
    assert again is not None
    assert list(again.histograms) == of[1:]


def test_topic_that_was_made_anew_begins_again() -> None:
    sources = Sources()
    sources.fresh(message(100, 101))
    assert sources.fresh(message(0, at=90.0)) is None  # as old as what was seen: a repeat
    assert values(sources.fresh(message(1, at=200.0))) == [1]
    assert values(sources.fresh(message(2, at=201.0))) == [2]


def test_topic_that_was_made_anew_and_is_beyond_the_old_place_begins_again() -> None:
    sources = Sources()
    sources.fresh(message(0, 1, 2, at=50.0))
    assert values(sources.fresh(message(0, 1, 2, 3, at=60.0))) == [0, 1, 2, 3]


def test_repeat_that_shows_what_was_refused_before_is_a_repeat_of_the_same_life() -> None:
    """A timestamp in the future is refused; after a crash it may be none any more."""
    sources = Sources()
    sources.fresh(message(0, 2, life=b"one"))
    again = replace(message(0, 1, 2, life=b"one"), at=np.array([0.0, 900.0, 2.0]))
    assert sources.take(again, None) is None
    assert values(sources.take(message(2, 3, life=b"one"), None)) == [3]
    assert sources.first_offset == 0


def test_another_id_is_another_life_whatever_the_offsets_and_times() -> None:
    sources = Sources()
    sources.fresh(message(5, 6, life=b"one"))
    assert values(sources.take(message(3, 4, 7, at=1.0, life=b"two"), None)) == [3, 4, 7]
    assert sources.first_offset > 0
    assert sources.fresh(message(4, 7, at=1.0, life=b"two")) is None


def test_place_without_an_id_takes_the_first_that_comes() -> None:
    sources = Sources()
    sources.load(msgspec.msgpack.encode(({"in/0": (2 << RECORD_BITS, 100.0)}, -1, 0)))
    assert values(sources.fresh(message(2, 3, life=b"one"))) == [3]
    assert sources.fresh(message(2, 3)) is None
    assert values(sources.fresh(message(2, 3, life=b"two"))) == [2, 3]


def test_message_without_samples_passes() -> None:
    sources = Sources()
    sources.fresh(message(7))
    assert sources.fresh(message()) is not None


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=20))
def test_any_repeats_from_committed_places_give_each_sample_once(
    restarts: list[tuple[int, int]],
) -> None:
    """Each restart goes back to a place before the end, and reads on in chunks of some size."""
    sources, taken, sent = Sources(), [], 0
    for back, size in restarts:
        start = max(0, sent - back)
        taken += values(sources.fresh(message(*range(start, start + size))))
        sent = max(sent, start + size)
        copy = Sources()
        copy.load(sources.dump())
        sources = copy
    assert taken == list(range(sent))


def test_places_that_were_kept_alone_are_read_with_the_offset_that_was_kept_beside_them() -> None:
    old, new = Sources(), Sources()
    old.load(msgspec.msgpack.encode({"in/0": (7 << RECORD_BITS, 100.0)}))
    old.load_offset(77)
    new.load(old.dump())
    new.load_offset(5)  # of a record that nobody writes any more
    for sources in (old, new):
        assert sources.take(message(0), 78) is None
        assert sources.first_offset == 0
        assert sources.take(message(9), 70) is not None
        assert sources.first_offset > 2**43
