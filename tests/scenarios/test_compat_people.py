"""Escalations where Alertmanager's timing is kept."""

from msgspec.structs import replace

from routing.policy import Rule, User
from tests.scenarios.story import ANA, BO, Story, levels, minutes, policy


def paged() -> Story:
    """#ops and ana were told after 30 s; the level of bo follows after ten minutes."""
    told = Story(replace(policy(escalation=levels("ana", "bo")), is_compat=True))
    told.fires()
    told.wait(minutes(1))
    told.told.clear()
    return told


def test_an_escalation_that_a_silence_held_goes_on_after_it() -> None:
    told = paged()
    told.wait(minutes(7))
    told.silences(lasts=minutes(8))
    told.wait(minutes(22))
    assert told.told == ["20:30 bo escalated"]


def test_what_a_rule_says_later_follows_after_a_silence() -> None:
    ana = User(
        name="ana",
        contacts=(ANA, BO),
        rules=(Rule(contact=ANA), Rule(contact=BO, after=minutes(5))),
    )
    told = Story(replace(policy(escalation=levels("ana")), users=(ana,), is_compat=True))
    told.fires()
    told.wait(minutes(1))
    told.told.clear()
    told.silences(lasts=minutes(8))
    told.wait(minutes(22))
    assert told.told == ["10:30 bo first"]
