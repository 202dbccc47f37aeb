"""Groups: keys, ticks and the reason to notify."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.alert import Alert, Severity
from routing.directory import Directory
from routing.group import Group, group_key, group_labels, need_notify
from routing.incident import Delivery, IncidentState, NotifyReason
from routing.intake import new_group, places
from routing.policy import Route
from routing.receipt import DeliveryStatus
from routing.routes import Tree
from tests.scenarios.story import OPS, START, policy, seconds

OPEN, TAKEN, OVER = IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.RESOLVED
SENT = Delivery(
    contact=OPS,
    reason=NotifyReason.FIRST,
    notification_id="n",
    status=DeliveryStatus.SENT,
    sent_at=START,
    asked_at=START,
    firing=("a",),
)
PENDING = replace(SENT, status=DeliveryStatus.PENDING, sent_at=None)
RETRIED = replace(PENDING, status=DeliveryStatus.FAILED_TEMPORARY, retry_at=START)
GIVEN_UP = replace(RETRIED, retry_at=None)
DEAD = replace(PENDING, status=DeliveryStatus.FAILED_PERMANENT)
BROKE_LATER = replace(DEAD, sent_at=START)
SAID = replace(SENT, reason=NotifyReason.RESOLVED)

TABLE: list[tuple[str, Delivery | None, str, IncidentState, int, NotifyReason | None]] = [
    ("nobody was told yet", None, "a", OPEN, 0, NotifyReason.FIRST),
    ("nobody was told and nothing is heard", None, "", OPEN, 0, None),
    ("told of it all", SENT, "a", OPEN, 5, None),
    ("another alert fires", SENT, "ab", OPEN, 5, NotifyReason.NEW_ALERTS),
    ("another alert fires though taken", SENT, "ab", TAKEN, 5, NotifyReason.NEW_ALERTS),
    ("fewer alerts fire", replace(SENT, firing=("a", "b")), "a", OPEN, 5, None),
    ("repeat_interval is over", SENT, "a", OPEN, 100, NotifyReason.REPEAT),
    ("repeat_interval is over, but taken", SENT, "a", TAKEN, 100, None),
    ("silenced when the repeat is due", SENT, "", OPEN, 100, None),
    ("new alerts come before a repeat", SENT, "ab", OPEN, 100, NotifyReason.NEW_ALERTS),
    ("on its way", PENDING, "a", OPEN, 5, None),
    ("being retried", RETRIED, "ab", OPEN, 100, None),
    ("given up is tried anew", GIVEN_UP, "a", OPEN, 5, NotifyReason.FIRST),
    ("given up, but taken", GIVEN_UP, "a", TAKEN, 5, None),
    ("dead", DEAD, "ab", OPEN, 100, None),
    ("broke after it worked", BROKE_LATER, "a", OPEN, 100, NotifyReason.REPEAT),
    ("over, told", SENT, "", OVER, 5, NotifyReason.RESOLVED),
    ("over, on its way", PENDING, "", OVER, 5, NotifyReason.RESOLVED),
    ("over, being retried", RETRIED, "", OVER, 5, NotifyReason.RESOLVED),
    ("over, broke after it worked", BROKE_LATER, "", OVER, 5, NotifyReason.RESOLVED),
    ("over, never worked", DEAD, "", OVER, 5, None),
    ("over, given up", GIVEN_UP, "", OVER, 5, NotifyReason.RESOLVED),
    ("over, and said so", SAID, "", OVER, 5, None),
    ("over, never told", None, "", OVER, 5, None),
]


@pytest.mark.parametrize(("about", "delivery", "audible", "state", "after", "expected"), TABLE)
def test_there_is_a_reason_to_notify_or_none(
    about: str,
    delivery: Delivery | None,
    audible: str,
    state: IncidentState,
    after: int,
    expected: NotifyReason | None,
) -> None:
    reason = need_notify(
        delivery,
        audible=frozenset(audible),
        state=state,
        now=START + seconds(after),
        repeat_interval=seconds(100),
    )
    assert reason is expected, about


def group(interval: timedelta) -> Group:
    route = Route(path="root", receiver="ops", group_interval=interval)
    alert = Alert(labels={}, severity=Severity.ERROR, starts_at=START)
    place = places(Tree(route), alert).by_key["gk1:root:{}"]
    directory = Directory(policy())
    made, _ = new_group("gk1:root:{}", place, "fp", alert, directory, 0, START)
    made.first_flush_at = START
    return made


@given(st.integers(0, 500), st.integers(0, 10_000))
def test_ticks_are_whole_intervals_after_the_first_flush(interval: int, after: int) -> None:
    made = group(seconds(interval))
    at = START + timedelta(milliseconds=100 * after)
    step = timedelta(seconds=max(interval, 1))
    for tick in (made.tick_after(at), made.tick_from(at)):
        assert (tick - START) % step == timedelta(0)
    assert at < made.tick_after(at) <= at + step
    assert at <= made.tick_from(at) < at + step


def test_a_group_key_holds_the_labels_the_alert_has() -> None:
    route = Route(path="root/x", receiver="ops", group_by=("zone", "service", "host"))
    grouped = group_labels(route, {"service": "api", "host": "", "other": "x"})
    assert group_key(route, grouped) == 'gk1:root/x:{service="api"}'


def test_three_dots_group_by_every_label_of_the_alert() -> None:
    route = Route(path="root", receiver="ops", group_by=("...",))
    alert = Alert(labels={"b": "2", "a": "1"}, severity=Severity.ERROR, starts_at=START)
    assert list(places(Tree(route), alert).by_key) == ['gk1:root:{a="1", b="2"}']


def test_severity_can_be_grouped_by() -> None:
    route = Route(path="root", receiver="ops", group_by=("severity",))
    alert = Alert(labels={"b": "2"}, severity=Severity.ERROR, starts_at=START)
    assert list(places(Tree(route), alert).by_key) == ['gk1:root:{severity="error"}']
