"""Traces: under a policy with everything in it, nothing that happens is without a reason."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.alert import Severity
from routing.effect import Explain
from routing.event import AlertSeen
from routing.fingerprint import fingerprint
from routing.intervals import Part, TimeInterval
from routing.labels import Matcher
from routing.policy import (
    Inhibition,
    OnlyIf,
    PageBudget,
    Policy,
    Receiver,
    Route,
    Rule,
)
from routing.receipt import DeliveryStatus
from routing.why import about, why
from tests.scenarios.story import ANA, BO, CAI, OPS, Story, levels, minutes, policy, rota


def matcher(name: str, value: str) -> Matcher:
    return Matcher(name=name, op="=", value=value)


def everything() -> Policy:
    """Continuing routes, hours, inhibition, a rota, a budget, rules of people, conditions."""
    api = Route(
        path="root/api",
        receiver="ops",
        escalation="on-call",
        group_by=("service",),
        matchers=(matcher("service", "api"),),
        continues=True,
    )
    web = replace(api, path="root/web", matchers=(), mute_intervals=("early",), continues=False)
    root = Route(path="root", receiver="fallback", routes=(api, web))
    made = policy(
        escalation=levels("schedule:rota", "bo", "cai", wait=4, repeat=1),
        route=root,
        schedules=(rota("rota", "ana", "bo"),),
        receivers=(Receiver(name="idle"),),
    )
    users = (
        replace(made.users[0], rules=(Rule(contact=ANA, after=minutes(2)),)),
        replace(
            made.users[1],
            rules=(Rule(contact=BO, only_if=OnlyIf(severities=(Severity.CRITICAL,))),),
        ),
        replace(made.users[2], page_budget=PageBudget(pages=1, per=minutes(60))),
    )
    return replace(
        made,
        users=users,
        intervals=(TimeInterval(name="early", parts=(Part(times=((180, 190),)),)),),
        inhibitions=(
            Inhibition(
                name="down", source=(matcher("kind", "down"),), target=(matcher("service", "api"),)
            ),
        ),
    )


POLICY = everything()
CONTACTS = (OPS, ANA, BO, CAI)
Act = Callable[[Story], object]
ACTS: dict[str, Act] = {
    "fires": lambda story: story.fires(),
    "warns": lambda story: story.fires("warning"),
    "joins": lambda story: story.fires(instance="b"),
    "cause": lambda story: story.fires(service="db", kind="down"),
    "cause ends": lambda story: story.ends(service="db", kind="down"),
    "ends": lambda story: story.ends(),
    "soon": lambda story: story.wait(minutes(1)),
    "later": lambda story: story.wait(minutes(9)),
    "silence": lambda story: story.silences(lasts=minutes(7)),
    "ack": lambda story: story.acknowledges() if story.incidents else None,
    "close": lambda story: story.resolves() if story.incidents else None,
    "snooze": lambda story: story.snoozes(minutes(4)) if story.incidents else None,
    "reassign": lambda story: story.reassigns("cai") if story.incidents else None,
}


def played(acts: list[str], failing: list[DeliveryStatus]) -> tuple[Story, set[str]]:
    """The story, and the fingerprints of the alerts that came."""
    story, seen = Story(POLICY), set()
    take = story.take

    def noted(event: object) -> None:
        if isinstance(event, AlertSeen):
            seen.add(fingerprint(event.alert.labels))
        take(event)  # type: ignore[arg-type]

    story.take = noted  # type: ignore[method-assign, assignment]
    for contact, status in zip(CONTACTS, failing, strict=True):
        story.answers[contact] = [status]
    for act in acts:
        ACTS[act](story)
    story.wait(minutes(25))
    return story, seen


STATUSES = st.sampled_from(
    [DeliveryStatus.SENT, DeliveryStatus.FAILED_PERMANENT, DeliveryStatus.FAILED_TEMPORARY]
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=14),
    st.lists(STATUSES, min_size=len(CONTACTS), max_size=len(CONTACTS)),
)
def test_nothing_is_without_a_reason(acts: list[str], failing: list[DeliveryStatus]) -> None:
    story, seen = played(acts, failing)
    said = [one for one in story.effects if isinstance(one, Explain)]
    assert seen <= {one.fingerprint for one in said}
    for incident in story.incidents.values():
        of_it = about(said, incident)
        assert set(incident.alerts) <= {one.fingerprint for one in of_it} or incident.digest_for
        account = why(POLICY, incident, of_it)
        told = {d.contact for d in incident.deliveries if d.user or d.contact == OPS}
        assert told <= {one.contact for one in of_it}
        assert all(one.text for one in account.answers)
        assert all(one.decisions for one in account.answers if one.is_told)
