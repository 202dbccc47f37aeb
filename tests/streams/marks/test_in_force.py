"""Marks in a partition: in force from a snapshot on, the same after every kill."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from config.loader import load
from config.marks.marks import Marks
from config.settings import Config
from streams.alerts import alert_of
from streams.banks import PartitionBanks
from streams.samples import Columns
from streams.shares import Message
from streams.stats import Stats
from tests.streams import test_banks
from tests.streams.marks.making import matching, opinion, span
from tests.streams.test_banks import record, state

config = test_banks.config

QUICK = """
inputs: [{name: app, topic: app}]
profiles:
  - name: bound
    detectors: {threshold: {upper: 100}}
    min_change_ratio: 0
    open_after: 1 of 1
    close_after: 0s
    warm_up: 0s
    warm_up_samples: 0
    absent_after: 3
    false_alarms: 1/30d
    annotations: {description: Look at it.}
receivers: {ops: []}
route: {receiver: ops}
"""

SETS = [
    Marks(),
    Marks([span(begins_at=1000.0, lasts=1000.0)]),
    Marks([span(kind="deploy", begins_at=1010.0, lasts=30.0), opinion()]),
    Marks([opinion(matchers=matching(name="hits"))]),
]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("go"), st.integers(1, 8)),
        st.tuples(st.sampled_from(["flush", "kill"]), st.just(0)),
        st.tuples(st.just("mark"), st.integers(0, len(SETS) - 1)),
    ),
    min_size=1,
    max_size=25,
)


def run(config: Config, steps: list[tuple[str, int]], *, with_kills: bool) -> dict[bytes, bytes]:
    """What is saved at the end."""
    newest = [Marks()]

    def begun() -> PartitionBanks:
        return PartitionBanks(config, lambda: 1.0, Stats(), marks=lambda: newest[0])

    here, kept, log, committed = begun(), dict[bytes, bytes | None](), list[Columns](), 0
    for what, number in steps:
        if what == "go":
            for _ in range(number):
                here.observe([Message(record(len(log)), len(log))])
                log.append(record(len(log)))
        elif what == "mark":
            newest[0] = SETS[number]
        elif what == "flush":
            kept |= dict([*here.snapshot(), *here.seal()])
            committed = len(log)
        elif with_kills:
            here = begun()
            for key, value in kept.items():
                if value is not None:
                    here.restore(key, value)
            for offset in range(committed, len(log)):
                here.observe([Message(log[offset], offset)])
    return state(here)


@settings(max_examples=60)
@given(STEPS)
@example([("mark", 1), ("flush", 0), ("go", 8), ("mark", 0), ("kill", 0), ("go", 1)])
@example([("go", 4), ("flush", 0), ("mark", 1), ("go", 8), ("kill", 0)])
def test_a_replay_judges_under_the_marks_of_the_first_time(
    config: Config, steps: list[tuple[str, int]]
) -> None:
    assert run(config, steps, with_kills=True) == run(config, steps, with_kills=False)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Config:
    path = tmp_path_factory.mktemp("quick") / "tocsin.yaml"
    path.write_text(QUICK)
    return load(path, environ={})


class Partition:
    """One partition with a series `load`, marks, and a wall clock."""

    def __init__(self, config: Config) -> None:
        self.marks = Marks()
        self.wall = 1000.0
        self.banks = PartitionBanks(config, lambda: self.wall, Stats(), marks=lambda: self.marks)
        self.offset = 0

    def say(self, *marks: object) -> None:
        """These are the marks now, and a commit has been."""
        self.marks = Marks(marks)  # type: ignore[arg-type]
        list(self.banks.snapshot())

    def see(self, *values: float) -> list[bool]:
        """A value each second; whether anomalies opened (True) or closed."""
        found = []
        for value in values:
            self.wall += 1
            at = np.full(1, self.wall)
            columns = Columns(
                "app", "app/0", self.wall, ["load"], np.zeros(1, np.int32), at, np.full(1, value),
                np.full(1, self.offset), np.zeros(1, np.uint8), np.zeros(1), [],
            )  # fmt: skip
            found += self.banks.observe([Message(columns, self.offset)])
            self.offset += 1
        self.found = found
        return [anomaly.is_open for anomaly in found]

    def pass_time(self, seconds: float) -> list[bool]:
        self.wall += seconds
        return [anomaly.is_open for anomaly in self.banks.elapse()]


@pytest.fixture
def partition(quick: Config) -> Partition:
    here = Partition(quick)
    here.see(*[1.0] * 30)
    return here


def test_a_mark_is_in_force_from_the_next_commit_on(partition: Partition) -> None:
    partition.marks = Marks([span(begins_at=1000.0, lasts=100.0)])
    assert partition.see(500.0, 1.0, 1.0) == [True, False]
    list(partition.banks.snapshot())
    assert partition.see(500.0, 1.0) == []


def test_a_series_that_comes_later_is_covered_by_the_marks_there_are(quick: Config) -> None:
    partition = Partition(quick)
    partition.say(span(begins_at=1000.0, lasts=100.0))
    assert partition.see(*[1.0] * 10, 500.0) == []


def test_a_deploy_alarms_and_its_alert_says_what_changed(
    partition: Partition, quick: Config
) -> None:
    deploy = span(kind="deploy", begins_at=partition.wall - 239, lasts=600.0, note="checkout v12")
    partition.say(deploy)
    assert partition.see(500.0) == [True]
    (anomaly,) = partition.found
    alert = alert_of(anomaly, quick.alerts["bound"], partition.banks.notes(anomaly))
    assert alert.annotations["description"] == (
        "Look at it. What changed: deploy of checkout v12 4 min before (ana)."
    )


def test_an_alert_says_that_people_changed_its_budget(partition: Partition) -> None:
    partition.say(opinion("f1"), opinion("f2", by="bruno"), opinion("f3", series=("other",)))
    assert partition.see(500.0) == [True]
    assert partition.banks.notes(partition.found[0]) == (
        "False alarms: 1/120d instead of 1/30d, by feedback: 2 not useful (ana, bruno).",
    )


def test_silence_in_maintenance_is_told_once_it_is_over(partition: Partition) -> None:
    # Made after the last commit: in all silence there is no other.
    partition.marks = Marks([span(begins_at=1000.0, lasts=1000.0)])
    assert partition.pass_time(300.0) == []
    partition.marks = Marks()
    assert partition.pass_time(1.0) == [True]


def test_what_is_saved_of_marks_is_written_once_and_deleted_with_the_last(
    partition: Partition,
) -> None:
    def saved() -> list[bytes | None]:
        list(partition.banks.snapshot())
        return [value for key, value in partition.banks.seal() if key == b"\0marks"]

    assert saved() == []
    partition.marks = Marks([opinion()])
    (dump,) = saved()
    assert Marks.load(dump or b"") == partition.marks
    assert saved() == []
    partition.marks = Marks([replace(opinion(), note="again")])
    assert len(saved()) == 1
    partition.marks = Marks()
    assert saved() == [None]
