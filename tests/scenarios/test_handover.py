"""What people do beyond taking and closing: snooze, reassign, escalate; and acks that expire."""

from datetime import timedelta

from msgspec.structs import replace

from routing.incident import IncidentState
from routing.policy import Policy
from routing.receipt import DeliveryStatus
from tests.scenarios.story import (
    ANA,
    CAI,
    FALLBACK,
    OPS,
    Story,
    levels,
    minutes,
    policy,
    rota,
    seconds,
)


def paged(given: Policy | None = None) -> Story:
    """#ops and ana were told after 30 s; nothing is said of that in `told`."""
    told = Story(given or policy(escalation=levels("ana", "bo", "cai")))
    told.fires()
    told.wait(minutes(1))
    told.told.clear()
    return told


def expiring(after: timedelta) -> Policy:
    return policy(escalation=replace(levels("ana", "bo"), ack_expires=after))


def test_a_snoozed_incident_does_not_escalate_and_pages_from_the_start_when_that_is_over() -> None:
    told = paged()
    told.snoozes(minutes(60))
    assert told.incident.state is IncidentState.ACKNOWLEDGED
    told.wait(minutes(59.9))
    assert told.told == ["01:00 #ops acknowledged", "01:00 ana acknowledged"]
    told.told.clear()
    told.wait(minutes(15))
    assert told.told == [
        "1:01:00 #ops repeat",
        "1:01:00 ana repeat",
        "1:11:00 bo escalated",
    ]
    assert told.incident.state is IncidentState.OPEN
    assert "1:01:00 The snooze is over" in told.timeline


def test_what_ends_while_it_is_snoozed_stays_over() -> None:
    told = paged()
    told.snoozes(minutes(60))
    told.ends()
    told.told.clear()
    told.wait(minutes(120))
    assert told.told == []
    assert told.incident.state is IncidentState.RESOLVED


def test_a_snooze_that_is_over_already_changes_nothing() -> None:
    told = paged()
    told.snoozes(seconds(0))
    assert told.incident.state is IncidentState.OPEN
    assert told.reasons[-1] == "already_snoozed"


def test_a_snooze_can_be_made_longer_and_an_acknowledgement_ends_it() -> None:
    told = paged()
    told.snoozes(minutes(10))
    told.snoozes(minutes(20))
    told.wait(minutes(15))
    assert told.incident.is_snoozed
    told.acknowledges()
    told.wait(minutes(120))
    assert told.incident.state is IncidentState.ACKNOWLEDGED
    assert told.incident.acknowledged_by == "ana"


def test_an_acknowledgement_that_expires_pages_again_and_can_be_given_again() -> None:
    told = paged(expiring(minutes(30)))
    told.acknowledges()
    told.told.clear()
    told.wait(minutes(30))
    assert told.told == ["31:00 #ops repeat", "31:00 ana repeat"]
    told.acknowledges()
    assert told.incident.state is IncidentState.ACKNOWLEDGED
    told.wait(minutes(29))
    assert told.incident.state is IncidentState.ACKNOWLEDGED
    told.wait(minutes(1))
    assert told.incident.state is IncidentState.OPEN


def test_whoever_has_it_can_renew_an_acknowledgement_that_expires() -> None:
    told = paged(expiring(minutes(30)))
    told.acknowledges()
    told.wait(seconds(30))
    told.acknowledges()
    assert told.reasons[-1] == "already_acknowledged"
    told.wait(minutes(20))
    told.told.clear()
    told.acknowledges()
    assert told.incident.timeline[-1].text == "ana again acknowledged by Slack"
    told.wait(minutes(29))
    assert (told.incident.state, told.told) == (IncidentState.ACKNOWLEDGED, [])
    told.wait(minutes(1))
    assert told.told == ["51:30 #ops repeat", "51:30 ana repeat"]


def test_an_old_acknowledgement_that_comes_again_does_not_take_what_was_opened_since() -> None:
    told = paged(expiring(minutes(30)))
    told.acknowledges(id_="press")
    told.wait(minutes(31))
    told.acknowledges(id_="press")
    assert told.incident.state is IncidentState.OPEN
    assert told.reasons[-1] == "repeated"


def test_without_expiry_an_acknowledgement_holds() -> None:
    told = paged()
    told.acknowledges()
    told.wait(timedelta(days=3))
    assert told.incident.state is IncidentState.ACKNOWLEDGED


def test_what_is_opened_again_under_a_silence_pages_when_that_ends() -> None:
    told = paged(expiring(minutes(30)))
    told.acknowledges()
    told.silences(lasts=minutes(60))
    told.told.clear()
    told.wait(minutes(59))
    assert told.told == []
    told.wait(minutes(2))
    assert told.told == ["1:01:00 #ops repeat", "1:01:00 ana repeat"]


def test_a_reassigned_incident_pages_its_new_owner_and_then_goes_on_by_its_policy() -> None:
    told = paged()
    told.reassigns("cai")
    assert told.incident.reassigned_to == "user cai"
    told.wait(minutes(35))
    assert told.told == [
        "01:00 cai escalated",
        "11:00 ana repeat",
        "21:00 bo escalated",
    ]


def test_who_had_a_reassigned_incident_hears_no_more_but_of_its_end() -> None:
    told = paged(policy(escalation=levels("ana", wait=600)))
    told.reassigns("bo")
    told.fires(host="b")
    told.wait(minutes(8))
    assert [line for line in told.told if " ana " in line] == []
    told.ends(host="b")
    told.ends()
    told.wait(minutes(1))
    assert [line for line in told.told if " ana " in line] == ["09:00 ana resolved"]


def test_an_acknowledged_incident_is_open_again_when_it_is_reassigned() -> None:
    told = paged()
    told.acknowledges()
    told.told.clear()
    told.reassigns("ana", by="bo")
    assert told.incident.state is IncidentState.OPEN
    assert told.told == ["01:00 #ops repeat", "01:00 ana repeat"]


def test_an_incident_goes_to_whoever_is_on_call_or_to_another_policy() -> None:
    night = replace(levels("bo", "cai"), name="night")
    given = policy(escalation=levels("ana"), schedules=(rota("primary", "cai"),))
    told = paged(replace(given, escalations=(*given.escalations, night)))
    told.reassigns("primary", "schedule")
    told.wait(minutes(1))
    told.reassigns("night", "policy")
    told.wait(minutes(10))
    assert told.told == ["01:00 cai escalated", "02:00 bo escalated", "12:00 cai repeat"]
    assert told.incident.escalation == night


def test_nobody_of_that_name_leaves_the_incident_as_it_is() -> None:
    told = paged()
    for name, kind in (("zoe", "user"), ("night", "schedule"), ("day", "policy")):
        before = told.incident
        told.reassigns(name, kind)
        assert told.incident == before
        assert told.reasons[-1] == f"no_{kind}"


def test_a_person_escalates_at_once_and_only_from_the_level_that_was_seen() -> None:
    told = paged()
    told.escalates(level=1)
    told.escalates(level=1)
    assert told.told == ["01:00 bo escalated"]
    assert told.reasons[-1] == "already_escalated"
    told.wait(minutes(10))
    assert told.told == ["01:00 bo escalated", "11:00 cai escalated"]


def test_the_last_level_cannot_be_escalated_and_that_is_said() -> None:
    told = paged(policy(escalation=levels("ana")))
    told.escalates()
    assert told.told == []
    assert told.reasons[-1] == "last_level"
    without = paged(policy())
    without.escalates()
    assert without.reasons[-1] == "no_escalation"


def test_escalating_before_the_first_page_pages_now() -> None:
    told = Story(policy(escalation=levels("ana", "bo")))
    told.fires()
    told.escalates()
    assert told.told == ["00:00 #ops first", "00:00 ana first"]


def test_escalating_what_is_taken_opens_it_for_the_next_level() -> None:
    told = paged()
    told.acknowledges()
    told.told.clear()
    told.escalates()
    assert told.told == ["01:00 #ops repeat", "01:00 bo escalated"]
    assert told.incident.state is IncidentState.OPEN


def test_a_command_that_comes_twice_is_done_once_though_others_came_in_between() -> None:
    told = paged()
    told.reassigns("bo", id_="x1")
    told.acknowledges(by="bo")
    told.told.clear()
    told.reassigns("bo", id_="x1")
    assert told.told == []
    assert told.reasons[-1] == "repeated"
    told.wait(timedelta(hours=25))
    told.reassigns("bo", id_="x1")
    assert told.incident.state is IncidentState.OPEN


def test_a_resolved_incident_takes_no_command() -> None:
    told = paged()
    told.resolves()
    told.snoozes(minutes(5))
    told.reassigns("bo")
    told.escalates()
    assert told.reasons[-3:] == ["already_resolved"] * 3
    assert told.incident.state is IncidentState.RESOLVED


def test_what_is_opened_again_and_reaches_nobody_tells_the_root_or_is_said_to_be_lost() -> None:
    told = Story(policy(escalation=replace(levels("ana"), ack_expires=minutes(30))))
    for contact in (OPS, ANA, FALLBACK):
        told.answers[contact] = [DeliveryStatus.FAILED_PERMANENT]
    told.fires()
    told.wait(seconds(30))
    told.acknowledges()
    told.wait(minutes(20))
    assert "nobody_left" not in told.reasons
    told.told.clear()
    told.wait(minutes(15))
    assert told.told == ["30:30 root@example.org escalated"]
    assert told.reasons[-1] == "nobody_left"


def test_whoever_gave_it_away_is_not_counted_on_when_nobody_else_can_be_told() -> None:
    told = Story(policy())
    told.answers[ANA] = [DeliveryStatus.FAILED_TEMPORARY]
    for contact in (OPS, CAI):
        told.answers[contact] = [DeliveryStatus.FAILED_PERMANENT]
    told.fires()
    told.wait(seconds(20))
    told.reassigns("ana")
    told.wait(seconds(20))
    told.reassigns("cai")
    told.wait(seconds(5))
    assert told.told[-1] == "00:41 root@example.org escalated"


def test_who_gave_it_away_hears_of_its_end_and_not_who_took_it() -> None:
    told = paged()
    told.reassigns("cai")
    told.wait(minutes(1))
    told.acknowledges("cai")
    told.wait(minutes(5))
    assert [line for line in told.told if line.endswith("acknowledged")] == [
        "02:00 #ops acknowledged",
        "02:00 cai acknowledged",
    ]
    told.ends()
    assert {line.split()[1] for line in told.told if line.endswith("resolved")} == {
        "#ops",
        "ana",
        "cai",
    }


def test_a_page_on_its_way_to_who_gave_it_away_is_not_tried_again() -> None:
    told = Story(policy(escalation=levels("ana", "bo")))
    told.answers[ANA] = [DeliveryStatus.FAILED_TEMPORARY]
    told.fires()
    told.wait(seconds(32))
    told.reassigns("cai")
    told.wait(minutes(9))
    assert len([line for line in told.told if " ana " in line]) == 1
