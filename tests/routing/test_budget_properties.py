"""For every history of incidents: no hour has too many pages, and no critical cause waits."""

from collections import defaultdict
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.budget import PAGES
from routing.effect import Notify
from routing.incident import IncidentState
from routing.notification import Notification
from routing.policy import PageBudget
from tests.scenarios.story import ANA, START, Story, levels, policy, seconds

BUDGET = PageBudget(pages=1, per=timedelta(minutes=20), digest_after=timedelta(minutes=10))
POLICY = replace(policy(escalation=levels("ana", wait=600)), page_budget=BUDGET)
DIGESTS = BUDGET.per // BUDGET.digest_after + 1

steps = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 31.0, 240.0, 700.0]),
        st.sampled_from(["fire", "fire", "end"]),
        st.sampled_from(["critical", "warning"]),
        st.integers(0, 9),
    ),
    min_size=10,
    max_size=60,
)


def played(drawn: list[tuple[float, str, str, int]]) -> Story:
    told = Story(POLICY)
    for wait, kind, severity, number in drawn:
        told.wait(seconds(wait))
        act = told.fires if kind == "fire" else told.ends
        act(severity, service=f"{severity}{number}")
    told.wait(timedelta(hours=1))
    return told


def pages(told: Story) -> list[tuple[datetime, Notification]]:
    found = [e.notification for e in told.effects if isinstance(e, Notify)]
    mine = [one for one in found if one.contact == ANA and one.reason in PAGES]
    return [(asked_at(one), one) for one in mine]


def asked_at(one: Notification) -> datetime:
    delivery = next(d for d in one.incident.deliveries if d.contact == one.contact)
    assert delivery.asked_at is not None
    return delivery.asked_at


@settings(max_examples=60, deadline=None)
@given(steps)
def test_no_time_has_more_pages_than_the_budget_its_digests_and_new_critical_causes(
    drawn: list[tuple[float, str, str, int]],
) -> None:
    told = pages(played(drawn))
    for end, _ in told:
        within = [one for at, one in told if end - BUDGET.per < at <= end]
        critical = {one.incident.group_key for one in within if one.incident.severity == "critical"}
        assert len(within) <= BUDGET.pages + DIGESTS + len(critical)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_the_first_page_of_a_critical_cause_is_as_early_as_without_a_budget(
    drawn: list[tuple[float, str, str, int]],
) -> None:
    told = played(drawn)
    paged: dict[str, list[datetime]] = defaultdict(list)
    for at, one in pages(told):
        paged[one.incident.group_key].append(at)
    for incident in told.incidents.values():
        if incident.severity != "critical" or incident.digest_for:
            continue
        due = incident.opened_at + seconds(30)
        if incident.resolved_at is not None and incident.resolved_at <= due:
            continue
        recent = [at for at in paged[incident.group_key] if due - BUDGET.per < at <= due]
        assert recent, f"{incident.title} at {due - START}"


@settings(max_examples=60, deadline=None)
@given(steps)
def test_whatever_still_fires_was_told_directly_or_by_a_digest(
    drawn: list[tuple[float, str, str, int]],
) -> None:
    told = played(drawn)
    gathered = {
        alert.labels["incident"]
        for incident in told.incidents.values()
        if incident.digest_for and incident.deliveries
        for alert in incident.firing
    }
    for incident in told.incidents.values():
        if incident.state is IncidentState.OPEN and not incident.digest_for:
            mine = next(d for d in incident.deliveries if d.contact == ANA)
            assert mine.sent_at is not None or incident.id in gathered
