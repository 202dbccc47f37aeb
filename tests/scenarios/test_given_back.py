"""An acknowledgement that is taken back: the incident is open, and paged from the start."""

from routing.incident import IncidentState
from tests.scenarios.story import minutes
from tests.scenarios.test_handover import paged


def test_what_is_given_back_is_open_and_pages_from_the_first_level() -> None:
    told = paged()
    told.acknowledges()
    told.told.clear()
    told.gives_back()
    assert told.incident.state is IncidentState.OPEN
    assert "01:00 ana gave it back by PagerDuty" in told.timeline
    told.wait(minutes(10))
    assert told.told == ["01:00 #ops repeat", "01:00 ana repeat", "11:00 bo escalated"]


def test_giving_back_what_nobody_took_changes_nothing() -> None:
    told = paged()
    told.gives_back()
    assert told.told == []
    assert told.reasons[-1] == "not_acknowledged"


def test_giving_back_a_resolved_incident_changes_nothing() -> None:
    told = paged()
    told.ends()
    told.told.clear()
    told.gives_back()
    assert told.told == []
    assert told.incident.state is IncidentState.RESOLVED


def test_a_give_back_that_comes_twice_is_done_once() -> None:
    told = paged()
    told.acknowledges()
    told.gives_back(id_="pagerduty:e1")
    told.acknowledges(by="bo")
    told.gives_back(id_="pagerduty:e1")
    assert told.incident.state is IncidentState.ACKNOWLEDGED
    assert told.reasons[-1] == "repeated"
