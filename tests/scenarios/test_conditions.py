"""Levels and targets with conditions, targets that take turns, and who is on call next."""

from datetime import timedelta

from msgspec.structs import replace

from routing.alert import Severity
from routing.intervals import Part, TimeInterval
from routing.labels import Matcher
from routing.policy import EscalationPolicy, Level, OnlyIf, Policy
from tests.scenarios.story import Story, levels, minutes, policy, rota, seconds, target

CRITICAL = OnlyIf(severities=(Severity.CRITICAL,))
OFFICE = TimeInterval(name="office", parts=(Part(times=((540, 1020),)),))  # 09:00 to 17:00


def plan(*made: Level, repeat: int = 0) -> EscalationPolicy:
    return EscalationPolicy(name="on-call", levels=made, repeat=repeat)


def level(*names: str, only_if: OnlyIf | None = None, rotates: bool = False) -> Level:
    targets = tuple(target(name) for name in names)
    return Level(targets=targets, wait=minutes(10), only_if=only_if, rotates=rotates)


def told_of(given: EscalationPolicy | Policy, severity: str = "critical") -> Story:
    made = given if isinstance(given, Policy) else policy(escalation=given)
    told = Story(replace(made, intervals=(OFFICE,)))
    told.fires(severity)
    told.wait(minutes(1))
    return told


def test_a_level_that_is_not_for_this_severity_is_left_out() -> None:
    given = plan(level("ana", only_if=CRITICAL), level("bo"))
    assert told_of(given).told == ["00:30 #ops first", "00:30 ana first"]
    left = told_of(given, "warning")
    assert left.told == ["00:30 #ops first", "00:30 bo first"]
    assert "left_out" in left.reasons
    assert "00:30 Level 1 is left out: the severity is warning" in left.timeline


def test_where_conditions_leave_all_levels_out_only_the_receiver_is_told() -> None:
    told = told_of(plan(level("ana", only_if=CRITICAL), repeat=2), "warning")
    told.wait(minutes(60))
    assert told.told == ["00:30 #ops first"]


def test_who_was_left_out_is_told_when_it_becomes_bad_enough() -> None:
    told = told_of(plan(level("ana", only_if=CRITICAL), level("bo")), "warning")
    told.fires("critical", host="b")
    told.wait(minutes(5))
    assert "05:30 ana escalated" in told.told
    told.wait(minutes(5))
    assert len([line for line in told.told if " ana " in line]) == 1


def test_a_level_for_office_hours_is_left_out_at_night() -> None:
    hours = OnlyIf(during=("office",))
    given = plan(level("ana", only_if=hours), level("bo"))
    assert told_of(given).told == ["00:30 #ops first", "00:30 bo first"]
    day = Story(replace(policy(escalation=given), intervals=(OFFICE,)))
    day.wait(timedelta(hours=6))
    day.fires()
    day.wait(minutes(1))
    assert day.told == ["6:00:30 #ops first", "6:00:30 ana first"]


def test_a_level_for_some_labels_asks_what_fires() -> None:
    shop = OnlyIf(match=(Matcher(name="host", op="=", value="b"),))
    told = told_of(plan(level("ana", only_if=shop), level("bo")))
    assert told.told[-1] == "00:30 bo first"
    other = Story(policy(escalation=plan(level("ana", only_if=shop), level("bo"))))
    other.fires(host="a")
    other.fires(host="b")
    other.wait(minutes(1))
    assert other.told[-1] == "00:30 ana first"


def test_a_target_is_left_out_and_its_level_is_told_without_it() -> None:
    both = Level(targets=(replace(target("ana"), only_if=CRITICAL), target("bo")), wait=minutes(10))
    told = told_of(plan(both), "warning")
    assert told.told == ["00:30 #ops first", "00:30 bo first"]
    assert "left_out" in told.reasons


def test_targets_that_take_turns_are_told_one_an_incident() -> None:
    told = told_of(plan(level("ana", "bo", "cai", rotates=True)))
    for service in ("web", "db", "shop"):
        told.fires(service=service)
    told.wait(minutes(1))
    pages = [line.split()[1] for line in told.told if "#ops" not in line]
    assert pages == ["ana", "bo", "cai", "ana"]


def test_a_turn_of_somebody_who_is_not_there_goes_to_the_next() -> None:
    told = told_of(plan(level("zoe", "bo", rotates=True)))
    assert told.told == ["00:30 #ops first", "00:30 bo first"]
    assert "no_user" in told.reasons


def test_in_the_next_round_the_next_one_has_the_turn() -> None:
    told = told_of(plan(level("ana", "bo", rotates=True), repeat=1))
    told.wait(minutes(10))
    assert told.told[1:] == ["00:30 ana first", "10:30 bo escalated"]


def test_whose_turn_it_is_outlives_a_restart() -> None:
    told = told_of(plan(level("ana", "bo", rotates=True)))
    told.engine = told.engine.restore(told.engine.snapshot())
    told.fires(service="web")
    told.wait(minutes(1))
    assert told.told[-1] == "01:30 bo first"


def test_who_is_on_call_next_is_told() -> None:
    after = Level(targets=(replace(target("primary", "schedule"), is_next=True),), wait=minutes(10))
    now = levels("schedule:primary").levels[0]
    given = policy(escalation=plan(now, after), schedules=(rota("primary", "ana", "bo", "cai"),))
    told = told_of(given)
    told.wait(minutes(10))
    assert told.told[1:] == ["00:30 ana first", "10:30 bo escalated"]


def test_where_nobody_follows_the_level_is_passed_over() -> None:
    alone = Level(targets=(replace(target("primary", "schedule"), is_next=True),), wait=minutes(10))
    given = policy(
        escalation=plan(alone, level("cai")), schedules=(rota("primary", "ana", hours=1),)
    )
    told = told_of(given)
    assert told.told[1:] == ["00:30 cai first"]
    assert "nobody_on_call" in told.reasons


def test_an_incident_keeps_the_levels_it_began_with_and_looks_names_up_anew() -> None:
    told = told_of(
        policy(escalation=levels("schedule:primary", "bo"), schedules=(rota("primary", "ana"),))
    )
    edited = policy(escalation=levels("cai"), schedules=(rota("primary", "cai"),), digest="two")
    people = [user for user in edited.users if user.name != "bo"]
    bo = next(user for user in edited.users if user.name == "bo")
    moved = replace(bo.contacts[0], address="bo-new")
    told.edits(replace(edited, users=(*people, replace(bo, contacts=(moved,)))))
    told.wait(minutes(10) + seconds(1))
    assert told.told == ["00:30 #ops first", "00:30 ana first", "10:30 bo-new escalated"]
