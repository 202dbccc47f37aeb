"""The life of an incident: the table, and what the timeline keeps."""

import pytest
from msgspec.structs import replace

from routing import lifecycle
from routing.alert import Alert, Evidence, Point, Severity
from routing.incident import Incident, IncidentState, Moment
from routing.lifecycle import LONGEST_TIMELINE, MOST_PICTURES, NEXT, Trigger
from routing.policy import Route
from tests.scenarios.story import START, minutes, seconds


def alert(severity: Severity = Severity.ERROR, summary: str = "", **labels: str) -> Alert:
    annotations = {"summary": summary} if summary else {}
    return Alert(labels=labels, severity=severity, starts_at=START, annotations=annotations)


def incident(sequence: int = 0, first: Alert | None = None) -> Incident:
    return lifecycle.begin(
        group_key="gk1:root:{}",
        group_labels={},
        route=Route(path="root", receiver="ops"),
        escalation=None,
        fingerprint="a",
        alert=first or alert(service="api"),
        sequence=sequence,
        now=START,
    )


def test_nothing_leads_out_of_resolved() -> None:
    assert not [state for state, _ in NEXT if state is IncidentState.RESOLVED]
    over = lifecycle.end(incident(), START)
    assert lifecycle.acknowledge(over, by="ana", via="slack", now=START) is over
    assert lifecycle.close(over, by="ana", via="slack", now=START) is over
    assert lifecycle.end(over, START) is over


@pytest.mark.parametrize("state", [IncidentState.OPEN, IncidentState.ACKNOWLEDGED])
@pytest.mark.parametrize("trigger", list(Trigger))
def test_every_trigger_is_known_while_the_incident_is_not_over(
    state: IncidentState, trigger: Trigger
) -> None:
    assert (state, trigger) in NEXT


def test_ids_differ_by_key_instant_and_sequence_and_are_short() -> None:
    ids = {incident(0).id, incident(1).id, incident(2).id}
    assert len(ids) == 3
    assert {len(id_) for id_ in ids} == {10}
    assert incident(1).id == incident(1).id


def test_a_title_is_the_summary_else_severity_and_labels() -> None:
    assert incident(first=alert(summary="Checkout is slow")).title == "Checkout is slow"
    assert incident(first=alert(service="api", host="a")).title == 'Error: host="a", service="api"'


def test_the_title_of_what_is_over_is_that_of_all_its_alerts() -> None:
    first = alert(summary="Carts are slow")
    both = lifecycle.with_alert(incident(first=first), "b", alert(summary="Carts fail"), START)
    over = both
    for fingerprint, each in both.alerts.items():
        ended = replace(each, ends_at=START + minutes(5))
        over = lifecycle.with_alert(over, fingerprint, ended, START + minutes(5))
    assert not over.firing
    assert over.title == both.title == "Carts are slow (and 1 more)"


def test_the_title_is_that_of_the_worst_firing_alert() -> None:
    worse = alert(Severity.CRITICAL, "Payments are down")
    both = lifecycle.with_alert(incident(), "b", worse, START)
    assert both.title == "Payments are down (and 1 more)"
    assert both.severity is Severity.CRITICAL
    ended = lifecycle.with_alert(both, "b", replace(worse, ends_at=START), START)
    assert ended.title == 'Error: service="api"'
    assert ended.severity is Severity.CRITICAL, "the worst it ever was"


def test_an_alert_seen_again_unchanged_changes_nothing_and_keeps_its_start() -> None:
    one = incident()
    assert lifecycle.with_alert(one, "a", alert(service="api"), START) is one
    later = replace(alert(service="api"), starts_at=START + minutes(5))
    assert lifecycle.with_alert(one, "a", later, START) is one


def test_the_timeline_is_capped_and_keeps_its_first_line() -> None:
    one = incident()
    for second in range(LONGEST_TIMELINE + 50):
        at = START + seconds(second)
        one = lifecycle.note(one, Moment(at=at, kind="told", text=str(second)))
    assert len(one.timeline) == LONGEST_TIMELINE
    assert one.timeline[0].kind == "opened"
    assert one.timeline[-1].text == str(LONGEST_TIMELINE + 49)
    assert one.timeline[1].text == "51"


def test_only_the_first_alerts_of_a_crowd_keep_their_pictures() -> None:
    evidence = Evidence(
        series="s",
        value=9.0,
        expected=1.0,
        lower=0.0,
        upper=2.0,
        p_value=1e-9,
        points=(Point(at=0.0, value=9.0),),
    )
    one = incident()
    for number in range(MOST_PICTURES + 5):
        pictured = replace(alert(host=str(number)), evidence=evidence)
        one = lifecycle.with_alert(one, f"fp{number}", pictured, START)
        assert lifecycle.with_alert(one, f"fp{number}", pictured, START) is one
    kept = [a for a in one.alerts.values() if a.evidence and a.evidence.points]
    assert len(kept) == MOST_PICTURES - 1, "the alert that opened it had none"
    assert list(one.alerts)[1:MOST_PICTURES] == [
        fp for fp, a in one.alerts.items() if a.evidence and a.evidence.points
    ]


def test_an_alert_that_ends_keeps_what_was_found_and_takes_the_newest_picture() -> None:
    def found(value: float, *points: Point) -> Evidence:
        return Evidence(
            series="load",
            value=value,
            expected=50,
            lower=40,
            upper=60,
            p_value=1e-9,
            points=points,
        )

    first = replace(alert(summary="load is 500"), evidence=found(500, Point(1, 500)))
    calm = replace(
        alert(summary="load is 50"),
        evidence=found(50, Point(1, 500), Point(2, 50)),
        ends_at=START + seconds(5),
    )
    over = lifecycle.with_alert(incident(first=first), "a", calm, START + seconds(5))
    (ended,) = over.alerts.values()
    assert ended.annotations == {"summary": "load is 500"}
    assert ended.evidence == found(500, Point(1, 500), Point(2, 50))
