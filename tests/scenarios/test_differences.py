"""What is otherwise than in Alertmanager by default, by the names in docs/alertmanager.md."""

from msgspec.structs import replace

from routing.event import AlertSeen
from tests.scenarios.story import Story, minutes, policy, seconds


def test_old_alerts_wait_like_others() -> None:
    story = Story(policy())
    story.take(AlertSeen(replace(story.alert(host="a"), starts_at=story.now - minutes(60))))
    story.wait(seconds(10))
    story.take(AlertSeen(replace(story.alert(host="b"), starts_at=story.now - minutes(60))))
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first"]


def test_partial_ends_are_quiet_also_when_the_group_is_looked_at() -> None:
    story = Story(policy())
    story.fires(host="a")
    story.fires(host="b")
    story.wait(minutes(1))
    story.ends(host="b")
    story.wait(minutes(1))
    story.fires(host="c")
    story.wait(minutes(1))
    story.ends(host="c")
    story.wait(minutes(10))
    assert story.told == ["00:30 #ops first"]


def test_resolve_follows_page_when_a_silence_was_noticed_before() -> None:
    story = Story(policy())
    story.fires(host="a")
    story.wait(minutes(1))
    story.silences(lasts=minutes(600))
    story.fires(host="b")
    story.wait(minutes(10))
    assert story.incident.timeline[-1].kind == "silenced"
    story.ends(host="a")
    story.ends(host="b")
    assert story.told == ["00:30 #ops first", "11:00 #ops resolved"]
