"""The projection: what the records applied so far say."""

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from config import status as worker_status
from console.projection import Projection
from routing.alert import Severity
from routing.incident import Incident, IncidentState
from tests.console.scene import OPENED, TOPICS, acknowledged, busy_worker, paged_incident, resolved


def applied(*incidents: Incident, resolved_limit: int = 1000) -> Projection:
    projection = Projection(TOPICS, resolved_limit=resolved_limit)
    for incident in incidents:
        value = msgspec.json.encode(incident)
        projection.apply(TOPICS.incidents, incident.id.encode(), value)
    return projection


def test_latest_record_of_an_incident_wins() -> None:
    projection = applied(paged_incident(), acknowledged(paged_incident()))
    found = projection.incident("inc-7f3a9c")
    assert found is not None
    assert found.state is IncidentState.ACKNOWLEDGED
    assert projection.counts() == {"open": 0, "acknowledged": 1, "resolved": 0}


def test_tombstone_removes_an_incident() -> None:
    projection = applied(paged_incident())
    projection.apply(TOPICS.incidents, b"inc-7f3a9c", None)
    assert projection.incidents() == []


def test_oldest_resolved_incidents_beyond_the_limit_are_forgotten() -> None:
    past = [resolved(paged_incident(id=f"r{i}")) for i in range(5)]
    projection = applied(paged_incident(), *past, resolved_limit=2)
    assert {i.id for i in projection.incidents()} == {"inc-7f3a9c", "r3", "r4"}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=40))
def test_limit_holds_and_no_open_incident_is_ever_forgotten(steps: list[tuple[str, bool]]) -> None:
    projection, last = Projection(TOPICS, resolved_limit=2), dict(steps)
    for name, ends in steps:
        incident = paged_incident(id=name, alerts={})
        value = msgspec.json.encode(resolved(incident) if ends else incident)
        projection.apply(TOPICS.incidents, name.encode(), value)
    assert {i.id for i in projection.unresolved()} == {n for n, ends in last.items() if not ends}
    kept = [i.id for i in projection.resolved()]
    assert len(kept) <= 2
    assert all(last[name] for name in kept)
    if steps and steps[-1][1]:
        assert steps[-1][0] in kept


def test_open_come_before_acknowledged_then_the_most_severe_then_the_newest() -> None:
    mild = paged_incident(id="mild", severity=Severity.WARNING)
    newer = paged_incident(id="newer", opened_at=OPENED + timedelta(minutes=1))
    projection = applied(acknowledged(paged_incident(id="taken")), mild, paged_incident(), newer)
    assert [i.id for i in projection.unresolved()] == ["newer", "inc-7f3a9c", "mild", "taken"]


def test_record_that_cannot_be_read_is_counted_and_changes_nothing() -> None:
    projection = applied(paged_incident())
    before = projection.stamp
    for value in (b"{", b'{"id": 1}', b"\xff\xfe"):
        projection.apply(TOPICS.incidents, b"inc-7f3a9c", value)
    projection.apply(TOPICS.workers, b"\xff", worker_status.encode(busy_worker()))
    assert projection.refused == {TOPICS.incidents: 3, TOPICS.workers: 1}
    assert projection.stamp == before
    assert projection.incident("inc-7f3a9c") is not None


def test_worker_is_as_old_as_its_arrival_or_as_it_trails_the_newest() -> None:
    projection = Projection(TOPICS)
    for name, said_at in (("gone", 100.0), ("live", 700.0)):
        status = busy_worker(worker=name, at=said_at)
        projection.apply(TOPICS.workers, name.encode(), worker_status.encode(status), 50.0)
    ages = {view.status.worker: view.age_s for view in projection.workers(now=52.0)}
    assert ages == {"gone": 600.0, "live": 2.0}
    assert [view.is_silent for view in projection.workers(now=52.0)] == [True, False]


def test_stamp_of_an_incident_changes_only_with_that_incident() -> None:
    projection = applied(paged_incident(), paged_incident(id="other"))
    before = projection.stamp_of("other")
    projection.apply(
        TOPICS.incidents, b"inc-7f3a9c", msgspec.json.encode(acknowledged(paged_incident()))
    )
    assert projection.stamp_of("other") == before
    assert projection.stamp_of("inc-7f3a9c") > before


def test_cleared_projection_knows_nothing() -> None:
    projection = applied(paged_incident())
    before = projection.stamp
    projection.clear()
    assert projection.incidents() == []
    assert projection.stamp > before
