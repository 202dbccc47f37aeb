"""Flapping: an alert that comes and goes is told once, and its end when it is calm."""

import pytest
from msgspec.structs import replace

from routing.effect import Explain
from routing.engine import Engine
from routing.policy import Flapping, Policy
from routing.receipt import DeliveryStatus
from tests.scenarios.story import ANA, Story, later, levels, minutes, policy, seconds

PLAN = Flapping(changes=4, within=minutes(60), calm=minutes(15))


def held(*, plan: Flapping | None = PLAN) -> Policy:
    return replace(policy(), flapping=plan)


def flaps(told: Story, times: int, *, each: float = 4) -> None:
    """The alert comes for half of so many minutes, and goes for the other half; so often."""
    for _ in range(times):
        told.fires()
        told.wait(minutes(each / 2))
        told.ends()
        told.wait(minutes(each / 2))


def test_an_alert_that_comes_and_goes_is_told_once_until_it_is_calm() -> None:
    told = Story(held())
    flaps(told, 10)
    told.wait(minutes(60))
    assert told.told == [
        "00:30 #ops first",
        "02:00 #ops resolved",
        "04:30 #ops first",
        "06:00 #ops resolved",
        "08:30 #ops first",
        "53:00 #ops resolved",
    ]
    assert "08:00" in next(line for line in told.timeline if "comes and goes" in line)


def test_who_was_told_of_an_incident_hears_once_that_it_flaps() -> None:
    told = Story(held(plan=replace(PLAN, changes=5)))
    flaps(told, 10)
    assert told.told[4:] == ["08:30 #ops first", "10:00 #ops flapping"]


def test_without_a_plan_every_coming_and_going_is_told() -> None:
    told = Story(held(plan=None))
    flaps(told, 10)
    assert len(told.told) == 20


def test_the_price_of_holding_is_in_the_timeline_and_in_the_decisions() -> None:
    told = Story(held())
    flaps(told, 10)
    told.wait(minutes(60))
    text = (
        'Critical: service="api" is calm: 16 changes in 30 min; 7 pages and 8 all-clears were '
        "held back, and its end is told 15 min later"
    )
    assert f"53:00 {text}" in told.timeline
    said = [e.text for e in told.effects if isinstance(e, Explain) and e.reason == "calm"]
    assert said == [f"{text}."]


def test_an_end_that_was_held_is_dated_when_it_was() -> None:
    told = Story(held())
    flaps(told, 10)
    told.wait(minutes(60))
    (alert,) = told.incident.alerts.values()
    assert alert.ends_at == told.incident.opened_at + minutes(30)


def test_an_alert_that_stays_is_said_to_be_calm_and_its_end_is_told_at_once() -> None:
    told = Story(held())
    flaps(told, 4)
    told.fires()
    told.wait(minutes(20))
    assert told.told[-1] == "31:00 #ops calm"
    told.ends()
    assert told.told[-1] == "36:00 #ops resolved"


def test_the_first_page_is_as_early_as_without_a_plan() -> None:
    first = []
    for plan in (None, Flapping(changes=1, within=minutes(60), calm=minutes(60))):
        told = Story(held(plan=plan))
        told.fires()
        told.wait(minutes(1))
        first.append(told.told[0])
    assert first[0] == first[1] == "00:30 #ops first"


def test_an_alert_that_flaps_within_group_wait_is_paged() -> None:
    told = Story(held())
    flaps(told, 20, each=2 / 60)
    told.wait(minutes(60))
    assert told.told == ["00:30 #ops first", "15:39 #ops resolved"]


def test_another_alert_of_the_incident_is_told_while_one_flaps() -> None:
    told = Story(held())
    flaps(told, 4)
    told.fires(host="b")
    told.wait(minutes(5))
    assert told.told[-1].endswith("new_alerts")


def test_a_muted_alert_flaps_in_silence() -> None:
    told = Story(held())
    told.silences(lasts=minutes(60))
    flaps(told, 8)
    assert told.told == []
    assert "flapping" in told.reasons


def test_what_a_person_resolved_while_it_flapped_opens_again_when_it_comes_back() -> None:
    told = Story(held())
    flaps(told, 4)
    told.resolves()
    told.wait(seconds(2))
    told.fires()
    told.wait(minutes(1))
    assert told.told[-1].endswith("first")
    assert told.incident.flapping


def test_an_escalation_goes_on_while_an_alert_flaps() -> None:
    given = replace(policy(escalation=levels("ana", "bo", wait=5)), flapping=PLAN)
    told = Story(given)
    flaps(told, 8)
    assert any("bo escalated" in line for line in told.told)


@pytest.mark.parametrize("plan", [None, Flapping(changes=4, calm=minutes(1))])
def test_an_end_that_is_held_is_told_after_an_edit_of_the_plan(plan: Flapping | None) -> None:
    told = Story(held())
    flaps(told, 4)
    told.wait(minutes(5))
    told.edits(held(plan=plan))
    told.wait(minutes(20))
    assert told.told[-1].endswith("resolved")


def test_an_alert_that_flaps_is_held_across_a_restart() -> None:
    told, same = Story(held()), Story(held())
    for one in (told, same):
        flaps(one, 4)
        if one is told:
            one.engine = Engine.restore(one.engine.snapshot())
        flaps(one, 2)
        one.wait(minutes(60))
    assert told.effects == same.effects


def test_what_does_not_flap_is_forgotten() -> None:
    told = Story(held())
    told.fires()
    told.ends()
    told.wait(minutes(61))
    told.fires(host="b")
    assert b'"flaps":{}' in told.engine.snapshot()


def test_an_alert_that_is_back_while_an_edit_holds_no_more_does_not_end() -> None:
    told = Story(held())
    flaps(told, 4)
    told.edits(held(plan=None))
    told.fires()
    told.wait(minutes(60))
    assert told.incident.firing
    assert told.told[-1] == "29:00 #ops calm"
    told.ends()
    assert told.told[-1] == "1:16:00 #ops resolved"


def test_who_gave_an_incident_away_does_not_hear_that_it_flaps() -> None:
    told = Story(replace(policy(escalation=levels("ana", "bo", wait=600)), flapping=PLAN))
    told.fires(host="steady")
    told.wait(minutes(1))
    told.reassigns("bo")
    told.wait(minutes(1))
    told.told.clear()
    flaps(told, 4)
    flapping = [line.split()[1] for line in told.told if line.endswith("flapping")]
    assert flapping == ["#ops", "bo"]


def climbing() -> Policy:
    return replace(policy(escalation=levels("ana", "bo", wait=600)), flapping=PLAN)


@pytest.mark.parametrize("status", ["failed_permanent", "failed_temporary"])
def test_the_word_that_it_is_calm_pages_nobody_else_where_it_cannot_be_delivered(
    status: str,
) -> None:
    told = Story(climbing())
    flaps(told, 4)
    told.fires()
    told.wait(minutes(10))
    told.answers[ANA] = [DeliveryStatus(status)]
    told.wait(minutes(19))
    assert "31:00 ana calm" in told.told
    assert "undeliverable" in told.reasons
    assert not [line for line in told.told if " bo " in line]
    told.answers.clear()
    told.ends()
    told.wait(minutes(1))
    assert told.told[-1].endswith("ana resolved")


def test_who_never_heard_that_it_fires_is_not_waited_for_when_it_is_calm() -> None:
    told = Story(climbing())
    told.answers[ANA] = [later(minutes(40), ANA)]
    told.fires()
    flaps(told, 4, each=1)
    told.fires()
    told.wait(minutes(5))
    told.answers[ANA] = [DeliveryStatus.FAILED_PERMANENT]
    told.wait(minutes(20))
    calm = next(n for n, line in enumerate(told.told) if line.endswith("ana calm"))
    assert told.told[calm + 1].endswith("bo escalated")
