"""People's own rules: push now, mail in five minutes unless somebody took it, quiet at night."""

from msgspec.structs import replace

from routing.alert import Severity
from routing.policy import Contact, OnlyIf, Policy, Rule, User
from routing.receipt import DeliveryStatus
from tests.scenarios.story import ANA, BO, OPS, Story, levels, minutes, policy, seconds

MAIL = Contact("email", "ana@example.org")
CRITICAL = OnlyIf(severities=(Severity.CRITICAL,))


def rules(*made: Rule, wait: float = 10, repeat: int = 0) -> Policy:
    """Ana with rules, then bo."""
    contacts = tuple(rule.contact for rule in made)
    ana = User(name="ana", contacts=contacts, rules=made)
    given = policy(escalation=levels("ana", "bo", wait=wait, repeat=repeat))
    return replace(given, users=(ana, *(user for user in given.users if user.name != "ana")))


PATIENT = rules(Rule(contact=ANA), Rule(contact=MAIL, after=minutes(5)))


def paged(given: Policy = PATIENT, severity: str = "critical") -> Story:
    told = Story(given)
    told.fires(severity)
    told.wait(minutes(1))
    return told


def test_the_second_contact_follows_after_its_wait() -> None:
    told = paged()
    assert told.told == ["00:30 #ops first", "00:30 ana first"]
    assert "planned" in told.reasons
    told.wait(minutes(5))
    assert told.told[2:] == ["05:30 ana@example.org first"]
    told.ends()
    assert len([line for line in told.told if line.endswith("resolved")]) == 3


def test_nothing_follows_once_somebody_took_it_or_it_is_over() -> None:
    taken, over = paged(), paged()
    taken.acknowledges()
    over.ends()
    for told in (taken, over):
        told.wait(minutes(9))
        assert not [line for line in told.told if "example.org" in line]


def test_the_second_contact_comes_at_once_where_the_first_one_fails() -> None:
    told = Story(PATIENT)
    told.answers[ANA] = [DeliveryStatus.FAILED_PERMANENT]
    told.fires()
    told.wait(minutes(2))
    assert told.told == ["00:30 #ops first", "00:30 ana first", "00:31 ana@example.org first"]


def test_where_no_contact_is_left_the_next_level_is_told_at_once() -> None:
    told = Story(PATIENT)
    told.answers[ANA] = told.answers[MAIL] = [DeliveryStatus.FAILED_PERMANENT]
    told.fires()
    told.wait(minutes(2))
    assert told.told[2:] == ["00:31 ana@example.org first", "00:32 bo escalated"]


def test_what_would_follow_under_a_silence_follows_when_that_ends() -> None:
    told = paged()
    told.silences(lasts=minutes(7))
    told.wait(minutes(6))
    assert len(told.told) == 2
    told.wait(minutes(2))
    assert told.told[2:] == ["08:00 ana@example.org first"]


def test_who_wants_to_hear_only_of_the_critical_is_passed_over() -> None:
    given = rules(Rule(contact=ANA, only_if=CRITICAL))
    assert paged(given).told[1:] == ["00:30 ana first"]
    quiet = paged(given, "warning")
    assert quiet.told[1:] == ["00:30 bo first"]
    assert "left_out" in quiet.reasons


def test_a_rule_for_later_is_asked_when_it_is_due() -> None:
    given = rules(Rule(contact=ANA), Rule(contact=MAIL, after=minutes(5), only_if=CRITICAL))
    told = paged(given, "warning")
    told.wait(minutes(6))
    assert told.told[2:] == []
    assert told.reasons[-1] == "left_out"


def test_rules_begin_anew_in_every_round_and_after_a_snooze() -> None:
    told = paged(rules(Rule(contact=ANA), Rule(contact=MAIL, after=minutes(2)), wait=5, repeat=1))
    told.snoozes(minutes(30))
    told.told.clear()
    told.wait(minutes(34))
    assert [line for line in told.told if "ana" in line] == [
        "31:00 ana repeat",
        "33:00 ana@example.org escalated",
    ]
    told.wait(minutes(12))
    assert [line for line in told.told if "ana" in line][2:] == [
        "41:00 ana repeat",
        "43:00 ana@example.org repeat",
    ]


def test_a_contact_without_an_immediate_one_is_waited_for() -> None:
    told = paged(rules(Rule(contact=MAIL, after=seconds(90))))
    assert told.told == ["00:30 #ops first"]
    told.wait(minutes(1))
    assert told.told[1:] == ["02:00 ana@example.org first"]


def test_a_reassigned_incident_leaves_out_what_was_planned() -> None:
    told = paged()
    told.reassigns("bo")
    told.wait(minutes(6))
    assert told.told[2:] == ["01:00 bo escalated"]
    assert told.notifications[0].contact == OPS


def test_what_was_planned_outlives_a_restart() -> None:
    told = paged()
    told.engine = told.engine.restore(told.engine.snapshot())
    told.wait(minutes(5))
    assert told.told[2:] == ["05:30 ana@example.org first"]


def test_a_level_whose_people_want_nothing_of_this_is_not_said_to_have_nobody_on_call() -> None:
    bo = User(name="bo", contacts=(BO,), rules=(Rule(contact=BO, only_if=CRITICAL),))
    given = policy(escalation=levels("ana", "bo"))
    told = Story(replace(given, users=(User(name="ana", contacts=(ANA,)), bo)))
    told.fires("warning")
    told.wait(minutes(15))
    assert "nobody_on_call" not in told.reasons
    text = "10:30 Nobody of level 2 is to be told now, as conditions have it; going on at once."
    assert text in told.timeline


def test_a_later_rule_that_did_not_hold_is_planned_anew_when_it_becomes_bad_enough() -> None:
    told = paged(rules(Rule(contact=ANA, after=minutes(5), only_if=CRITICAL), wait=60), "warning")
    told.wait(minutes(10))
    assert not any(" ana " in line for line in told.told)
    told.fires("critical")
    told.wait(minutes(15))
    assert [line for line in told.told if " ana " in line] == ["20:30 ana escalated"]
