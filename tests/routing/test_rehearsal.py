"""Rehearsals: what is due happens when it is due, and providers answer at once."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from routing.alert import Alert, Severity
from routing.engine import Engine
from routing.event import AlertSeen
from routing.incident import IncidentState
from routing.policy import Contact, Policy, Receiver, RetryPlan, Route
from routing.receipt import DeliveryStatus
from routing.rehearsal import Rehearsal, accept

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
OPS = Contact("slack", "#ops")
POLICY = Policy(
    digest="a",
    route=Route(path="0", receiver="ops"),
    receivers=(Receiver(name="ops", contacts=(OPS,)),),
    retry=RetryPlan(attempts=2, first_wait=timedelta(seconds=7)),
)
FIRES = AlertSeen(Alert(labels={"a": "b"}, severity=Severity.WARNING, starts_at=AT))


def test_a_page_is_wished_when_group_wait_is_over_and_answered_then() -> None:
    rehearsal = Rehearsal(Engine(POLICY))
    rehearsal.give(FIRES, AT)
    rehearsal.run(AT + timedelta(hours=1))
    ((at, page),) = rehearsal.told()
    assert (at, page.contact) == (AT + timedelta(seconds=30), OPS)
    (incident,) = rehearsal.incidents().values()
    assert incident.deliveries[0].status is DeliveryStatus.SENT
    assert incident.state is IncidentState.OPEN


def test_a_provider_that_fails_is_asked_again() -> None:
    rehearsal = Rehearsal(
        Engine(POLICY), lambda n: replace(accept(n), status=DeliveryStatus.FAILED_TEMPORARY)
    )
    rehearsal.give(FIRES, AT)
    rehearsal.run(AT + timedelta(minutes=1))
    assert [(at - AT).total_seconds() for at, _ in rehearsal.told()] == [30, 37]


def test_without_answers_nothing_is_delivered() -> None:
    rehearsal = Rehearsal(Engine(POLICY), None)
    rehearsal.give(FIRES, AT)
    rehearsal.run(AT + timedelta(minutes=1))
    (incident,) = rehearsal.incidents().values()
    assert incident.deliveries[0].status is DeliveryStatus.PENDING
