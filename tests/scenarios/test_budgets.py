"""Page budgets: a person gets so many pages an hour, and a digest of the rest."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from routing.alert import Severity
from routing.channels.summary import summarise
from routing.effect import Explain
from routing.engine import Engine
from routing.event import Acknowledge, Reassign
from routing.incident import Incident
from routing.labels import Matcher
from routing.policy import Contact, OnlyIf, PageBudget, Policy, Rule, User
from routing.receipt import DeliveryStatus
from routing.why import about, why
from tests.scenarios.story import ANA, Story, levels, minutes, policy, seconds

BUDGET = PageBudget(pages=2, digest_after=minutes(10))
MAIL = Contact("email", "ana@example.org")
PHONE = Contact("webhook", "ana-phone")


def budgeted(budget: PageBudget | None = BUDGET, **changes: object) -> Policy:
    given = policy(escalation=levels("ana", "bo", wait=600))
    return replace(given, page_budget=budget, **changes)


def burst(told: Story, number: int, severity: str = "warning", first: int = 0) -> None:
    """So many incidents, one a second."""
    for n in range(first, first + number):
        told.fires(severity, service=f"s{n}")
        told.wait(seconds(1))


def heard(told: Story, who: str = "ana") -> list[str]:
    return [line.replace(f" {who}", "") for line in told.told if f" {who} " in line]


def digest(told: Story) -> Incident:
    return next(one for one in told.incidents.values() if one.digest_for)


def test_pages_beyond_the_budget_wait_for_a_digest() -> None:
    told = Story(budgeted())
    burst(told, 6)
    told.wait(minutes(20))
    assert heard(told) == ["00:30 first", "00:31 first", "10:32 first"]
    assert digest(told).title == 'Warning: service="s2" (and 3 more)'
    assert [alert.labels["user"] for alert in digest(told).firing] == ["ana"] * 4


def test_channels_of_a_team_have_no_budget() -> None:
    told = Story(budgeted())
    burst(told, 6)
    told.wait(minutes(1))
    assert len(heard(told, "#ops")) == 6


def test_without_a_budget_every_page_goes_out() -> None:
    told = Story(budgeted(None))
    burst(told, 6)
    told.wait(minutes(1))
    assert len(heard(told)) == 6


def test_a_person_may_have_a_budget_of_their_own() -> None:
    ana = User(name="ana", contacts=(ANA,), page_budget=PageBudget(pages=4))
    told = Story(budgeted(users=(ana,)))
    burst(told, 6)
    told.wait(minutes(1))
    assert len(heard(told)) == 4


def test_the_first_page_of_a_distinct_critical_cause_never_waits() -> None:
    told = Story(budgeted())
    burst(told, 4)
    burst(told, 6, "critical", first=10)
    told.wait(seconds(31))
    assert len(heard(told)) == 2 + 6


def test_a_critical_cause_that_was_paged_before_waits() -> None:
    told = Story(budgeted())
    burst(told, 4, "critical")
    told.wait(minutes(1))
    for n in range(4):
        told.ends("critical", service=f"s{n}")
    told.wait(minutes(1))
    told.told.clear()
    burst(told, 4, "critical")
    told.wait(minutes(9))
    assert [line for line in heard(told) if line.endswith("first")] == []


def test_a_cause_that_becomes_critical_does_not_wait() -> None:
    told = Story(budgeted())
    burst(told, 4)
    told.wait(minutes(1))
    told.told.clear()
    told.fires("critical", service="s0", host="b")
    told.wait(minutes(5))
    assert heard(told) == ["05:30 new_alerts"]


def test_a_digest_is_told_as_soon_as_the_budget_allows() -> None:
    told = Story(budgeted(PageBudget(pages=2, per=minutes(5), digest_after=minutes(15))))
    burst(told, 3)
    told.wait(minutes(20))
    assert heard(told) == ["00:30 first", "00:31 first", "05:30 first"]


def test_the_end_of_what_was_in_a_digest_is_told_once_for_all() -> None:
    told = Story(budgeted())
    burst(told, 6)
    told.wait(minutes(20))
    told.told.clear()
    for n in range(6):
        told.ends("warning", service=f"s{n}")
        told.wait(seconds(1))
    assert heard(told) == ["20:06 resolved", "20:07 resolved", "20:11 resolved"]


def test_what_ends_before_the_digest_is_told_pages_nobody() -> None:
    told = Story(budgeted())
    burst(told, 3)
    told.wait(minutes(1))
    told.ends("warning", service="s2")
    told.wait(minutes(20))
    assert heard(told) == ["00:30 first", "00:31 first"]
    assert "over_before_group_wait" in told.reasons


def test_what_somebody_takes_leaves_the_digest() -> None:
    told = Story(budgeted())
    burst(told, 3)
    told.wait(minutes(1))
    third = next(i for i in told.incidents.values() if i.group_labels == {"service": "s2"})
    told.take(Acknowledge(incident_id=third.id, by="bo", via="console"))
    told.wait(minutes(20))
    assert heard(told) == ["00:30 first", "00:31 first"]


def test_what_is_held_is_in_the_timeline_and_in_the_decisions() -> None:
    told = Story(budgeted())
    burst(told, 3)
    told.wait(minutes(1))
    third = next(i for i in told.incidents.values() if i.group_labels == {"service": "s2"})
    text = "The page waits for a digest: ana had 2 pages in 1 h, of 2"
    assert text in [moment.text for moment in third.timeline]
    assert told.reasons.count("over_budget") == 1


def test_a_page_to_all_contacts_of_a_person_is_one_page() -> None:
    ana = User(name="ana", contacts=(ANA, MAIL))
    told = Story(budgeted(users=(ana,)))
    burst(told, 3)
    told.wait(minutes(1))
    assert len(heard(told)) == len(heard(told, "ana@example.org")) == 2


def test_an_escalation_goes_on_while_a_page_waits() -> None:
    given = replace(policy(escalation=levels("ana", "bo", wait=5)), page_budget=BUDGET)
    told = Story(given)
    burst(told, 3)
    told.wait(minutes(6))
    assert len(heard(told, "bo")) == 2


def test_a_digest_that_cannot_be_delivered_goes_to_the_root_receiver() -> None:
    told = Story(budgeted())
    burst(told, 3)
    told.wait(minutes(1))
    told.answers[ANA] = [DeliveryStatus.FAILED_PERMANENT]
    told.wait(minutes(20))
    assert heard(told, "root@example.org") == ["10:33 escalated"]


def test_a_silence_or_an_inhibition_does_not_mute_a_digest() -> None:
    told = Story(budgeted())
    burst(told, 3)
    told.wait(minutes(1))
    told.silences(lasts=minutes(60), severity="warning")
    told.wait(minutes(20))
    assert heard(told)[-1] == "10:32 first"


def test_a_digest_ends_after_an_edit_that_takes_the_budget_away() -> None:
    told = Story(budgeted())
    burst(told, 3)
    told.wait(minutes(20))
    told.edits(budgeted(None))
    for n in range(3):
        told.ends("warning", service=f"s{n}")
    assert heard(told)[-3:] == ["20:03 resolved"] * 3


def test_with_the_timing_of_alertmanager_nothing_waits() -> None:
    told = Story(budgeted(is_compat=True))
    burst(told, 6)
    told.wait(minutes(1))
    assert len(heard(told)) == 6


@pytest.mark.parametrize("at", [10, 31, 200, 800])
def test_a_digest_is_the_same_after_a_restart(at: int) -> None:
    told, same = Story(budgeted()), Story(budgeted())
    for one in (told, same):
        burst(one, 6)
        one.wait(seconds(at))
        if one is told:
            one.engine = Engine.restore(one.engine.snapshot())
        one.wait(minutes(30))
    assert told.effects == same.effects


def test_a_storm_of_many_causes_is_a_bounded_number_of_pages() -> None:
    told = Story(budgeted(PageBudget(pages=10)))
    burst(told, 5, "critical")
    for n in range(1000):
        told.fires("warning", service=f"w{n}")
        told.wait(timedelta(milliseconds=60))
    told.wait(minutes(60))
    pages = [one for one in told.notifications if one.contact == ANA]
    assert len(pages) <= 10 + 4
    critical = [one for one in pages if one.incident.severity == "critical"]
    assert len({one.incident.id for one in critical}) == 5
    assert all(
        one.incident.deliveries[-1].asked_at <= one.incident.opened_at + seconds(30)
        for one in critical
        if one.incident.deliveries[-1].asked_at is not None
    )


def test_why_somebody_was_not_paged_is_that_the_budget_was_spent() -> None:
    told = Story(budgeted())
    burst(told, 3)
    told.wait(minutes(1))
    third = next(i for i in told.incidents.values() if i.group_labels == {"service": "s2"})
    said = [one for one in told.effects if isinstance(one, Explain)]
    account = why(budgeted(), third, about(said, third))
    answer = next(one for one in account.answers if one.name == "ana")
    assert not answer.is_told
    assert "waits for a digest" in answer.text
    assert "over_budget" in [one.reason for one in answer.decisions]
    assert "ana" not in summarise(told.notifications[-1]).told


def test_a_held_page_of_an_alert_that_becomes_critical_does_not_wait_for_the_digest() -> None:
    told = Story(budgeted(replace(BUDGET, digest_after=minutes(30))))
    burst(told, 4)
    told.wait(minutes(1))
    told.told.clear()
    told.fires("critical", service="s2")
    told.wait(minutes(6))
    assert heard(told) == ["05:32 first"]


def test_what_was_held_for_a_person_and_given_to_another_is_not_in_their_digest() -> None:
    told = Story(budgeted())
    burst(told, 3)
    told.wait(minutes(1))
    held = next(one for one in told.incidents.values() if one.group_labels == {"service": "s2"})
    told.take(Reassign(incident_id=held.id, by="bo", via="console", kind="user", name="bo"))
    told.told.clear()
    told.wait(minutes(20))
    assert heard(told) == []


def ruled(*rules: Rule) -> Policy:
    contacts = tuple(rule.contact for rule in rules)
    return budgeted(users=(User(name="ana", contacts=contacts, rules=rules),))


def test_a_digest_follows_the_rules_that_its_person_made() -> None:
    critical = OnlyIf(severities=(Severity.CRITICAL,))
    told = Story(
        ruled(
            Rule(contact=ANA),
            Rule(contact=MAIL, after=minutes(5)),
            Rule(contact=PHONE, only_if=critical),
        )
    )
    burst(told, 3)
    told.wait(minutes(40))
    assert heard(told)[2:] == ["10:32 first"]
    assert heard(told, MAIL.address)[-1] == "15:32 first"
    assert heard(told, PHONE.address) == []


def test_a_digest_that_is_taken_does_not_follow_by_mail() -> None:
    told = Story(ruled(Rule(contact=ANA), Rule(contact=MAIL, after=minutes(5))))
    burst(told, 3)
    told.wait(minutes(11))
    id_ = digest(told).id
    told.take(Acknowledge(incident_id=id_, by="ana", via="pagerduty"))
    told.wait(minutes(20))
    assert [one for one in told.notifications if one.incident.id == id_][-1].contact == ANA


def test_a_digest_does_not_ask_again_for_labels_that_what_it_holds_had() -> None:
    mine = OnlyIf(match=(Matcher(name="team", op="=", value="shop"),))
    told = Story(ruled(Rule(contact=ANA, only_if=mine)))
    for n in range(3):
        told.fires("warning", service=f"s{n}", team="shop")
        told.wait(seconds(1))
    told.wait(minutes(20))
    assert heard(told)[-1] == "10:32 first"
