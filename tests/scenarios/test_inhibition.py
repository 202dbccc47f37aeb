"""Alerts that follow from others: nobody is told while those fire, and no end is lost."""

from msgspec.structs import replace

from routing.effect import Explain
from routing.engine import Engine
from routing.incident import IncidentState
from routing.labels import Matcher
from routing.policy import Inhibition, Policy
from tests.scenarios.story import Story, levels, minutes, policy, seconds

RULE = Inhibition(
    name="host-down",
    source=(Matcher(name="service", op="=", value="host"),),
    target=(Matcher(name="service", op="!=", value="host"),),
    equal=("rack",),
)


def inhibiting(*rules: Inhibition) -> Policy:
    made = policy(escalation=levels("ana", "bo"))
    return replace(made, inhibitions=rules or (RULE,), digest="inhibiting")


def texts(story: Story, reason: str) -> list[str]:
    found = (effect for effect in story.effects if isinstance(effect, Explain))
    return [effect.text for effect in found if effect.reason == reason]


def test_what_follows_from_another_alert_is_not_told_and_why_is_said() -> None:
    story = Story(inhibiting())
    story.fires(service="host", rack="1")
    story.fires(service="api", rack="1")
    story.wait(minutes(30))
    assert story.told == [
        "00:30 #ops first",
        "00:30 ana first",
        "10:30 bo escalated",
    ]
    (said,) = texts(story, "inhibited")
    assert said == (
        'Muted by inhibition host-down {rack="1"}, while there is '
        'rack="1", service="host", severity="critical".'
    )


def test_an_alert_elsewhere_is_told() -> None:
    story = Story(inhibiting())
    story.fires(service="host", rack="1")
    story.fires(service="api", rack="2")
    story.wait(minutes(1))
    assert len(story.told) == 4


def test_what_still_fires_when_its_cause_ends_is_told_after_group_wait() -> None:
    story = Story(inhibiting())
    story.fires(service="host", rack="1")
    story.fires(service="api", rack="1")
    story.wait(minutes(10))
    story.told.clear()
    story.ends(service="host", rack="1")
    assert not texts(story, "unsilenced")
    story.wait(seconds(29))
    assert "first" not in " ".join(story.told)
    story.wait(seconds(2))
    assert [told for told in story.told if "first" in told] == [
        "10:30 #ops first",
        "10:30 ana first",
    ]


def test_what_ends_with_its_cause_is_never_told() -> None:
    story = Story(inhibiting())
    story.fires(service="host", rack="1")
    story.fires(service="api", rack="1")
    story.wait(minutes(1))
    story.ends(service="host", rack="1")
    story.wait(seconds(20))
    story.ends(service="api", rack="1")
    story.wait(minutes(10))
    told = {n.incident.group_labels["service"] for n in story.notifications}
    assert told == {"host"}


def test_who_was_told_before_the_cause_fired_is_told_of_the_end_while_it_fires() -> None:
    story = Story(inhibiting())
    story.fires(service="api", rack="1")
    story.wait(minutes(1))
    story.fires(service="host", rack="1")
    story.wait(minutes(1))
    story.told.clear()
    story.ends(service="api", rack="1")
    story.wait(seconds(5))
    assert story.told == ["02:00 #ops resolved", "02:00 ana resolved"]


def test_a_group_with_an_inhibited_alert_that_fires_is_not_called_resolved() -> None:
    story = Story(inhibiting())
    story.fires(service="api", rack="1")
    story.fires(service="api", rack="2")
    story.wait(minutes(1))
    story.fires(service="host", rack="1")
    story.ends(service="api", rack="2")
    story.wait(minutes(20))
    states = [i.state for i in story.incidents.values() if i.group_labels["service"] == "api"]
    assert states == [IncidentState.OPEN]


def test_escalation_waits_while_the_cause_fires() -> None:
    story = Story(inhibiting())
    story.fires(service="api", rack="1")
    story.wait(minutes(5))
    story.fires(service="host", rack="1")
    story.wait(minutes(20))
    api = [n for n in story.notifications if n.incident.group_labels["service"] == "api"]
    assert "bo" not in {n.contact.address for n in api}
    story.ends(service="host", rack="1")
    story.wait(minutes(6))
    api = [n for n in story.notifications if n.incident.group_labels["service"] == "api"]
    assert "bo" in {n.contact.address for n in api}


def test_inhibited_alerts_do_not_page_after_a_restart() -> None:
    story = Story(inhibiting())
    story.fires(service="host", rack="1")
    story.fires(service="api", rack="1")
    story.wait(seconds(10))
    story.engine = Engine.restore(story.engine.snapshot())
    story.fires(service="api", rack="1")
    story.wait(minutes(60))
    told = {n.incident.group_labels["service"] for n in story.notifications}
    assert told == {"host"}


def test_other_rules_take_effect_at_once() -> None:
    story = Story(inhibiting())
    story.fires(service="host", rack="1")
    story.fires(service="api", rack="1")
    story.wait(minutes(1))
    story.told.clear()
    story.edits(policy(escalation=levels("ana", "bo"), digest="none"))
    story.wait(seconds(1))
    assert [told for told in story.told if "first" in told] == [
        "01:00 #ops first",
        "01:00 ana first",
    ]


def test_a_cause_that_a_person_closed_mutes_no_more() -> None:
    story = Story(inhibiting())
    story.fires(service="api", rack="1")
    story.fires(service="host", rack="1")
    story.wait(minutes(1))
    assert story.incident.group_labels["service"] == "host"
    story.resolves()
    story.wait(minutes(1))
    told = {n.incident.group_labels["service"] for n in story.notifications}
    assert told == {"host", "api"}
