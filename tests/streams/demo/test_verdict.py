from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from routing.alert import Severity
from routing.incident import Delivery, Incident, IncidentState, NotifyReason
from routing.policy import Contact
from routing.receipt import DeliveryStatus
from streams.demo.scenario import Expected
from streams.demo.verdict import Page, Summary, Window, judge

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SLACK, MAIL = Contact("slack", "#shop"), Contact("mail", "ada@example.org")
WINDOW = Window(
    name="spike",
    expected=Expected(service="checkout", contacts=(SLACK, MAIL), severity=Severity.ERROR),
    began_at=NOON,
    ended_at=NOON + timedelta(seconds=12),
)


def incident(**changes: Any) -> Incident:
    base = Incident(
        id="i1",
        group_key="g",
        route="0",
        receiver="shop",
        group_labels={"service": "checkout"},
        state=IncidentState.RESOLVED,
        severity=Severity.ERROR,
        title="checkout is slow",
        opened_at=NOON + timedelta(seconds=3),
        alerts={},
    )
    return msgspec.structs.replace(base, **changes)


def page(contact: Contact = SLACK, **changes: Any) -> Page:
    base = Page(contact=contact, incident_id="i1", opens=True, at=NOON + timedelta(seconds=4.5))
    return msgspec.structs.replace(base, **changes)


TOLD = [page(SLACK), page(MAIL, at=NOON + timedelta(seconds=6))]


def verdict(incidents: list[Incident], pages: list[Page]) -> Summary:
    return judge([WINDOW], incidents, pages)


def test_what_is_expected_passes_and_tells_how_soon_it_was() -> None:
    summary = verdict([incident()], TOLD)
    assert summary.passed
    assert summary.scenarios[0].first_page_s == 4.5
    assert summary.scenarios[0].delivered == {"mail ada@example.org": 1, "slack #shop": 1}


def test_updates_in_the_thread_are_no_second_page() -> None:
    assert verdict([incident()], [*TOLD, page(opens=False), page(opens=False)]).passed


def test_contacts_of_a_later_level_may_be_told_once_too() -> None:
    assert verdict([incident()], [*TOLD, page(Contact("jira", "SHOP"))]).passed


def failed_delivery(status: DeliveryStatus) -> Delivery:
    return Delivery(
        contact=SLACK, reason=NotifyReason.FIRST, notification_id="n", status=status, detail="no"
    )


@pytest.mark.parametrize(
    ("incidents", "pages", "fault"),
    [
        pytest.param([], [], "missed: no incident for checkout", id="missed"),
        pytest.param([incident()], [*TOLD, page()], "slack #shop was told 2 times", id="doubled"),
        pytest.param([incident()], TOLD[:1], "mail ada@example.org was not told", id="not-told"),
        pytest.param(
            [incident(state=IncidentState.OPEN)], TOLD, "i1 is open, not resolved", id="unresolved"
        ),
        pytest.param(
            [incident(state=IncidentState.ACKNOWLEDGED)],
            TOLD,
            "i1 is acknowledged, not resolved",
            id="only-acknowledged",
        ),
        pytest.param(
            [incident(), incident(id="i2", opened_at=NOON + timedelta(seconds=40))],
            TOLD,
            "2 incidents for checkout, not one",
            id="opened-again",
        ),
        pytest.param(
            [incident(severity=Severity.INFO)], TOLD, "severity info, expected error", id="too-mild"
        ),
        pytest.param(
            [incident(deliveries=(failed_delivery(DeliveryStatus.FAILED_PERMANENT),))],
            TOLD,
            "slack #shop: failed_permanent no",
            id="refused-by-the-provider",
        ),
    ],
)
def test_each_kind_of_fault_is_named(
    incidents: list[Incident], pages: list[Page], fault: str
) -> None:
    summary = verdict(incidents, pages)
    assert not summary.passed
    assert fault in summary.scenarios[0].faults


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param(incident(id="i9", group_labels={"service": "catalog"}), id="control-service"),
        pytest.param(incident(id="i9", opened_at=NOON - timedelta(seconds=1)), id="before-begin"),
    ],
)
def test_an_incident_that_nothing_explains_breaks_the_quiet(stray: Incident) -> None:
    summary = verdict([incident(), stray], TOLD)
    assert not summary.passed
    assert summary.scenarios[0].passed
    assert len(summary.quiet) == 1
    assert "i9" in summary.quiet[0]


def test_incidents_of_the_machine_itself_are_counted_apart() -> None:
    summary = verdict([incident(), incident(id="m", group_labels={"host": "a"})], TOLD)
    assert summary.passed
    assert summary.others == 1


def test_a_service_that_is_struck_twice_has_a_finding_for_each_time() -> None:
    again = msgspec.structs.replace(WINDOW, began_at=NOON + timedelta(minutes=5))
    second = incident(id="i2", opened_at=NOON + timedelta(minutes=5, seconds=2))
    pages = [*TOLD, *(msgspec.structs.replace(p, incident_id="i2") for p in TOLD)]
    summary = judge([WINDOW, again], [incident(), second], pages)
    assert summary.passed
    assert [f.found for f in summary.scenarios] == [("i1",), ("i2",)]


def test_a_failed_check_fails_the_whole() -> None:
    assert judge([WINDOW], [incident()], TOLD, checks={"acknowledged": True}).passed
    assert not judge([WINDOW], [incident()], TOLD, checks={"acknowledged": False}).passed


def test_no_scenario_at_all_is_no_pass() -> None:
    assert not judge([], [], []).passed


def test_an_expected_severity_is_a_minimum() -> None:
    mild = replace(WINDOW.expected, severity=Severity.WARNING)
    window = msgspec.structs.replace(WINDOW, expected=mild)
    assert judge([window], [incident()], TOLD).passed
