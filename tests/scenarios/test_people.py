"""What people do: acknowledge, resolve, and be on call."""

from msgspec.structs import replace

from routing.event import Acknowledge, AlertSeen, Resolve
from routing.incident import IncidentState
from routing.policy import Schedule
from tests.scenarios.story import START, Story, levels, minutes, policy, rota, seconds


def test_escalation_goes_up_until_somebody_acknowledges() -> None:
    story = Story(policy(escalation=levels("ana", "bo", "cai")))
    story.fires()
    story.wait(minutes(15))
    story.acknowledges("bo")
    story.wait(minutes(60))
    assert story.told == [
        "00:30 #ops first",
        "00:30 ana first",
        "10:30 bo escalated",
        "15:00 #ops acknowledged",
        "15:00 ana acknowledged",
        "15:00 bo acknowledged",
    ]
    assert story.incident.acknowledged_by == "bo"


def test_a_repeated_policy_pages_every_level_again() -> None:
    story = Story(policy(escalation=levels("ana", "bo", repeat=1)))
    story.fires()
    story.wait(minutes(90))
    assert story.told[1:] == [
        "00:30 ana first",
        "10:30 bo escalated",
        "20:30 ana repeat",
        "30:30 bo repeat",
    ]


def test_a_second_acknowledgement_is_only_a_line_in_the_timeline() -> None:
    story = Story(policy(escalation=levels("ana")))
    story.fires()
    story.wait(minutes(1))
    story.acknowledges("ana")
    before = len(story.told)
    story.acknowledges("bo")
    story.acknowledges("bo")
    story.acknowledges("ana")
    assert len(story.told) == before
    assert story.incident.acknowledged_by == "ana"
    assert [m.by for m in story.incident.timeline if m.kind == "acknowledged"] == ["ana", "bo"]
    assert story.reasons.count("already_acknowledged") == 2


def test_an_acknowledged_incident_still_tells_of_new_alerts_and_of_its_end() -> None:
    story = Story(policy())
    story.fires(host="a")
    story.wait(minutes(1))
    story.acknowledges()
    story.fires(host="b")
    story.wait(minutes(10))
    story.ends(host="a")
    story.ends(host="b")
    assert [line.split()[2] for line in story.told] == [
        "first",
        "acknowledged",
        "new_alerts",
        "resolved",
    ]


def test_an_incident_taken_before_its_first_page_wakes_nobody_on_call() -> None:
    story = Story(policy(escalation=levels("ana", "bo")))
    story.fires()
    story.wait(seconds(5))
    story.acknowledges("cai")
    story.wait(minutes(60))
    assert story.told == ["00:30 #ops first"]


def test_a_person_who_resolves_tells_all_and_is_not_bothered_while_the_alert_goes_on() -> None:
    story = Story(policy(escalation=levels("ana")))
    story.fires()
    story.wait(minutes(1))
    still_firing = replace(story.alert(), starts_at=START)
    story.resolves("ana")
    assert story.told[2:] == ["01:00 #ops resolved", "01:00 ana resolved"]
    assert "1 alert still firing will open nothing" in story.incident.timeline[-1].text
    story.take(AlertSeen(still_firing))
    story.wait(minutes(60))
    assert len(story.told) == 4
    assert "closed_by_person" in story.reasons
    story.ends()
    story.wait(minutes(5))
    story.fires()
    story.wait(minutes(1))
    assert [line.split(" ", 1)[1] for line in story.told[4:]] == ["#ops first", "ana first"]


def test_another_alert_of_a_group_closed_by_a_person_opens_a_new_incident() -> None:
    story = Story(policy())
    story.fires(host="a")
    story.wait(minutes(1))
    story.resolves()
    story.fires(host="b")
    story.wait(minutes(1))
    assert [line.split()[2] for line in story.told] == ["first", "resolved", "first"]
    assert len(story.incident.alerts) == 1


def test_commands_for_an_unknown_or_resolved_incident_are_explained() -> None:
    story = Story(policy())
    story.take(Acknowledge(incident_id="nosuch", by="ana", via="slack"))
    story.take(Resolve(incident_id="nosuch", by="ana", via="slack"))
    assert story.reasons == ["unknown_incident"] * 2
    story.fires()
    story.wait(minutes(1))
    story.resolves()
    story.resolves("bo")
    story.acknowledges("bo")
    assert story.reasons.count("already_resolved") == 2
    assert story.incident.state is IncidentState.RESOLVED
    assert story.incident.resolved_by == "ana"


def test_a_schedule_pages_whoever_is_on_call_when_the_level_is_reached() -> None:
    schedule = rota("primary", "ana", "bo", hours=1)
    story = Story(
        policy(
            escalation=levels("cai", "schedule:primary", wait=70),
            schedules=(schedule,),
        )
    )
    story.fires()
    story.wait(minutes(120))
    assert story.told[1:] == ["00:30 cai first", "1:10:30 bo escalated"]


def test_nobody_on_call_goes_to_the_next_level_at_once() -> None:
    empty = Schedule(name="primary", time_zone="UTC", layers=())
    story = Story(policy(escalation=levels("schedule:primary", "bo"), schedules=(empty,)))
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first", "00:30 bo first"]
    assert "nobody_on_call" in story.reasons
    assert story.incident.level == 2


def test_nobody_on_call_at_the_last_level_tells_the_receiver() -> None:
    empty = Schedule(name="primary", time_zone="UTC", layers=())
    story = Story(policy(escalation=levels("ana", "schedule:primary"), schedules=(empty,)))
    story.fires()
    story.wait(minutes(60))
    assert story.told == ["00:30 #ops first", "00:30 ana first", "10:30 #ops escalated"]


def test_names_that_stand_for_nobody_are_explained_and_passed_over() -> None:
    story = Story(policy(escalation=levels("zoe", "schedule:none", "receiver:none", "ana")))
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first", "00:30 ana first"]
    assert {"no_user", "no_schedule", "no_receiver"} <= set(story.reasons)
