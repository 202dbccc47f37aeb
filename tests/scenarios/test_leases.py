"""Alerts that end by themselves unless they are told again, as Prometheus sends them."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from routing.engine import Engine
from routing.event import AlertSeen
from routing.incident import IncidentState
from routing.lease import Lease, merged
from tests.scenarios.story import START, Story, minutes, policy, seconds


def lease(story: Story, lasts: timedelta, *, is_timeout: bool = False, **labels: str) -> None:
    alert = story.alert(ends_at=story.now + lasts, **labels)
    story.take(AlertSeen(alert, is_timeout=is_timeout))


def test_an_alert_ends_when_it_is_not_told_again() -> None:
    story = Story(policy())
    lease(story, minutes(4))
    story.wait(minutes(10))
    assert story.told == ["00:30 #ops first", "04:00 #ops resolved"]


def test_an_alert_that_is_told_again_goes_on() -> None:
    story = Story(policy())
    for _ in range(20):
        lease(story, minutes(4))
        story.wait(minutes(1))
    assert story.told == ["00:30 #ops first"]
    assert story.incident.state is IncidentState.OPEN
    story.wait(minutes(4))
    assert story.told[1:] == ["23:00 #ops resolved"]


def test_an_end_that_is_said_replaces_one_that_nobody_said() -> None:
    story = Story(policy())
    lease(story, minutes(5), is_timeout=True)
    story.wait(minutes(1))
    lease(story, minutes(2))
    story.wait(minutes(9))
    assert story.told == ["00:30 #ops first", "03:00 #ops resolved"]


def test_an_alert_that_is_said_to_have_ended_ends_at_once() -> None:
    story = Story(policy())
    lease(story, minutes(60))
    story.wait(minutes(1))
    story.ends()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first", "01:00 #ops resolved"]


def test_an_alert_without_an_end_takes_the_end_away() -> None:
    story = Story(policy())
    lease(story, minutes(2))
    story.wait(minutes(1))
    story.fires()
    story.wait(minutes(30))
    assert story.incident.state is IncidentState.OPEN


def test_an_alert_ends_on_time_after_a_restart() -> None:
    story = Story(policy())
    lease(story, minutes(4))
    story.wait(minutes(1))
    story.engine = Engine.restore(story.engine.snapshot())
    assert story.engine.next_wake() == START + minutes(4)
    story.wait(minutes(4))
    assert story.told[1:] == ["04:00 #ops resolved"]


def test_an_anomaly_ends_when_it_is_told_whatever_the_clock_of_the_data_says() -> None:
    story = Story(policy())
    story.take(AlertSeen(story.alert(), anomaly="a1"))
    story.wait(minutes(1))
    story.take(AlertSeen(story.alert(ends_at=story.now + minutes(60)), anomaly="a1"))
    story.wait(seconds(5))
    assert story.told == ["00:30 #ops first", "01:00 #ops resolved"]


OLD = Story(policy()).alert(ends_at=START + seconds(50))


@pytest.mark.parametrize(
    ("about", "start", "end", "now", "is_timeout", "merged_start", "merged_end"),
    [
        ("the earliest start, the later end", 10, 60, 20, False, 0, 60),
        ("an end that was said stays", 10, 40, 20, False, 0, 50),
        ("one that nobody said goes", 10, 40, 20, True, 0, 40),
        ("ended now", 10, 20, 20, False, 0, 20),
        ("both ended", 10, 40, 55, False, 0, 50),
        ("apart", 50, 60, 55, False, 50, 60),
    ],
)
def test_two_forms_of_an_alert_are_merged_as_alertmanager_does(
    about: str,
    start: int,
    end: int,
    now: int,
    is_timeout: bool,
    merged_start: int,
    merged_end: int,
) -> None:
    at = START + seconds(now)
    has_ended = START + seconds(50) <= at
    known = None if has_ended else Lease(START + seconds(50), is_timeout)
    old = OLD if has_ended else replace(OLD, ends_at=None)
    new = replace(OLD, starts_at=START + seconds(start), ends_at=START + seconds(end))
    found = merged(old, known, new, at)
    assert found.starts_at == START + seconds(merged_start), about
    assert found.ends_at == START + seconds(merged_end), about


def test_what_a_person_closed_is_forgotten_when_its_lease_ends() -> None:
    story = Story(policy())
    alert = story.alert(ends_at=story.now + minutes(4))
    story.take(AlertSeen(alert))
    story.wait(minutes(1))
    story.resolves()
    story.take(AlertSeen(replace(alert, ends_at=story.now + minutes(4))))
    assert story.reasons[-1] == "closed_by_person"
    story.wait(minutes(60))
    assert json.loads(story.engine.snapshot())["closed"] == {}
