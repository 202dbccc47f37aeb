"""Canaries: tests that go the way of pages, and an alarm when one does not arrive."""

from datetime import time

from msgspec.structs import replace

from routing.alert import Severity
from routing.effect import Notify
from routing.engine import Engine
from routing.event import ReceiptSeen
from routing.incident import Incident, NotifyReason
from routing.policy import CanaryPlan, Contact, Policy, Receiver
from routing.receipt import DeliveryStatus, Receipt
from tests.scenarios.story import START, Story, minutes, policy, seconds

NEST = Contact("slack", "#nest")
MAIL = Contact("email", "nest@shop.example")
TURN = minutes(20)
AGAIN, NEVER, SENT = (
    DeliveryStatus.FAILED_TEMPORARY,
    DeliveryStatus.FAILED_PERMANENT,
    DeliveryStatus.SENT,
)


def tried(*contacts: Contact, digest: str = "one", **plan: object) -> Policy:
    receivers = (Receiver(name="nest", contacts=contacts or (NEST,)),)
    given = {"receiver": "nest", "every": TURN} | plan
    made = policy(receivers=receivers, digest=digest)
    return replace(made, canary=CanaryPlan(**given))  # type: ignore[arg-type]


def begun(given: Policy) -> Story:
    """A story in which the first canary is over."""
    told = Story(given)
    told.wait(seconds(0))
    told.wait(seconds(2))
    return told


def canaries(told: Story) -> list[str]:
    return [line for line in told.told if "nest" in line]


def alarm(told: Story) -> Incident:
    return next(i for i in told.incidents.values() if "canary" in i.title)


def alarms(told: Story) -> list[str]:
    return [line for line in told.told if "nest" not in line]


def test_the_first_goes_out_at_once_and_closes_what_it_opened_when_it_was_sent() -> None:
    told = begun(tried(NEST, MAIL))
    told.wait(minutes(19))
    assert canaries(told) == [
        "00:00 #nest first",
        "00:00 nest@shop.example first",
        "00:01 #nest resolved",
        "00:01 nest@shop.example resolved",
    ]
    first, last = (one for one in told.notifications if one.contact == NEST)
    assert last.handle
    assert last.incident.id == first.incident.id
    assert "TEST" in first.incident.title
    assert first.is_test
    assert last.is_test
    assert told.incidents == {}


def test_another_goes_out_after_the_time_between_two() -> None:
    told = begun(tried())
    told.wait(minutes(43))
    firsts = [line for line in canaries(told) if line.endswith("first")]
    assert firsts == ["00:00 #nest first", "20:00 #nest first", "40:00 #nest first"]
    assert len({one.id for one in told.notifications}) == len(told.notifications)
    assert alarms(told) == []


def test_one_a_day_goes_out_at_a_local_time() -> None:
    plan = {"at": time(9), "time_zone": "Europe/Vienna", "every": minutes(1440)}
    told = begun(tried(**plan))
    told.wait(minutes(2 * 1440))
    firsts = [one for one in told.notifications if one.reason is NotifyReason.FIRST]
    at = [one.incident.opened_at - START for one in firsts]
    assert at == [minutes(5 * 60), minutes(29 * 60)]  # the story begins at three in UTC


def test_what_fails_for_the_moment_is_tried_again_and_is_no_alarm() -> None:
    told = begun(tried())
    told.answers[NEST] = [AGAIN, AGAIN, SENT]
    told.wait(TURN + minutes(12))
    assert [line for line in canaries(told) if line.startswith("20")] == [
        "20:00 #nest first",
        "20:06 #nest first (attempt 2)",
        "20:17 #nest first (attempt 3)",
        "20:18 #nest resolved",
    ]
    assert alarms(told) == []


def test_one_that_is_not_sent_in_time_is_an_alarm_until_one_is() -> None:
    told = begun(tried(within=minutes(5)))
    told.wait(minutes(10))
    told.answers[NEST] = [AGAIN]
    told.wait(minutes(20))
    assert alarm(told).severity is Severity.ERROR
    assert alarm(told).title == "The canary to #nest (slack) was not sent within 5 min"
    labels = next(iter(alarm(told).alerts.values())).labels
    assert labels == {
        "alertname": "TocsinCanary",
        "channel": "slack",
        "address": "#nest",
        "service": "tocsin",
    }
    told.answers[NEST] = []
    told.wait(minutes(20))
    assert alarms(told) == ["25:30 #ops first", "40:01 #ops resolved"]


def test_one_that_can_never_be_sent_is_an_alarm_at_once() -> None:
    told = begun(tried())
    told.answers[NEST] = [NEVER]
    told.wait(TURN + minutes(2))
    assert alarms(told) == ["20:31 #ops first"]


def test_one_that_nobody_says_anything_of_is_an_alarm() -> None:
    engine = Engine(tried())
    engine.wake(START)
    effects = engine.wake(START + minutes(11))
    titles = [e.notification.incident.title for e in effects if isinstance(e, Notify)]
    assert titles == ["The canary to #nest (slack) was not sent within 10 min"]


def test_an_older_one_that_was_sent_is_closed_and_says_nothing_of_the_newest() -> None:
    engine = Engine(tried())
    (first,) = [e.notification for e in engine.wake(START) if isinstance(e, Notify)]
    engine.wake(START + TURN)
    late = Receipt(
        notification_id=first.id, incident_id=first.incident.id, contact=NEST, status=SENT
    )
    effects = engine.handle(ReceiptSeen(late), START + TURN + minutes(1))
    (end,) = [e.notification for e in effects if isinstance(e, Notify)]
    assert (end.incident.id, end.reason) == (first.incident.id, NotifyReason.RESOLVED)
    (newest,) = engine.canaries()
    assert newest.sent_at is None
    assert engine.next_wake() == START + TURN + minutes(10)


def test_an_end_is_tried_until_it_is_told_also_when_another_has_begun() -> None:
    told = begun(tried(within=minutes(1)))
    told.answers[NEST] = [SENT, *[AGAIN] * 9, SENT]
    told.wait(TURN + minutes(60))
    by_incident: dict[str, list[NotifyReason]] = {}
    for one in told.notifications:
        by_incident.setdefault(one.incident.id, []).append(one.reason)
    assert {reasons[-1] for reasons in by_incident.values()} == {NotifyReason.RESOLVED}
    assert max(len(reasons) for reasons in by_incident.values()) > 5
    assert Engine.restore(told.engine.snapshot()).next_wake() == told.engine.next_wake()
    assert told.engine.next_wake() == START + 5 * TURN
    assert alarms(told) == []


def test_an_end_that_cannot_be_told_is_no_alarm() -> None:
    told = begun(tried())
    told.answers[NEST] = [SENT, NEVER]
    told.wait(TURN + minutes(15))
    assert alarms(told) == []
    assert told.engine.next_wake() == START + 2 * TURN


def test_a_policy_without_it_tries_nothing_and_ends_the_alarm() -> None:
    told = begun(tried())
    told.answers[NEST] = [NEVER]
    told.wait(TURN + minutes(2))
    told.edits(policy(digest="two"))
    told.wait(minutes(200))
    assert alarms(told) == ["20:31 #ops first", "22:02 #ops resolved"]
    assert len(canaries(told)) == 3


def test_an_address_that_the_receiver_loses_is_not_tried_any_more() -> None:
    told = begun(tried(NEST, MAIL))
    told.answers[NEST] = [NEVER]
    told.wait(TURN + minutes(2))
    told.edits(tried(MAIL, digest="two"))
    told.wait(TURN)
    assert [line for line in canaries(told) if line.startswith("40")] == [
        "40:00 nest@shop.example first",
        "40:01 nest@shop.example resolved",
    ]
    assert alarms(told) == ["20:31 #ops first", "22:02 #ops resolved"]


def test_an_edit_does_not_try_anew_what_waits_for_its_time() -> None:
    told = begun(tried())
    told.wait(minutes(8))
    told.edits(tried(digest="two"))
    told.wait(minutes(8))
    assert len([line for line in canaries(told) if line.endswith("first")]) == 1


def test_it_does_not_depend_on_how_often_somebody_looks_nor_on_snapshots() -> None:
    often, seldom = Engine(tried()), Engine(tried())
    seen = []
    for n in range(400):
        seen += often.wake(START + seconds(20 * n))
        often = Engine.restore(often.snapshot()) if n % 7 == 0 else often
    found = [one for n in range(15) for one in seldom.wake(START + minutes(9 * n))]
    assert seen == [*found, *seldom.wake(START + seconds(20 * 399))]


def test_after_a_long_time_away_one_is_sent_instead_of_all_that_were_missed() -> None:
    told = begun(tried())
    told.engine.wake(START + minutes(5))
    back = START + minutes(600)
    effects = told.engine.wake(back)
    (sent,) = [e.notification for e in effects if isinstance(e, Notify)]
    assert (sent.reason, sent.incident.opened_at) == (NotifyReason.FIRST, back)
    assert told.engine.next_wake() == back + minutes(10)


def test_one_that_begins_late_has_all_of_its_time() -> None:
    engine = begun(tried()).engine
    engine.wake(START + TURN - minutes(1))
    engine.wake(START + TURN + minutes(8))
    (begun_late,) = engine.canaries()
    assert begun_late.deadline == START + TURN + minutes(18)
    assert not [e for e in engine.wake(START + TURN + minutes(17)) if isinstance(e, Notify)]
    assert [e for e in engine.wake(START + TURN + minutes(19)) if isinstance(e, Notify)]
