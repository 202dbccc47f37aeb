"""What is promised of every page, whatever came between: mutes, restarts, reloads, failures."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from routing.engine import Engine
from routing.incident import IncidentState
from routing.intervals import Part, TimeInterval
from routing.labels import Matcher
from routing.policy import Inhibition, Route
from routing.receipt import DeliveryStatus, Receipt
from tests.scenarios.story import ANA, OPS, Story, levels, minutes, policy, seconds

EARLY = TimeInterval(name="early", parts=(Part(times=((182, 300),)),))  # 03:02 to 05:00
CAUSE = Inhibition(
    name="cause",
    source=(Matcher(name="service", op="=", value="net"),),
    target=(Matcher(name="service", op="=", value="api"),),
)
SHOP = Route(path="root/ops", receiver="ops", group_by=("service",), escalation="on-call")
GIVEN = replace(
    policy(
        escalation=levels("ana", "bo"),
        route=Route(
            path="root",
            receiver="fallback",
            routes=(replace(SHOP, mute_intervals=("early",)),),
        ),
    ),
    intervals=(EARLY,),
    inhibitions=(CAUSE,),
)


def quiet_by_silence(story: Story) -> None:
    story.silences(lasts=minutes(60))


def quiet_by_inhibition(story: Story) -> None:
    story.fires(service="net")


def quiet_by_interval(story: Story) -> None:
    story.wait(minutes(2))


def restarted(story: Story) -> None:
    story.engine = Engine.restore(story.engine.snapshot())


def reloaded(story: Story) -> None:
    story.edits(replace(policy(), digest="two"))


def snoozed(story: Story) -> None:
    story.snoozes(minutes(30))


def reassigned(story: Story) -> None:
    story.reassigns("cai")


BETWEEN = (
    quiet_by_silence,
    quiet_by_inhibition,
    quiet_by_interval,
    restarted,
    reloaded,
    snoozed,
    reassigned,
)


@pytest.mark.parametrize("between", BETWEEN, ids=lambda given: given.__name__)
def test_a_resolve_follows_a_delivered_page_whatever_came_between(
    between: Callable[[Story], None],
) -> None:
    story = Story(GIVEN)
    story.fires()
    story.wait(minutes(1))
    between(story)
    story.wait(minutes(3))
    restarted(story)
    story.ends()
    story.wait(minutes(1))
    resolved = [line.split()[1] for line in story.told if line.endswith("resolved")]
    assert {"#ops", "ana"} <= set(resolved)
    assert len(resolved) == len(set(resolved))


@pytest.mark.parametrize("between", BETWEEN[:3], ids=lambda given: given.__name__)
def test_a_group_with_a_muted_alert_that_fires_is_not_called_resolved(
    between: Callable[[Story], None],
) -> None:
    story = Story(GIVEN)
    story.fires(host="a")
    story.fires(host="b")
    story.wait(minutes(1))
    between(story)
    story.ends(host="a")
    story.wait(minutes(20))
    api = next(one for one in story.incidents.values() if one.group_labels["service"] == "api")
    assert api.state is not IncidentState.RESOLVED
    assert not [line for line in story.told if line.endswith("resolved")]


def test_a_receiver_that_fails_while_it_fires_and_ends_gets_both_in_one() -> None:
    story = Story(policy())
    story.answers[OPS] = [DeliveryStatus.FAILED_TEMPORARY, DeliveryStatus.SENT]
    story.fires()
    story.wait(seconds(33))
    story.ends()
    story.wait(minutes(5))
    assert [line.split(" ", 1)[1] for line in story.told] == ["#ops first", "#ops resolved"]


def test_a_page_that_a_channel_refuses_reaches_the_next_one_or_is_said_to_be_lost() -> None:
    story = Story(policy(escalation=levels("ana")))
    story.answers[OPS] = story.answers[ANA] = [DeliveryStatus.FAILED_PERMANENT]
    story.fires()
    story.wait(minutes(2))
    assert [line.split()[1] for line in story.told] == ["#ops", "ana", "root@example.org"]
    lost = Story(policy(escalation=levels("ana")))
    for contact in (OPS, ANA, story.notifications[-1].contact):
        lost.answers[contact] = [DeliveryStatus.FAILED_PERMANENT]
    lost.fires()
    lost.wait(minutes(2))
    assert "nobody_left" in lost.reasons


def test_a_reload_keeps_the_timers_of_what_people_were_promised() -> None:
    given = replace(levels("ana", "bo"), ack_expires=minutes(30))
    story = Story(policy(escalation=given))
    story.fires()
    story.wait(minutes(1))
    story.acknowledges()
    story.edits(policy(escalation=levels("cai"), digest="two"))
    story.wait(minutes(30))
    assert story.told[-2:] == ["31:00 #ops repeat", "31:00 ana repeat"]


def test_a_provider_that_asks_for_patience_gets_it_over_a_restart() -> None:
    story = Story(policy())
    wait = Receipt(
        notification_id="",
        incident_id="",
        contact=OPS,
        status=DeliveryStatus.FAILED_TEMPORARY,
        attempt=1,
        retry_after=seconds(90),
    )
    story.answers[OPS] = [wait, DeliveryStatus.SENT]
    story.fires()
    story.wait(seconds(40))
    restarted(story)
    story.wait(minutes(3))
    assert story.told == ["00:30 #ops first", "02:01 #ops first (attempt 2)"]


def test_an_inhibited_alert_does_not_page_after_a_restart() -> None:
    story = Story(replace(policy(), inhibitions=(CAUSE,)))
    story.fires(service="net")
    story.fires()
    restarted(story)
    story.wait(minutes(30))
    told = {one.incident.group_labels["service"] for one in story.notifications}
    assert told == {"net"}
