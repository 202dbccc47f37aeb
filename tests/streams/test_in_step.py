"""Sources that are read in step: what is released, when, and in which order."""

from collections.abc import Iterable, Mapping

import numpy as np
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.in_step import InStep
from streams.moments import runs
from streams.samples import RECORD_BITS, Columns
from streams.shares import Message

A, B = TP("in", 0), TP("in", 1)


def columns(tp: TP, first: int, *at: float) -> Columns:
    n = len(at)
    return Columns(
        "in", f"{tp.topic}/{tp.partition}", max(at), ["a"], np.zeros(n, np.int32), np.array(at),
        np.arange(first, first + n, dtype=float), np.arange(first, first + n) << RECORD_BITS,
    )  # fmt: skip


class Reading:
    """An `InStep` whose sources have so many records as is said."""

    def __init__(self, **ends: int) -> None:
        self.ends = {TP("in", int(name[1:])): end for name, end in ends.items()}
        self.in_step = InStep(self.behind)

    def behind(self, handled: Mapping[TP, int]) -> Iterable[TP]:
        return [tp for tp, end in self.ends.items() if handled.get(tp, 0) < end]

    def read(self, tp: TP, first: int, *at: float) -> None:
        self.in_step.add(tp, first + len(at), columns(tp, first, *at), (tp, first))

    def released(self, *, everything: bool = False) -> list[float]:
        moment, _ = self.in_step.release(everything=everything)
        return [float(at) for one in moment for at in one.at]


def test_source_with_nothing_more_holds_nobody_back() -> None:
    reading = Reading(p0=2, p1=0)
    reading.read(A, 0, 10, 20)
    assert reading.released() == [10, 20]


def test_source_waits_for_one_that_has_more() -> None:
    reading = Reading(p0=3, p1=4)
    reading.read(A, 0, 10, 20, 30)
    assert reading.released() == []  # nothing is known of the other one
    reading.read(B, 0, 5, 15)
    assert reading.released() == [10, 5, 15]
    reading.read(B, 2, 25, 35)
    assert sorted(reading.released()) == [20, 25, 30, 35]


def test_ticket_is_given_back_when_all_of_its_chunk_is_released() -> None:
    reading = Reading(p0=3, p1=2)
    reading.read(A, 0, 10, 20, 30)
    reading.read(B, 0, 15)
    moment, tickets = reading.in_step.release()
    assert ([one.at.tolist() for one in moment], tickets) == ([[10], [15]], [(B, 0)])
    assert [one.reached for one in moment] == [10, 15]
    _, tickets = reading.in_step.release(everything=True)
    assert tickets == [(A, 0)]


def test_all_is_released_when_asked_for() -> None:
    reading = Reading(p0=2, p1=9)
    reading.read(A, 0, 10, 20)
    assert reading.released(everything=True) == [10, 20]
    assert reading.in_step.samples == 0


TIMES = st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=6), max_size=6)


@given(TIMES, TIMES)
def test_everything_is_released_once_and_in_the_order_of_its_source(
    of_a: list[list[int]], of_b: list[list[int]]
) -> None:
    sizes = {A: sum(map(len, of_a)), B: sum(map(len, of_b))}
    reading = Reading(p0=sizes[A], p1=sizes[B])
    taken: dict[str, list[float]] = {}
    first = {A: 0, B: 0}
    for turn in range(6):
        for tp, chunks in ((A, of_a), (B, of_b)):
            if turn < len(chunks):
                reading.read(tp, first[tp], *chunks[turn])
                first[tp] += len(chunks[turn])
            for one in reading.in_step.release()[0]:
                taken.setdefault(one.source, []).extend(one.value)
    assert reading.in_step.samples == 0  # nobody has more
    for tp in (A, B):
        assert taken.get(f"in/{tp.partition}", []) == list(range(sizes[tp]))


def test_ordered_sources_come_out_as_one_ordered_stream() -> None:
    """Read at very different speeds; each moment is sorted where it is judged."""
    at = {A: np.arange(0, 200, 2.0), B: np.arange(1, 201, 2.0)}
    reading = Reading(p0=100, p1=100)
    out: list[float] = []
    for start in range(0, 100, 10):
        reading.read(A, start, *at[A][start : start + 10])
        out += sorted(reading.released())
        for part in (start, start + 5):
            reading.read(B, part, *at[B][part : part + 5])
            out += sorted(reading.released())
    assert out == sorted([*at[A], *at[B]])


def message(name: str, *, samples: int = 1, is_followed: bool = False) -> Message:
    at = np.zeros(samples)
    empty = np.zeros(samples, np.int64)
    one = Columns(name, "in/0", 0.0, ["a"], empty.astype(np.int32), at, at, empty)
    followed = Columns(
        name, "in/0", 0.0, ["a"], empty.astype(np.int32), at, at, empty, is_followed=True
    )
    return Message(followed if is_followed else one, 0)


def test_run_ends_only_where_no_moment_is_cut() -> None:
    begun = message("x", samples=5000, is_followed=True)
    between = message("y", samples=5000)
    end = message("x")
    assert list(runs([begun, between, end, end])) == [([begun, between, end], True), ([end], True)]
    assert list(runs([end, begun])) == [([end, begun], False)]
    assert list(runs([])) == []
