"""How far behind the inputs are, by their records and by event time."""

from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from config.settings import Input
from config.topics import Topics
from streams.app import ChunkApp
from streams.chunk import Chunk
from streams.consumer import ChunkConsumer
from streams.lag import Lag
from streams.stats import Stats
from streams.watermark import Watermarks

NOW = 10_000.0
SHOP = Input(name="shop", topic="metrics")
KEYED = Input(name="keyed", topic="by-series", keyed=True)


class Looks:
    """A Lag over two inputs, and what it measured."""

    def __init__(self) -> None:
        self.stats = Stats()
        config: Any = SimpleNamespace(inputs=(SHOP, KEYED), topics=Topics("t"))
        self.lag = Lag(self.stats, config)

    def waits(self, oldest: dict[tuple[str, int], float | None], now: float = NOW) -> float:
        """How long records of the shop wait."""
        self.lag.look({TP(*tp): at for tp, at in oldest.items()}, (), now=now)
        return self.stats.input("shop").waiting_s


WAITS = [
    ("nothing is assigned", {}, 0),
    ("nothing waits", {("metrics", 0): None}, 0),
    ("a record waits since it was written", {("metrics", 0): NOW - 50}, 50),
    ("the longest wait counts", {("metrics", 0): NOW - 5, ("metrics", 1): NOW - 9}, 9),
    ("its samples wait", {("metrics", 0): None, ("t.samples", 3): NOW - 7}, 7),
    ("another topic is not its own", {("by-series", 0): NOW - 50}, 0),
    ("a producer's clock is ahead", {("metrics", 0): NOW + 60}, 0),
    ("the record does not say", {("metrics", 0): -0.001}, 0),
]


@pytest.mark.parametrize(("case", "oldest", "waits"), WAITS, ids=[case for case, *_ in WAITS])
def test_wait_of_an_input(
    case: str, oldest: dict[tuple[str, int], float | None], waits: float
) -> None:
    assert Looks().waits(oldest) == waits


def test_old_records_that_came_just_now_have_not_waited_for_years() -> None:
    looks = Looks()
    looks.waits({("metrics", 0): None}, now=NOW)
    assert looks.waits({("metrics", 0): 1.0}, now=NOW + 1) == 1
    assert looks.waits({("metrics", 0): 1.0}, now=NOW + 90) == 90
    assert looks.waits({("metrics", 0): None}, now=NOW + 91) == 0


def test_partition_that_comes_back_is_believed_by_its_records_again() -> None:
    looks = Looks()
    looks.waits({("metrics", 0): None}, now=NOW)
    looks.waits({}, now=NOW + 1)
    assert looks.waits({("metrics", 0): NOW - 60}, now=NOW + 2) == 62


def test_keyed_input_does_not_wait_for_samples_it_does_not_send() -> None:
    looks = Looks()
    looks.waits({("t.samples", 0): NOW - 60})
    assert looks.stats.input("keyed").waiting_s == 0


def test_event_time_is_as_far_as_the_slowest_partition_has_judged() -> None:
    looks, ahead, behind = Looks(), Watermarks(), Watermarks()
    ahead.advance("shop", "metrics/0", at=NOW - 1, wall=1)
    behind.advance("shop", "metrics/0", at=NOW - 30, wall=1)
    judged: Any = [
        SimpleNamespace(watermarks=marks, series_of=lambda _: 2)
        for marks in (ahead, behind, Watermarks())
    ]
    looks.lag.look({}, judged, now=NOW)
    shop = looks.stats.input("shop").status(at=NOW, passed=0)
    assert (shop.event_at, shop.event_lag_s, shop.series) == (NOW - 30, 30, 6)
    keyed = looks.stats.input("keyed").status(at=NOW, passed=0)
    assert (keyed.event_at, keyed.event_lag_s) == (None, None)


def test_rates_are_since_the_last_word() -> None:
    shop = Stats().input("shop")
    shop.records, shop.samples = 10, 100
    shop.status(at=NOW, passed=0)
    shop.records, shop.samples = 30, 500
    status = shop.status(at=NOW + 2, passed=2)
    assert (status.records_per_s, status.samples_per_s) == (10, 200)


class Seen(ChunkConsumer):
    """A consumer with two partitions and no broker."""

    def __init__(self) -> None:
        app = ChunkApp("t", broker="kafka://nowhere:9")
        app.chunk_topics.add("in")
        super().__init__(
            app.transport, callback=print, on_partitions_revoked=None, on_partitions_assigned=None
        )
        self.marks = {TP("in", 0): 5, TP("in", 1): 5, TP("other", 0): 5}

    def assignment(self) -> set[TP]:
        return set(self.marks)

    def highwater(self, tp: TP) -> int:
        return self.marks[tp]


def test_consumer_knows_since_when_the_chunk_at_hand_waits() -> None:
    consumer, here, there = Seen(), TP("in", 0), TP("in", 1)
    assert consumer.oldest() == {}  # both have records that nobody has fetched
    chunk = Chunk(
        tp=here,
        start=0,
        next_offset=5,
        values=[b""] * 2,
        keys=[None] * 2,
        timestamps=[7000, 8000],
        offsets=range(2),
    )
    consumer._expected = {here: 5, there: 5}
    consumer._to_message(here, chunk)
    assert consumer.oldest() == {here: 7.0, there: None}
    chunk.done = True
    assert consumer.oldest() == {here: None, there: None}
