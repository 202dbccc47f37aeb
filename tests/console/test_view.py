"""The sentences about an incident."""

from datetime import timedelta

import msgspec
import pytest

from console import evidence, story, view
from routing.alert import Part
from routing.incident import Incident, Moment
from routing.policy import Contact
from tests.console.scene import (
    OPENED,
    acknowledged,
    errors_incident,
    latency_alert,
    paged_incident,
    resolved,
)

NEXT = [
    pytest.param(
        paged_incident(),
        "If nobody takes it, level 2 (user bruno) is told at 14 March 03:07:11 UTC.",
        id="a level is left",
    ),
    pytest.param(
        paged_incident(level=2),
        "If nobody takes it, level 1 (schedule shop-primary) is told again "
        "at 14 March 03:07:11 UTC.",
        id="a round is left",
    ),
    pytest.param(
        paged_incident(level=2, round=1),
        "All of 2 levels have been told. Nobody else will be: please take it.",
        id="nothing is left",
    ),
    pytest.param(
        paged_incident(escalation=None),
        "Only the receiver is told: it has no escalation. Data that recovers resolves it.",
        id="no escalation",
    ),
    pytest.param(
        acknowledged(paged_incident()),
        "Escalation has stopped. It resolves by itself when the data recovers.",
        id="acknowledged",
    ),
    pytest.param(
        resolved(paged_incident()),
        "Nothing more happens. If it comes back, it is a new incident.",
        id="resolved",
    ),
]


@pytest.mark.parametrize(("incident", "sentence"), NEXT)
def test_what_happens_next_is_one_sentence(incident: Incident, sentence: str) -> None:
    assert view.what_next(incident) == sentence


def test_standing_says_who_has_it_and_how_long_it_took() -> None:
    assert view.standing(paged_incident()) == "Open. Nobody has taken it yet."
    assert view.standing(acknowledged(paged_incident())) == "Ana Reis has taken it."
    by_ana = msgspec.structs.replace(resolved(paged_incident()), resolved_by="Ana Reis")
    assert view.standing(by_ana) == "Resolved by Ana Reis after 12 min."


def test_who_was_not_reached_is_named_before_who_was() -> None:
    assert view.who_knows(paged_incident()) == (
        "not reached: ana (Email); told: ana (PagerDuty), #shop-alerts (Slack)"
    )
    assert view.who_knows(paged_incident(deliveries=())) == "nobody told yet"
    assert view.who_knows(resolved(paged_incident(deliveries=()))) == "nobody was told"


def test_service_comes_from_group_labels_or_else_from_alerts() -> None:
    assert view.service(paged_incident()) == "checkout"
    alerts = {str(i): latency_alert(labels={"service": f"s{i}"}) for i in range(5)}
    many = paged_incident(group_labels={}, alerts=alerts)
    assert view.service(many) == "s0, s1, s2 and 2 more"
    assert view.service(paged_incident(group_labels={}, alerts={})) == ""


def test_runbook_is_only_ever_a_web_address() -> None:
    assert view.runbook(paged_incident()).startswith("https://wiki.example/")
    hostile = latency_alert(annotations={"runbook_url": "javascript:alert(1)"})
    assert view.runbook(paged_incident(alerts={"a": hostile})) == ""


def test_firing_alerts_come_before_ended_ones_with_their_own_fingerprints() -> None:
    ended = latency_alert(ends_at=OPENED + timedelta(minutes=4))
    alerts = evidence.alerts(paged_incident(alerts={"gone": ended, "here": latency_alert()}))
    assert [(a.fingerprint, a.lasted) for a in alerts] == [("here", ""), ("gone", "4 min")]


def test_shares_outside_their_range_are_kept_within_it() -> None:
    alert = latency_alert()
    assert alert.evidence is not None
    parts = tuple(Part(detector="cusum", p_value=1e-3, share=share) for share in (-1.0, 7.0))
    told = msgspec.structs.replace(alert.evidence, parts=parts)
    shown = evidence.alerts(
        paged_incident(alerts={"a": msgspec.structs.replace(alert, evidence=told)})
    )
    assert [part.percent for part in shown[0].parts] == [0, 100]


def test_silence_is_shown_without_odds() -> None:
    alert = latency_alert()
    assert alert.evidence is not None
    silence = msgspec.structs.replace(alert.evidence, value=None)
    shown = evidence.alerts(
        paged_incident(alerts={"a": msgspec.structs.replace(alert, evidence=silence)})
    )
    assert shown[0].parts == ()
    assert "By chance" not in dict(shown[0].figures)


def test_timeline_is_newest_first_and_names_whom_the_sentence_does_not() -> None:
    moment = Moment(
        at=OPENED + timedelta(hours=1),
        kind="sent",
        text="It was escalated.",
        by="tocsin",
        contact=Contact("jira", "OPS"),
    )
    incident = paged_incident(timeline=(moment, *paged_incident().timeline))
    lines = story.timeline(incident)
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    assert lines[0].who == "jira OPS, tocsin"
    assert lines[2].who == ""


def test_incident_without_evidence_has_no_picture() -> None:
    bare = latency_alert(evidence=None)
    assert evidence.picture(bare, width=360, height=200) == ""
    assert evidence.alerts(paged_incident(alerts={"a": bare}))[0].figures == ()


def test_incident_of_errors_is_taken() -> None:
    assert view.standing(errors_incident()) == "bruno has taken it."


def test_what_is_snoozed_says_so_and_when_it_is_open_again() -> None:
    until = OPENED + timedelta(hours=2)
    put_off = acknowledged(paged_incident(is_snoozed=True, reopens_at=until))
    assert view.standing(put_off) == "Ana Reis has snoozed it."
    assert "If it still fires at " in view.what_next(put_off)
    assert "it is open again" in view.what_next(put_off)
