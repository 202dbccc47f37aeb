"""Nobody on call is never silence: the next level is told, the receiver, or the root's."""

from msgspec.structs import replace

from routing.oncall.schedule import Schedule
from routing.policy import Policy, Receiver
from tests.scenarios.story import FALLBACK, OPS, Story, levels, minutes, policy

EMPTY = Schedule(name="empty", time_zone="UTC", layers=())


def nobody(*names: str, ops: bool = True) -> Policy:
    given = policy(escalation=levels(*names), schedules=(EMPTY,))
    if ops:
        return given
    receivers = [r if r.name != "ops" else Receiver(name="ops") for r in given.receivers]
    return replace(given, receivers=tuple(receivers))


def told(given: Policy) -> list[str]:
    story = Story(given)
    story.fires()
    story.wait(minutes(30))
    assert "nobody_on_call" in story.reasons
    return [one.contact.address for one in story.notifications]


def test_the_next_level_is_told_at_once() -> None:
    assert set(told(nobody("schedule:empty", "bo"))) == {OPS.address, "bo"}


def test_when_no_level_has_anybody_the_receiver_is_told() -> None:
    assert OPS.address in told(nobody("schedule:empty", "schedule:empty"))


def test_when_the_receiver_has_nobody_either_that_of_the_root_route_is_told() -> None:
    assert told(nobody("schedule:empty", ops=False)) == [FALLBACK.address]
