"""Storms: thousands of alerts are a few messages, bounded in size and in number."""

from datetime import timedelta

import msgspec

from routing.alert import Severity
from routing.brief import MOST
from routing.channels.summary import summarise
from routing.effect import Publish
from routing.engine import Engine
from routing.event import AlertSeen
from routing.publishing import FEW
from tests.scenarios.story import Story, levels, minutes, policy, seconds

MANY = 2000


def storm(told: Story, number: int = MANY, **labels: str) -> None:
    """So many alerts of one cause within a minute."""
    for n in range(number):
        told.wait(timedelta(minutes=1) / number)
        told.fires(**labels, host=f"h{n}")


def test_a_storm_is_one_page_and_then_news_each_group_interval() -> None:
    told = Story(policy(escalation=levels("ana", wait=60)))
    storm(told)
    told.wait(minutes(10))
    assert told.told == [
        "00:30 #ops first",
        "00:30 ana first",
        "05:30 #ops new_alerts",
        "05:30 ana new_alerts",
    ]
    assert told.incident.title.endswith(f"(and {MANY - 1} more)")


def test_a_storm_that_ends_is_told_once() -> None:
    told = Story(policy())
    storm(told)
    told.wait(minutes(10))
    told.told.clear()
    for n in range(MANY):
        told.ends(host=f"h{n}")
    assert told.told == ["11:00 #ops resolved"]
    assert not told.incident.firing


def test_a_large_incident_is_shown_less_often_the_larger_it_is() -> None:
    told = Story(policy())
    storm(told)
    shown = [effect.incident for effect in told.effects if isinstance(effect, Publish)]
    assert len(shown) < 2 * FEW
    assert sum(len(incident.alerts) for incident in shown) < MANY * FEW
    told.wait(timedelta(milliseconds=MANY))
    assert len(told.incident.alerts) == MANY


def test_what_is_put_off_is_shown_after_a_restart_too() -> None:
    told = Story(policy())
    storm(told)
    told.engine = Engine.restore(told.engine.snapshot())
    told.wait(timedelta(milliseconds=MANY))
    assert len(told.incident.alerts) == MANY


def test_what_a_person_does_in_a_storm_is_shown_at_once() -> None:
    told = Story(policy())
    storm(told)
    told.acknowledges()
    assert told.incident.acknowledged_by == "ana"
    assert len(told.incident.alerts) == MANY


def test_a_worse_alert_in_a_storm_is_shown_at_once() -> None:
    told = Story(policy())
    for n in range(MANY):
        told.fires("warning", host=f"h{n}")
    told.wait(seconds(40))
    told.fires("critical", host="worse")
    assert told.incident.severity is Severity.CRITICAL
    assert told.incident.title.startswith("Critical")


def test_an_alert_told_again_in_a_storm_shows_nothing() -> None:
    told = Story(policy())
    storm(told)
    told.wait(minutes(1))
    assert told.engine.handle(AlertSeen(told.incident.firing[0]), told.now) == []


def test_a_message_of_a_storm_has_the_foremost_alerts_and_a_count_of_the_others() -> None:
    told = Story(policy())
    for n in range(MANY):
        told.fires("warning", host=f"h{n}")
    told.fires("critical", host="worse")
    told.wait(seconds(31))
    shown = told.notifications[-1].incident
    assert len(shown.alerts) == MOST
    assert shown.firing_count == MANY + 1
    assert next(iter(shown.alerts.values())).severity is Severity.CRITICAL
    more = summarise(told.notifications[-1]).more
    assert more.startswith(f"{MANY} more alerts are firing with it (host: h")
    assert more.endswith(" and others).")
    assert len(told.incident.alerts) == MANY + 1
    assert len(msgspec.json.encode(told.notifications[-1])) < 400 * MOST


def test_what_a_second_person_does_to_a_large_incident_is_shown_at_once() -> None:
    told = Story(policy())
    for n in range(FEW + 50):
        told.fires(host=str(n))
    told.wait(minutes(1))
    told.acknowledges("ana")
    told.acknowledges("bo")
    assert told.timeline[-1] == "01:00 bo also acknowledged by Slack"
