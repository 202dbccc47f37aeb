"""Routes that are quiet at some hours: nobody is told then, and nothing is lost."""

from msgspec.structs import replace

from routing.effect import Explain
from routing.intervals import Part, TimeInterval
from routing.policy import Policy, Route
from tests.scenarios.story import Story, levels, minutes, policy

# Stories start on Monday, 2 November 2026, at 03:00 UTC.
NIGHT = TimeInterval(name="night", parts=(Part(times=((0, 4 * 60),)),))
OFFICE = TimeInterval(name="office", parts=(Part(times=((4 * 60, 12 * 60),), weekdays=((0, 4),)),))


def at_hours(**hours: tuple[str, ...]) -> Policy:
    """The policy of stories, whose route has these intervals."""
    made = policy(escalation=levels("ana", "bo"))
    (shop,) = made.route.routes
    route = Route(path="root", receiver="fallback", routes=(replace(shop, **hours),))
    return replace(made, route=route, intervals=(NIGHT, OFFICE))


def texts(story: Story) -> list[str]:
    return [effect.text for effect in story.effects if isinstance(effect, Explain)]


def test_a_route_is_quiet_in_its_mute_interval_and_tells_when_that_ends() -> None:
    story = Story(at_hours(mute_intervals=("night",)))
    story.fires()
    story.wait(minutes(59))
    assert story.told == []
    assert "Silenced by interval night." in texts(story)
    story.wait(minutes(2))
    assert story.told == ["1:00:00 #ops first", "1:00:00 ana first"]


def test_a_route_is_quiet_outside_its_active_interval() -> None:
    story = Story(at_hours(active_intervals=("office",)))
    story.fires()
    story.wait(minutes(61))
    assert story.told == ["1:00:00 #ops first", "1:00:00 ana first"]
    assert "Silenced by outside office." in texts(story)


def test_what_ended_while_a_route_was_quiet_pages_nobody() -> None:
    story = Story(at_hours(mute_intervals=("night",)))
    story.fires()
    story.wait(minutes(10))
    story.ends()
    story.wait(minutes(120))
    assert story.told == []


def test_the_end_of_a_page_is_told_in_a_mute_interval_as_well() -> None:
    story = Story(at_hours(active_intervals=("office",)))
    story.wait(minutes(8 * 60 + 55))  # 11:55
    story.fires()
    story.wait(minutes(9))  # the office is closed by now
    told = [*story.told]
    assert [line.partition(" ")[2] for line in told] == ["#ops first", "ana first"]
    story.ends()
    story.wait(minutes(1))
    assert [line.partition(" ")[2] for line in story.told[2:]] == ["#ops resolved", "ana resolved"]


def test_escalation_waits_for_the_end_of_a_mute_interval() -> None:
    story = Story(at_hours(active_intervals=("office",)))
    story.wait(minutes(8 * 60 + 55))
    story.fires()
    story.wait(minutes(60))
    assert not any("bo" in line for line in story.told)
    story.wait(minutes(24 * 60))  # from 04:00 on Tuesday
    assert any("bo escalated" in line for line in story.told)


def test_an_edit_of_the_hours_is_heeded_by_what_waits_already() -> None:
    story = Story(at_hours(mute_intervals=("night",)))
    story.fires()
    story.wait(minutes(5))
    story.edits(replace(at_hours(), digest="two", intervals=(replace(NIGHT, parts=()),)))
    story.wait(minutes(1))
    assert story.told == ["05:00 #ops first", "05:00 ana first"]


def test_an_interval_that_is_missing_closes_nothing() -> None:
    story = Story(at_hours(mute_intervals=("lunch",), active_intervals=("lunch",)))
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first", "00:30 ana first"]
