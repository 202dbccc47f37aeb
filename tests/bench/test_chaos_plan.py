"""What chaos feeds, what it does, and how it judges what came of it."""

import json
from collections import Counter

import msgspec
import pytest

from bench.chaos.findings import Findings, judge
from bench.chaos.plan import KINDS, Plan
from bench.chaos.storm import Blow, storm
from streams.demo.peers.received import Received

PLAN = Plan(seed=1, history=20, live=300, planted=8, series=10)


def test_a_step_is_the_same_whenever_it_is_made() -> None:
    assert list(PLAN.feed(7, "in")) == list(PLAN.feed(7, "in"))
    assert list(PLAN.feed(7, "in")) != list(Plan(seed=2, history=20, live=300).feed(7, "in"))


def test_each_anomaly_has_a_series_of_its_own_and_ends_before_the_data_does() -> None:
    planted = PLAN.anomalies()
    assert len({(one.metric, one.place) for one in planted}) == 8
    assert {one.metric for one in planted} == {kind.metric for kind in KINDS}
    assert all(PLAN.history <= one.first and one.end < PLAN.steps for one in planted)


def test_counter_rises_in_each_step_but_where_it_is_reset() -> None:
    plan = Plan(seed=1, history=490, live=300, series=2, planted=4)
    values = [
        json.loads(value)["requests_total"]
        for step in range(plan.steps)
        for topic, value, _ in plan.feed(step, "in")
        if topic == "in-counters" and b'"c0"' in value
    ]
    falls = [step for step in range(1, len(values)) if values[step] <= values[step - 1]]
    assert falls == [500]
    (planted,) = (one for one in plan.anomalies() if one.metric == "requests_total")
    rise = values[planted.end - 1] - values[planted.end - 2]
    assert rise > 3 * (values[2] - values[1])
    assert planted.end - planted.first == plan.lasts


def test_a_storm_is_the_same_for_the_same_seed() -> None:
    blows = storm(seed=1, kills=40, seconds=100)
    assert blows == storm(seed=1, kills=40, seconds=100) != storm(seed=2, kills=40, seconds=100)
    assert Counter(one.blow for one in blows) == {
        Blow.KILL: 40,
        Blow.LEAVE: 4,
        Blow.JOIN: 4,
        Blow.BROKER_KILL: 1,
        Blow.BROKER_STOP: 1,
    }


def received(incident: str, what: str, reason: str, number: int) -> Received:
    return Received(
        number=number, at=0.0, channel="slack", what=what, incident=incident, contact="#ops",
        reason=reason,
    )  # fmt: skip


LATE = [received("i", "post", "resolved", 1)]  # a page that waited until all was over
GOOD = [received("i", "post", "first", 1), received("i", "reply", "resolved", 2)]
LOAD = {"i": ("load", "h0")}
NONE = Findings({}, [], set(), set())
CALM = Findings(LOAD, [], set(), set())


@pytest.mark.parametrize(
    ("stormy", "told", "fault"),
    [
        (Findings(LOAD, [], set(), set()), GOOD, set()),
        (Findings(LOAD, [], set(), set()), LATE, set()),
        (Findings(LOAD, [], set(), set()), [*LATE, GOOD[1]], {"ended_not_once"}),
        (Findings({}, [], set(), set()), [], {"missing"}),
        (Findings(LOAD | {"j": ("heat", "k9")}, [], set(), set()),
         [*GOOD, *(msgspec.structs.replace(one, incident="j") for one in GOOD)], {"unplanted"}),
        (Findings(LOAD | {"j": ("load", "h0")}, [], set(), set()), GOOD,
         {"repeated", "paged_not_once", "ended_not_once"}),
        (Findings(LOAD, [], set(), set()), [*GOOD, received("i", "post", "first", 3)],
         {"paged_not_once"}),
        (Findings(LOAD, [], set(), set()), GOOD[:1], {"ended_not_once"}),
        (Findings(LOAD, [("load", "h0")], set(), set()), GOOD, {"unresolved"}),
        (Findings(LOAD, [], {(("load", "h0"), "t")}, set()), GOOD, {"anomalies_differ"}),
    ],
)  # fmt: skip
def test_verdict_names_what_is_wrong(
    stormy: Findings, told: list[Received], fault: set[str]
) -> None:
    (planted, *_) = PLAN.anomalies()
    verdict = judge([planted], stormy, CALM, told)._asdict()
    assert {name for name, found in verdict.items() if found} == fault


def test_nobody_need_be_told_of_what_was_over_before_group_wait() -> None:
    (planted, *_) = PLAN.anomalies()
    assert not any(judge([planted], Findings(LOAD, [], set(), {"i"}), CALM, []))


def test_what_opens_in_neither_run_is_counted_by_itself_and_not_lost() -> None:
    (planted, *_) = PLAN.anomalies()
    verdict = judge([planted], NONE, NONE, [])._asdict()
    assert verdict.pop("not_opened") == [("load", "h0")]
    assert not any(verdict.values())


def test_what_only_the_calm_run_opens_is_missing_planted_or_not() -> None:
    calm = Findings(LOAD | {"j": ("heat", "k9")}, [], set(), set())
    verdict = judge(PLAN.anomalies()[:1], NONE, calm, [])
    assert verdict.missing == [("heat", "k9"), ("load", "h0")]


def test_what_a_calm_run_finds_as_well_is_no_fault_of_the_storm() -> None:
    stormy = Findings({"j": ("heat", "k9")}, [], set(), set())
    verdict = judge([], stormy, stormy, [])
    assert (verdict.unplanted, verdict.unplanted_calm) == ([], [("heat", "k9")])
