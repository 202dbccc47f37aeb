"""Alarms about Tocsin itself: when they fire, when they end, and who says so."""

import struct
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import cramjam
import msgspec
import pytest
from msgspec.structs import replace

from config.settings import Input
from config.status import InputStatus, WorkerStatus
from routing.alert import Alert
from routing.engine import Engine
from routing.event import AlertSeen, encode
from routing.fingerprint import fingerprint
from streams.alarm_rules import JUDGES, RULES, Finding, Name, unheard
from streams.alarms import Alarms
from streams.clock import instant
from streams.decide import EngineState
from streams.own_alerts import name_of, own_alert
from streams.vitals import Vitals
from tests.scenarios.story import policy

START = 1_790_000_000.0
SHOP = Input(name="shop", topic="metrics", behind_alarm_s=300.0, shed_after_s=900.0)


@dataclass
class Watch:
    """Alarms over one input, workers that report each second, and the log that is told."""

    now: float = START
    told: dict[str, Alert] = field(default_factory=dict)
    totals: dict[str, InputStatus] = field(default_factory=dict)
    down: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = (SHOP,)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Another worker decides from now on."""
        config: Any = lambda: SimpleNamespace(inputs=self.inputs)  # noqa: E731
        nothing: Any = None
        self.alarms = Alarms(nothing, config=config, producer=nothing)

    def count(self, worker: str = "a", **more: int) -> None:
        """A worker counts more of the input, or sees how long its records wait."""
        old = self.totals.get(worker, InputStatus())
        fields = {f: getattr(old, f) for f in ("records", "bad", "shed", "overflow")}
        summed = {name: fields.get(name, 0) + of for name, of in more.items() if name in fields}
        waiting_s = more.get("waiting_s", old.waiting_s)
        self.totals[worker] = InputStatus(**{**fields, **summed}, waiting_s=waiting_s)

    def pass_time(self, seconds: int, **each_second: int) -> list[str]:
        """The workers go on and are heard; gives the alarms that turned, the ended with a dash."""
        turned: list[str] = []
        for _ in range(seconds):
            self.now += 1
            if each_second:
                self.count(**each_second)
            for worker, total in self.totals.items():
                self.hear(worker, total)
            for alert in list(self.alarms.turned(self.told, now=self.now)):
                turned.append(("" if alert.is_firing else "-") + alert.labels["alertname"])
                self.said.append(alert.annotations["summary"])
                self.write(alert)
        return turned

    def hear(self, worker: str, total: InputStatus) -> None:
        status = WorkerStatus(
            worker=worker,
            host="node",
            pid=1,
            at=self.now,
            uptime_s=self.now - START + 100,
            inputs={"shop": total},
            channels_down=self.down,
        )
        self.alarms._vitals.hear(status, now=self.now)

    def write(self, alert: Alert) -> None:
        if alert.is_firing:
            self.told.setdefault(fingerprint(alert.labels), alert)
        else:
            del self.told[fingerprint(alert.labels)]


def watch(**totals: int) -> Watch:
    made = Watch()
    made.count(**totals)
    made.pass_time(1)
    return made


def test_input_that_waits_too_long_is_told_once_and_over_when_it_has_caught_up() -> None:
    here = watch(records=1)
    here.count(waiting_s=301)
    assert here.pass_time(29) == []
    assert here.pass_time(600) == ["TocsinBehind"]
    assert here.said == ["Records of input shop have waited 5 min 1 s to be judged"]
    here.count(waiting_s=200)  # better, and no end of it
    assert here.pass_time(600) == []
    here.count(waiting_s=10)
    assert here.pass_time(30) == []
    assert here.pass_time(600) == ["-TocsinBehind"]


def test_wait_that_passes_within_half_a_minute_is_nothing() -> None:
    here = watch(records=1)
    for _ in range(5):
        here.count(waiting_s=400)
        assert here.pass_time(25) == []
        here.count(waiting_s=0)
        assert here.pass_time(2) == []


def test_one_worker_that_lags_is_enough_and_all_together_are_one_alarm() -> None:
    here = watch(records=1)
    here.count("b", waiting_s=400)
    assert here.pass_time(60) == ["TocsinBehind"]
    here.count("a", waiting_s=500)
    here.count("b", waiting_s=0)
    assert here.pass_time(60) == []


COUNTED = [
    ("too many series", {"overflow": 1}, "TocsinOverflow", 630),
    ("skipped records", {"shed": 1}, "TocsinShedding", 330),
    ("bad records", {"bad": 200, "records": 400}, "TocsinDeadLetters", 330),
]


@pytest.mark.parametrize(
    ("case", "counts", "rule", "over_s"), COUNTED, ids=[c for c, *_ in COUNTED]
)
def test_what_must_not_be_fires_at_once_and_ends_when_it_has_stopped_for_long(
    case: str, counts: dict[str, int], rule: str, over_s: int
) -> None:
    here = watch(records=10)
    here.count(**counts)
    assert here.pass_time(2) == [rule]
    assert here.pass_time(over_s - 20) == []
    assert here.pass_time(60) == [f"-{rule}"]


FEW_BAD = [
    ("few in number", {"bad": 99, "records": 99}),
    ("few of many", {"bad": 1000, "records": 10_001}),
    ("all good", {"records": 100_000}),
]


@pytest.mark.parametrize(("case", "counts"), FEW_BAD, ids=[case for case, _ in FEW_BAD])
def test_few_bad_records_are_no_alarm(case: str, counts: dict[str, int]) -> None:
    here = watch(records=10)
    here.count(**counts)
    assert here.pass_time(10) == []


def test_bad_records_in_a_trickle_add_up_over_five_minutes() -> None:
    here = watch(records=1)
    assert here.pass_time(300, bad=1, records=2) == ["TocsinDeadLetters"]


def test_channel_that_does_not_answer_is_told_and_over_when_it_does() -> None:
    here = watch(records=1)
    here.down = ("slack",)
    assert here.pass_time(29) == []
    assert here.pass_time(60) == ["TocsinChannelDown"]
    (alert,) = here.told.values()
    assert alert.labels == {
        "alertname": "TocsinChannelDown",
        "channel": "slack",
        "service": "tocsin",
    }
    here.down = ()
    assert here.pass_time(120) == ["-TocsinChannelDown"]
    assert here.alarms._triggers.keys() == {Name(rule, "shop") for rule in JUDGES}


def test_next_worker_to_decide_goes_on_from_what_the_log_says() -> None:
    here = watch(records=1)
    here.count(waiting_s=400)
    assert here.pass_time(60) == ["TocsinBehind"]
    here.restart()
    assert here.pass_time(120) == []
    here.restart()
    here.count(waiting_s=0)
    assert here.pass_time(120) == ["-TocsinBehind"]


def test_what_was_counted_before_anybody_listened_is_no_alarm() -> None:
    here = Watch()
    here.count(overflow=5000, bad=5000, records=5000, shed=5000)
    assert here.pass_time(60) == []
    here.restart()
    assert here.pass_time(60) == []


def test_counts_of_a_worker_that_began_while_we_listened_are_of_now() -> None:
    vitals = Vitals()
    for worker, uptime in (("old", 500.0), ("new", 3.0)):
        status = WorkerStatus(
            worker=worker,
            host="node",
            pid=1,
            at=START + 10,
            uptime_s=uptime,
            inputs={"shop": InputStatus(overflow=7)},
        )
        vitals.hear(status, now=START + (0 if worker == "old" else 10))
    assert vitals.within("shop", 600, now=START + 10).overflow == 7


def test_words_that_are_read_late_say_nothing_of_now() -> None:
    vitals = Vitals()
    for at in range(0, 1000, 10):
        status = WorkerStatus(
            worker="a",
            host="node",
            pid=1,
            at=START + at,
            uptime_s=at,
            inputs={"shop": InputStatus(overflow=at, waiting_s=at)},
        )
        vitals.hear(status, now=START + 5000)
    assert vitals.inputs(now=START + 5000) == {}
    assert vitals.within("shop", 600, now=START + 5000).overflow == 0


def test_silent_workers_neither_start_nor_end_an_alarm() -> None:
    here = watch(records=1)
    here.count(waiting_s=400)
    assert here.pass_time(60) == ["TocsinBehind"]
    here.totals.clear()
    assert here.pass_time(600) == []


def test_alarm_of_an_input_that_is_no_longer_read_ends() -> None:
    here = watch(records=1)
    here.count(waiting_s=400)
    here.pass_time(60)
    here.inputs = ()
    assert here.pass_time(60) == ["-TocsinBehind"]
    assert here.pass_time(60) == []
    assert here.alarms._triggers == {}


def test_alert_that_the_log_has_not_got_yet_is_not_told_again() -> None:
    here = watch(records=1)
    here.count(waiting_s=400)
    assert here.pass_time(31) == ["TocsinBehind"]
    here.told.clear()  # the engine is a little behind
    assert here.pass_time(9) == []


def test_receiver_of_which_nobody_hears_is_alarmed_on_until_somebody_does() -> None:
    here = watch(records=1)
    (begun,) = here.alarms.turned({}, now=here.now, seen=dict(unheard(["ops", "ops"])))
    assert begun.labels == {"alertname": "TocsinUnheard", "receiver": "ops", "service": "tocsin"}
    assert begun.annotations["summary"] == "Nobody could be told of 2 incidents of receiver ops"
    here.write(begun)
    assert here.pass_time(59) == []
    assert here.pass_time(10) == ["-TocsinUnheard"]


@pytest.mark.parametrize("rule", sorted(RULES))
def test_alarm_says_in_one_line_what_it_is_about_and_then_what_to_do(rule: str) -> None:
    alert = own_alert(Name(rule, "shop"), Finding(fires=True, lasts=True, figure="7"), now=START)
    assert "shop" in alert.annotations["summary"]
    assert len(alert.annotations["summary"]) < 100
    assert 40 < len(alert.annotations["description"]) < 400
    assert name_of(alert) == Name(rule, "shop")


def test_alert_of_somebody_else_is_none_of_ours() -> None:
    for labels in ({}, {"alertname": "TocsinBehind"}, {"alertname": "Other", "service": "tocsin"}):
        assert name_of(replace(BEHIND, labels=labels)) is None


BEHIND = own_alert(
    Name("TocsinBehind", "shop"), Finding(fires=True, lasts=True, figure="6 min"), now=START
)


def test_log_knows_what_was_told_after_a_restart_until_it_ends() -> None:
    first = EngineState(policy())
    first.apply(0, START, encode(AlertSeen(BEHIND)))
    first.apply(1, START, encode(AlertSeen(replace(BEHIND, labels={"service": "tocsin"}))))
    first.apply(2, START + 9, encode(AlertSeen(replace(BEHIND, starts_at=instant(START + 9)))))
    again = EngineState(policy())
    for key, value in first.snapshot():
        again.restore(key, value or b"")
    assert list(again.own_alerts.values()) == [BEHIND]
    again.apply(3, START + 20, encode(AlertSeen(replace(BEHIND, ends_at=instant(START + 20)))))
    assert again.own_alerts == {}


def test_snapshot_from_before_there_were_alarms_is_restored() -> None:
    engine = Engine(policy())
    body = msgspec.msgpack.encode(("digest", engine.snapshot()))
    head = struct.pack(">qd", 7, START)
    state = EngineState(policy())
    state.restore(b"engine", head + bytes(cramjam.zstd.compress(body)))
    assert (state.applied, state.policy_digest, state.own_alerts) == (7, "digest", {})
    assert state.engine.snapshot() == engine.snapshot()
