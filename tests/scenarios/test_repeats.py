"""Repeats: a finder that was killed tells again what it had told, and nobody is told twice."""

import pytest

from routing.arrivals import REMEMBERED
from routing.event import AlertSeen
from routing.incident import IncidentState
from tests.scenarios.story import Story, levels, minutes, policy


class Finder:
    """Tells of anomalies, each under its id; `again` tells all of it once more."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._told: list[AlertSeen] = []

    def fires(self, anomaly: str) -> None:
        self._tell(AlertSeen(self._story.alert(), anomaly))

    def ends(self, anomaly: str) -> None:
        self._tell(AlertSeen(self._story.alert(ends_at=self._story.now), anomaly))

    def again(self) -> None:
        for event in self._told:
            self._story.take(event)

    def _tell(self, event: AlertSeen) -> None:
        self._told.append(event)
        self._story.take(event)


@pytest.fixture
def story() -> Story:
    return Story(policy(escalation=levels("ana")))


@pytest.fixture
def finder(story: Story) -> Finder:
    return Finder(story)


def test_an_anomaly_that_is_told_again_after_its_end_opens_nothing(
    story: Story, finder: Finder
) -> None:
    finder.fires("one")
    story.wait(minutes(2))
    finder.ends("one")
    story.wait(minutes(10))
    told = list(story.told)
    finder.again()
    story.wait(minutes(60))
    assert len(story.incidents) == 1
    assert story.told == told
    assert story.reasons.count("repeated") == 2


def test_the_repeated_end_of_an_anomaly_does_not_end_the_one_after_it(
    story: Story, finder: Finder
) -> None:
    finder.fires("one")
    finder.ends("one")
    story.wait(minutes(10))
    finder.fires("two")
    story.wait(minutes(2))
    started = story.incident.alerts
    finder.again()
    assert len(story.incidents) == 2
    assert story.incident.state is IncidentState.OPEN
    assert story.incident.alerts == started


def test_an_alert_from_outside_may_fire_again_as_often_as_it_likes(story: Story) -> None:
    for _ in range(2):
        story.fires()
        story.wait(minutes(2))
        story.ends()
        story.wait(minutes(10))
    assert len(story.incidents) == 2


def test_ended_anomalies_are_not_remembered_for_ever(story: Story, finder: Finder) -> None:
    finder.fires("spike")
    finder.ends("spike")
    story.wait(REMEMBERED + minutes(1))
    finder.fires("two")
    finder.ends("two")
    assert b'"two"' in story.engine.snapshot()
    assert b'"spike"' not in story.engine.snapshot()
