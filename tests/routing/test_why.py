"""Why: each person and receiver gets an answer, and each alert a trace."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.alert import Severity
from routing.effect import Explain
from routing.policy import OnlyIf, Policy, Route, Rule
from routing.receipt import DeliveryStatus
from routing.why import Account, Answer, about, why
from tests.scenarios.story import (
    ANA,
    BO,
    OPS,
    Story,
    levels,
    minutes,
    policy,
    rota,
    seconds,
)

ESCALATING = policy(escalation=levels("ana", "bo"))
ROTA = policy(escalation=levels("schedule:rota"), schedules=(rota("rota", "ana", "bo"),))


def account(story: Story, by: Policy = ESCALATING) -> Account:
    """The account of the newest incident."""
    said = [one for one in story.effects if isinstance(one, Explain)]
    return why(by, story.incident, about(said, story.incident))


def answer(story: Story, name: str, by: Policy = ESCALATING) -> Answer:
    return next(one for one in account(story, by).answers if one.name == name)


def told_of(by: Policy = ESCALATING, after: float = 60) -> Story:
    story = Story(by)
    story.fires()
    story.wait(seconds(after))
    return story


def test_who_was_told_hears_when_and_over_what() -> None:
    found = answer(told_of(), "ana")
    assert (found.is_told, found.kind) == (True, "user")
    assert found.text == "PagerDuty ana took the page at 2026-11-02 03:00 UTC, message 1"
    assert [one.reason for one in found.decisions] == ["first", "delivered"]


def test_a_reminder_that_waits_for_a_digest_hides_no_page_that_was_taken() -> None:
    story = told_of()
    (page,) = (d for d in story.incident.deliveries if d.user == "ana")
    held = replace(story.incident, deliveries=(replace(page, is_held=True),))
    found = next(one for one in why(ESCALATING, held, ()).answers if one.name == "ana")
    assert found.is_told
    assert found.text.startswith("PagerDuty ana took an earlier message at 2026-11-02 03:00 UTC; ")
    assert found.text.endswith("the page waits for a digest: ana has had the pages of the budget")


def test_the_next_level_waits() -> None:
    found = answer(told_of(), "bo")
    assert not found.is_told
    assert found.text == "level 2 comes after level 1, which has until 2026-11-02 03:10 UTC"


def test_the_next_level_is_not_told_when_somebody_took_it() -> None:
    story = told_of()
    story.acknowledges("ana")
    assert answer(story, "bo").text == "ana took it at 2026-11-02 03:01 UTC, before level 2 was due"
    (left,) = (one for one in account(story).decisions if one.reason == "taken")
    assert left.text == "ana has taken it: level 2 (user bo) is not told."


def test_the_next_level_is_not_told_when_it_is_over() -> None:
    story = told_of()
    story.ends()
    assert answer(story, "bo").text == "it was over at 2026-11-02 03:01 UTC, before level 2 was due"
    assert "over" in [one.reason for one in account(story).decisions]


def test_before_group_wait_is_over_nobody_is_told() -> None:
    found = answer(told_of(after=10), "ops")
    assert found.text == "opened on route root/ops; ops is told in 30 s"
    story = told_of(after=10)
    story.ends()
    story.wait(minutes(1))
    assert answer(story, "ops").text == (
        "everything ended before group_wait was over: nobody is paged"
    )


def test_a_silence_is_named() -> None:
    story = Story(ESCALATING)
    story.silences(lasts=minutes(60))
    story.fires()
    story.wait(minutes(2))
    assert answer(story, "ops").text == "silenced by quiet"
    assert answer(story, "ana").text == "silenced by quiet"


def test_an_alert_that_joins_under_a_silence_has_its_reason() -> None:
    story = Story(ESCALATING)
    story.silences(lasts=minutes(60))
    story.fires()
    story.wait(minutes(2))
    story.fires(instance="b")
    said = [one for one in story.effects if isinstance(one, Explain)]
    assert [one.reason for one in said[-2:]] == ["grouped", "silenced"]
    assert said[-1].fingerprint == said[-2].fingerprint


def test_who_is_off_duty_hears_who_was_on() -> None:
    story = told_of(ROTA)
    assert answer(story, "ana", ROTA).is_told
    assert answer(story, "bo", ROTA).text == "ana was on call in rota when level 1 was reached"


def test_a_receiver_that_no_route_leads_to_hears_what_does_not_hold() -> None:
    plain = policy(route=Route(path="root", receiver="fallback", routes=()))
    assert not answer(told_of(), "fallback").is_meant
    assert answer(told_of(), "fallback").text == "another route took it: root/ops"
    assert answer(told_of(plain), "ops", plain).text == "no route leads there"


def test_a_channel_that_refuses_is_told_of() -> None:
    story = Story(ESCALATING)
    story.answers[ANA] = [DeliveryStatus.FAILED_PERMANENT]
    story.fires()
    story.wait(minutes(1))
    found = answer(story, "ana")
    assert not found.is_told
    assert found.text == "PagerDuty ana did not take the page: failed_permanent"
    assert found.decisions[-1].reason == "undeliverable"


def test_a_delay_is_a_decision_about_its_contact() -> None:
    story = Story(ESCALATING)
    story.answers[OPS] = [DeliveryStatus.FAILED_TEMPORARY, DeliveryStatus.SENT]
    story.fires()
    story.wait(minutes(1))
    reasons = [one.reason for one in answer(story, "ops").decisions]
    assert reasons == ["first", "delayed", "first", "delivered"]


def test_what_a_persons_own_rule_promised_is_told() -> None:
    (ana, *others) = ESCALATING.users
    late = replace(ana, rules=(Rule(contact=ANA, after=minutes(5)),))
    by = replace(ESCALATING, users=(late, *others))
    story = told_of(by)
    assert answer(story, "ana", by).text.startswith("PagerDuty for ana follows in 5 min")


def test_a_condition_that_leaves_somebody_out_is_named() -> None:
    (ana, bo, *others) = policy(escalation=levels("bo", "ana")).users
    only = Rule(contact=BO, only_if=OnlyIf(severities=(Severity.CRITICAL,)))
    users = (ana, replace(bo, rules=(only,)), *others)
    by = replace(policy(escalation=levels("bo", "ana")), users=users)
    story = Story(by)
    story.fires("warning")
    story.wait(minutes(1))
    assert answer(story, "bo", by).text == "bo is not told by PagerDuty: the severity is warning"
    assert answer(story, "ana", by).is_told


ACTS = {
    "fires": lambda story: story.fires(),
    "joins": lambda story: story.fires(instance="b"),
    "other": lambda story: story.fires(service="web"),
    "ends": lambda story: story.ends(),
    "wait": lambda story: story.wait(minutes(3)),
    "silence": lambda story: story.silences(lasts=minutes(7)),
    "ack": lambda story: story.acknowledges() if story.incidents else None,
    "close": lambda story: story.resolves() if story.incidents else None,
    "snooze": lambda story: story.snoozes(minutes(4)) if story.incidents else None,
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=12))
def test_every_alert_has_a_trace_and_everybody_meant_an_answer(acts: list[str]) -> None:
    story = Story(ESCALATING)
    for act in acts:
        ACTS[act](story)
    story.wait(minutes(20))
    said = [one for one in story.effects if isinstance(one, Explain)]
    traced = {(one.incident_id, one.fingerprint) for one in said}
    for incident in story.incidents.values():
        assert {(incident.id, fp) for fp in incident.alerts} <= traced
        for one in why(ESCALATING, incident, about(said, incident)).answers:
            assert one.text
            assert bool(one.decisions) >= one.is_told
