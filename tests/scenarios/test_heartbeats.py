"""Heartbeats that have to come, and signs of life that have to be taken."""

import pytest
from msgspec.structs import replace

from routing.alert import Severity
from routing.effect import Notify
from routing.engine import Engine
from routing.incident import Incident
from routing.labels import Matcher
from routing.policy import Contact, Heartbeat, Policy, Receiver, SignOfLife
from routing.receipt import DeliveryStatus
from tests.scenarios.story import Story, minutes, policy, seconds

WATCHDOG = Heartbeat(
    name="prometheus",
    matchers=(Matcher(name="alertname", op="=", value="Watchdog"),),
    every=minutes(5),
    severity=Severity.ERROR,
    labels={"service": "monitoring"},
)
SNITCH = Contact("webhook", "snitch")


def watched(*heartbeats: Heartbeat) -> Policy:
    return replace(policy(), heartbeats=heartbeats or (WATCHDOG,))


def alive(every: float = 5) -> Policy:
    given = policy(receivers=(Receiver(name="snitch", contacts=(SNITCH,)),))
    return replace(given, sign_of_life=SignOfLife(receiver="snitch", every=minutes(every)))


def beats(told: Story, times: int, *, each: float = 1) -> None:
    for _ in range(times):
        told.fires("info", alertname="Watchdog")
        told.wait(minutes(each))


def missing(told: Story) -> Incident:
    return next(i for i in told.incidents.values() if i.group_labels == {"service": "monitoring"})


def test_a_heartbeat_that_comes_pages_nobody() -> None:
    told = Story(watched())
    beats(told, 60)
    assert told.told == []
    assert told.incidents == {}


def test_a_heartbeat_that_stays_away_is_an_alert_until_it_is_back() -> None:
    told = Story(watched())
    beats(told, 10)
    told.wait(minutes(10))
    beats(told, 2)
    assert told.told == ["14:30 #ops first", "20:00 #ops resolved"]
    assert missing(told).title == "The heartbeat prometheus is missing: none in 5 min"
    assert missing(told).severity is Severity.ERROR


def test_a_heartbeat_that_never_came_is_missing_too() -> None:
    told = Story(watched())
    told.fires("info", service="other")
    told.wait(minutes(6))
    assert told.told[-1] == "05:30 #ops first"


def test_an_end_is_no_sign_of_life() -> None:
    told = Story(watched())
    beats(told, 1)
    for _ in range(6):
        told.ends("info", alertname="Watchdog")
        told.wait(minutes(1))
    assert told.told == ["05:30 #ops first"]


def test_a_heartbeat_that_the_policy_drops_is_missed_no_more() -> None:
    told = Story(watched())
    beats(told, 1)
    told.wait(minutes(10))
    told.edits(policy(digest="two"))
    told.wait(minutes(10))
    assert told.told == ["05:30 #ops first", "11:00 #ops resolved"]


def test_a_heartbeat_that_an_edit_brings_is_waited_for_from_then_on() -> None:
    told = Story(policy())
    told.fires("info", service="other")
    told.wait(minutes(20))
    told.told.clear()
    told.edits(watched())
    told.wait(minutes(6))
    assert told.told == ["25:30 #ops first"]


@pytest.mark.parametrize("at", [1, 4, 6, 20])
def test_a_heartbeat_is_missed_at_the_same_instant_after_a_restart(at: int) -> None:
    told, same = Story(watched()), Story(watched())
    for one in (told, same):
        beats(one, 1)
        one.wait(minutes(at))
        if one is told:
            one.engine = Engine.restore(one.engine.snapshot())
        one.wait(minutes(30))
        beats(one, 1)
    assert told.effects == same.effects


def test_signs_of_life_go_out_again_and_again_with_ids_of_their_own() -> None:
    told = Story(alive())
    told.fires(service="other")
    told.wait(minutes(21))
    signs = [one for one in told.notifications if one.contact == SNITCH]
    assert [line for line in told.told if "snitch" in line] == [
        f"{at}:00 snitch sign_of_life" for at in ("05", "10", "15", "20")
    ]
    assert len({one.id for one in signs}) == 4


def test_a_sign_that_is_not_taken_is_an_alert_until_one_is() -> None:
    told = Story(alive())
    told.answers[SNITCH] = [DeliveryStatus.FAILED_PERMANENT, DeliveryStatus.SENT]
    told.fires(service="other")
    told.wait(minutes(12))
    assert [line for line in told.told if "snitch" not in line] == [
        "00:30 #ops first",
        "05:31 #ops first",
        "10:01 #ops resolved",
    ]
    alert = next(i for i in told.incidents.values() if "sign of life" in i.title)
    assert alert.title == "The sign of life was not taken by snitch (webhook)"


def test_signs_of_life_stop_when_the_policy_has_none() -> None:
    told = Story(alive())
    told.fires(service="other")
    told.wait(minutes(6))
    told.edits(policy(digest="two"))
    told.wait(minutes(30))
    assert len([one for one in told.notifications if one.contact == SNITCH]) == 1


def test_signs_of_life_do_not_depend_on_how_often_somebody_looks() -> None:
    often, seldom = Engine(alive()), Engine(alive())
    start = Story(alive()).now
    seen = [often.wake(start + seconds(10 * n)) for n in range(200)]
    seldom.wake(start)
    late = seldom.wake(start + seconds(1990))
    assert [e for effects in seen for e in effects if isinstance(e, Notify)] == late


def test_a_heartbeat_that_is_given_more_time_is_not_missed_before() -> None:
    told = Story(watched())
    beats(told, 2)
    told.edits(watched(replace(WATCHDOG, every=minutes(30))))
    told.wait(minutes(28))
    assert told.incidents == {}
    told.wait(minutes(2))
    assert missing(told).title == "The heartbeat prometheus is missing: none in 30 min"


def test_a_heartbeat_that_is_given_less_time_is_missed_that_long_after_the_edit() -> None:
    told = Story(watched(replace(WATCHDOG, every=minutes(60))))
    beats(told, 2)
    told.edits(watched())
    told.wait(minutes(4))
    assert told.incidents == {}
    told.wait(minutes(2))
    assert missing(told).opened_at == told.now - minutes(1)
