"""Channels that fail: retries, the next level, and nothing lost."""

from datetime import timedelta

from routing.event import ReceiptSeen
from routing.receipt import DeliveryStatus, Receipt
from tests.scenarios.story import (
    ANA,
    BO,
    FALLBACK,
    OPS,
    Story,
    later,
    levels,
    minutes,
    policy,
    seconds,
)

PERMANENT = DeliveryStatus.FAILED_PERMANENT
TEMPORARY = DeliveryStatus.FAILED_TEMPORARY
SENT = DeliveryStatus.SENT


def test_a_temporary_failure_is_retried_with_growing_waits() -> None:
    story = Story(policy())
    story.answers[OPS] = [TEMPORARY, TEMPORARY, TEMPORARY, SENT]
    story.fires()
    story.wait(minutes(30))
    assert story.told == [
        "00:30 #ops first",
        "00:36 #ops first (attempt 2)",
        "00:47 #ops first (attempt 3)",
        "01:08 #ops first (attempt 4)",
    ]
    ids = [told.id for told in story.notifications]
    assert ids[1:] == [f"{ids[0]}#{attempt}" for attempt in (2, 3, 4)]
    assert {told.sequence for told in story.notifications} == {0}


def test_a_retry_waits_as_long_as_the_provider_asks() -> None:
    story = Story(policy())
    story.answers[OPS] = [later(minutes(2)), SENT]
    story.fires()
    story.wait(minutes(30))
    assert story.told == ["00:30 #ops first", "02:31 #ops first (attempt 2)"]


def test_a_dead_contact_passes_the_page_to_the_next_level_at_once() -> None:
    story = Story(policy(escalation=levels("ana", "bo")))
    story.answers[ANA] = [PERMANENT]
    story.fires()
    story.wait(minutes(9))
    assert story.told == ["00:30 #ops first", "00:30 ana first", "00:31 bo escalated"]
    assert "undeliverable" in story.reasons
    assert any(moment.kind == "undeliverable" for moment in story.incident.timeline)


def test_retries_used_up_pass_the_page_to_the_next_level() -> None:
    story = Story(policy(escalation=levels("ana", "bo", wait=30)))
    story.answers[ANA] = [TEMPORARY]
    story.fires()
    story.wait(minutes(2))
    assert [line for line in story.told if " ana " in line][-1] == "01:49 ana first (attempt 5)"
    assert story.told[-1] == "01:50 bo escalated"


def test_a_dead_receiver_does_not_climb_past_a_level_that_hears() -> None:
    story = Story(policy(escalation=levels("ana", "bo")))
    story.answers[OPS] = [PERMANENT]
    story.fires()
    story.wait(minutes(9))
    assert story.told == ["00:30 #ops first", "00:30 ana first"]
    assert "undeliverable" in story.reasons


def test_without_escalation_the_next_contact_is_told() -> None:
    story = Story(policy())
    story.answers[OPS] = [PERMANENT]
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first", "00:31 root@example.org escalated"]


def test_when_nobody_is_left_it_is_said() -> None:
    story = Story(policy(escalation=levels("ana")))
    for contact in (OPS, ANA, FALLBACK):
        story.answers[contact] = [PERMANENT]
    story.fires()
    story.wait(minutes(5))
    assert "nobody_left" in story.reasons
    story.ends()
    assert not any("resolved" in line for line in story.told)


def test_a_contact_whose_retries_were_used_up_is_tried_again_at_the_next_tick() -> None:
    story = Story(policy())
    story.answers[OPS] = [TEMPORARY] * 5 + [SENT]
    story.answers[FALLBACK] = [PERMANENT]
    story.fires()
    story.wait(minutes(20))
    assert [line for line in story.told if "#ops" in line][-1] == "05:30 #ops first"


def test_a_contact_that_was_given_up_hears_of_it_once_it_is_over() -> None:
    story = Story(policy())
    story.answers[OPS] = [TEMPORARY] * 5 + [TEMPORARY] * 7 + [SENT]
    story.answers[FALLBACK] = [PERMANENT]
    story.fires()
    story.wait(minutes(3))  # the attempts are used up, and the next tick is not due
    story.ends()
    story.wait(minutes(30))
    told = [line for line in story.told if "#ops" in line]
    assert "#ops first (attempt 5)" in told[4]
    assert "#ops resolved" in told[5]
    assert "#ops resolved (attempt 8)" in told[-1]
    assert len(told) == 13


def test_reminders_and_acknowledgements_skip_a_contact_that_never_worked() -> None:
    story = Story(policy(escalation=levels("ana", "bo")))
    story.answers[ANA] = [PERMANENT]
    story.fires()
    story.wait(minutes(60 * 5))
    story.acknowledges("bo")
    story.ends()
    about_ana = [line for line in story.told if " ana " in line]
    assert about_ana == ["00:30 ana first"]
    assert story.told[-2:] == ["5:00:00 #ops resolved", "5:00:00 bo resolved"]


def test_a_page_still_being_retried_is_replaced_by_the_resolve() -> None:
    story = Story(policy())
    story.answers[OPS] = [later(minutes(10)), SENT]
    story.fires()
    story.wait(minutes(1))
    story.ends()
    story.wait(minutes(30))
    assert story.told == ["00:30 #ops first", "01:00 #ops resolved"]


def test_a_resolve_is_retried_for_as_long_as_it_takes() -> None:
    story = Story(policy())
    story.answers[OPS] = [SENT] + [TEMPORARY] * 20 + [SENT]
    story.fires()
    story.wait(minutes(1))
    story.ends()
    story.wait(minutes(60 * 3))
    assert story.told[-1].endswith("resolved (attempt 21)")
    assert story.reasons.count("undeliverable") == 1
    assert story.engine.incidents() == ()


def test_a_resolved_incident_is_forgotten_after_a_day_even_without_a_receipt() -> None:
    story = Story(policy())
    story.answers[OPS] = [SENT, TEMPORARY]
    story.fires()
    story.wait(minutes(1))
    story.ends()
    story.wait(timedelta(hours=23))
    assert len(story.engine.incidents()) == 1
    story.wait(timedelta(hours=2))
    assert story.engine.incidents() == ()
    assert story.engine.next_wake() is None


def test_a_page_that_turns_out_delivered_after_the_resolve_is_followed_by_one() -> None:
    story = Story(policy())
    story.answers[OPS] = [PERMANENT]
    story.answers[FALLBACK] = [SENT, later(minutes(30))]
    story.fires()
    story.wait(minutes(3))
    story.ends()
    assert story.told[-1] == "03:00 root@example.org resolved"
    first = story.notifications[0]
    last = next(told for told in reversed(story.notifications) if told.contact == OPS)
    sent = Receipt(notification_id=last.id, incident_id=first.incident.id, contact=OPS, status=SENT)
    story.wait(seconds(5))
    story.take(ReceiptSeen(sent))
    assert story.told[-1] == "03:05 #ops resolved"


def test_a_receipt_that_comes_twice_changes_nothing() -> None:
    story = Story(policy(escalation=levels("ana", "bo", "cai")))
    story.answers[ANA] = [PERMANENT]
    story.answers[BO] = [later(minutes(5), BO)]
    story.fires()
    story.wait(minutes(1))
    seen = len(story.told)
    failed = Receipt(
        notification_id=next(t.id for t in story.notifications if t.contact == ANA),
        incident_id=story.incident.id,
        contact=ANA,
        status=PERMANENT,
        attempt=1,
    )
    before = story.incident
    story.take(ReceiptSeen(failed))
    assert len(story.told) == seen
    assert story.incident == before


def test_an_end_that_nobody_took_for_a_day_is_said_when_it_is_forgotten() -> None:
    story = Story(policy())
    story.fires()
    story.wait(minutes(1))
    story.answers[OPS] = [DeliveryStatus.FAILED_TEMPORARY]
    story.ends()
    story.wait(minutes(24 * 60 + 1))
    assert story.reasons[-1] == "never_told"
    assert story.engine.incidents() == ()


def test_an_end_that_a_channel_refuses_is_said_to_be_lost_at_once() -> None:
    story = Story(policy(escalation=levels("ana", "bo")))
    story.fires()
    story.wait(minutes(1))
    story.answers[OPS] = [PERMANENT]
    story.ends()
    story.wait(minutes(1))
    assert story.reasons.count("never_told") == 1
    assert [line for line in story.told if " bo " in line] == []
    assert story.engine.incidents() == ()
