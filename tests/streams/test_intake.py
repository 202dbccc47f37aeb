"""Intake: what is late, shed, or in the wrong place in time."""

import asyncio
import json
from typing import Any

from faust.types import TP
from structlog.testing import capture_logs

from config.settings import Input, RecordMapping
from streams import clock
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.intake import Intake
from streams.samples import RECORD_BITS, Columns
from streams.stats import Stats


class Letters:
    """Dead letters that are only noted."""

    def __init__(self) -> None:
        self.buried: list[tuple[int, str]] = []

    async def bury(self, chunk: Chunk, bad: list[Bad]) -> None:
        self.buried += [(chunk.offsets[fault.position], fault.reason) for fault in bad]


class Here:
    """An input, with records that are written at given ages before now."""

    def __init__(self, **settings: Any) -> None:
        self.now = clock.epoch_s()
        self.letters = Letters()
        self.stats = Stats()
        letters: Any = self.letters
        self.intake = Intake(
            Input(name="in", topic="in", **settings), dead_letters=letters, stats=self.stats
        )

    def take(self, *records: Any, first: int = 0, waited_s: float = 0.0) -> Columns | None:
        values: list[bytes | None] = [json.dumps(record).encode() for record in records]
        n = len(values)
        written = int((self.now - waited_s) * 1000)
        chunk = Chunk(
            tp=TP("in", 0), start=first, next_offset=first + n, values=values, keys=[None] * n,
            timestamps=[written] * n, offsets=range(first, first + n),
        )  # fmt: skip
        return asyncio.run(self.intake.take(chunk))

    def sample(self, name: str, value: float, age_s: float) -> dict[str, object]:
        return {"name": name, "value": value, "timestamp": self.now - age_s}


def test_numbers_that_one_name_hides_are_told_once_with_their_paths() -> None:
    here = Here(format="mapping", mapping=RecordMapping(timestamp="ts", fields=("cpu.*", "mem.*")))
    with capture_logs() as logs:
        for age_s in (3, 2):
            here.take({"ts": here.now - age_s, "cpu": {"busy": 1}, "mem": {"busy": 2}})
    (told,) = logs
    assert (told["event"], told["log_level"], told["input"]) == ("input.merged", "warning", "in")
    assert (told["series"], told["paths"]) == ("busy", ("cpu.busy", "mem.busy"))


def test_sample_has_the_order_of_its_record_and_its_place_in_it() -> None:
    here = Here()
    two = {"fields": {"a": 1, "b": 2}, "timestamp": here.now - 5}
    columns = here.take(two, here.sample("a", 3, 4), first=7)
    assert columns is not None
    base = 1 << RECORD_BITS
    assert columns.order.tolist() == [7 * base, 7 * base + 1, 8 * base]
    assert [columns.keys[i] for i in columns.index] == ["a", "b", "a"]


def parts(*samples: dict[str, object]) -> dict[str, object]:
    """A record of several samples, each with its own time."""
    return {"parts": [{"n": s["name"], "v": s["value"], "t": s["timestamp"]} for s in samples]}


PARTS = RecordMapping(each="parts", name="n", value="v", timestamp="t")


def test_place_in_a_record_does_not_change_when_what_lies_ahead_is_taken_later() -> None:
    """By it a repeat is known: what is not taken today may be after a crash."""
    for ahead_s, taken in ((60.0, [1, 3, 4]), (600.0, [1, 2, 3, 4])):
        here = Here(format="mapping", mapping=PARTS, latest_ahead_s=ahead_s)
        values = zip((1, 2, 3), (5, -300, 4), strict=True)
        columns = here.take(
            parts(*(here.sample("a", v, age) for v, age in values)),
            parts(here.sample("a", 4, 3)),
            first=7,
        )
        assert columns is not None
        assert columns.value.tolist() == taken
        by_value = dict(zip(taken, columns.order.tolist(), strict=True))
        assert [by_value[v] - (7 << RECORD_BITS) for v in (1, 3, 4)] == [0, 2, 1 << RECORD_BITS]


def test_place_of_a_histogram_does_not_change_with_those_that_are_left_out() -> None:
    now = clock.epoch_s()
    points = [
        {
            "timeUnixNano": str(int((now - age) * 1e9)),
            "count": "1",
            "bucketCounts": ["1", "0"],
            "explicitBounds": [1.0],
            "attributes": [{"key": "age", "value": {"stringValue": str(age)}}],
        }
        for age in (1, 7200, -300, 2)
    ]
    metric = {"name": "lat", "histogram": {"aggregationTemporality": 2, "dataPoints": points}}
    record = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}
    found = []
    for late_after_s, ahead_s in ((60.0, 60.0), (60.0, 600.0), (86400.0, 60.0), (86400.0, 600.0)):
        here = Here(format="otlp_json", late_after_s=late_after_s, latest_ahead_s=ahead_s)
        columns = here.take(record)
        assert columns is not None
        found.append({one.key: one.position for one in columns.histograms})
    assert [len(each) for each in found] == [2, 3, 3, 4]
    assert all(each.items() <= found[-1].items() for each in found)


def test_record_much_older_than_the_newest_is_a_dead_letter() -> None:
    here = Here(late_after_s=60.0)
    columns = here.take(
        here.sample("a", 1, 300), here.sample("a", 2, 100), here.sample("a", 3, 159),
        here.sample("a", 4, 161), here.sample("a", 5, 99), first=10,
    )  # fmt: skip
    assert columns is not None
    assert columns.value.tolist() == [1, 2, 3, 5]
    assert here.letters.buried == [(13, "too_late")]
    assert here.take(here.sample("a", 6, 170), first=15) is None  # the newest is remembered
    assert here.letters.buried[-1] == (15, "too_late")
    assert here.stats.input("in").late == 2


def test_history_in_order_is_never_late() -> None:
    here = Here(late_after_s=60.0)
    columns = here.take(*(here.sample("a", n, 86_400 * (30 - n)) for n in range(30)))
    assert columns is not None
    assert len(columns.at) == 30
    assert here.letters.buried == []


def test_what_waited_too_long_is_shed_and_counted_where_that_is_allowed() -> None:
    for after, shed in ((None, 0), (600.0, 2)):
        here = Here(shed_after_s=after)
        here.take(here.sample("a", 1, 900), here.sample("a", 2, 890), waited_s=880)
        here.take(here.sample("a", 3, 10), waited_s=10)
        stats = here.stats.input("in")
        assert (stats.records, stats.shed) == (3, shed)
        assert here.letters.buried == []


def test_event_time_is_told() -> None:
    here = Here()
    here.take(here.sample("a", 1, 100))
    stats = here.stats.input("in")
    assert abs(stats.event_at - (here.now - 100)) < 1e-3


def test_the_format_that_is_told_is_the_one_that_is_read() -> None:
    samples, errors = Here(), Here(kind="errors")
    samples.take(samples.sample("a", 1, 5))
    errors.take({"service": "cart"})
    assert [one.stats.input("in").format for one in (samples, errors)] == ["json", "errors"]
