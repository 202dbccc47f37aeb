"""Edits of the policy while incidents are open."""

from msgspec.structs import replace

from routing.labels import Matcher
from routing.policy import Receiver, Route, Silence
from tests.scenarios.story import START, Story, levels, minutes, policy


def test_an_open_incident_keeps_its_escalation_and_the_next_takes_the_new_one() -> None:
    story = Story(policy(escalation=levels("ana", "bo")))
    story.fires(service="api")
    story.wait(minutes(1))
    story.edits(policy(escalation=levels("cai"), digest="two"))
    story.fires(service="web")
    story.wait(minutes(60))
    assert story.told == [
        "00:30 #ops first",
        "00:30 ana first",
        "01:30 #ops first",
        "01:30 cai first",
        "10:30 bo escalated",
    ]


def test_an_edit_keeps_group_timers() -> None:
    story = Story(policy())
    story.fires()
    story.wait(minutes(0.25))
    slow = Route(path="root", receiver="ops", group_wait=minutes(9), group_by=("service",))
    story.edits(policy(route=slow, digest="two"))
    story.wait(minutes(5))
    assert story.told == ["00:30 #ops first"]


def test_an_alert_that_fires_on_stays_in_its_incident_when_its_route_is_gone() -> None:
    story = Story(policy())
    story.fires()
    story.wait(minutes(1))
    story.edits(policy(route=Route(path="other", receiver="fallback"), digest="two"))
    story.fires()
    story.wait(minutes(1))
    story.ends()
    story.wait(minutes(10))
    assert story.told == ["00:30 #ops first", "02:00 #ops resolved"]


def test_a_silence_taken_out_of_the_policy_ends_at_once() -> None:
    matcher = Matcher(name="service", op="=", value="api")
    written = Silence(id="w", matchers=(matcher,), starts_at=START, ends_at=START + minutes(600))
    story = Story(policy(silences=(written,)))
    story.fires()
    story.wait(minutes(10))
    assert story.told == []
    story.edits(policy(digest="two"))
    assert story.told == ["10:00 #ops first"]


def test_a_silence_of_the_policy_that_was_expired_stays_expired_after_an_edit() -> None:
    matcher = Matcher(name="service", op="=", value="api")
    written = Silence(id="w", matchers=(matcher,), starts_at=START, ends_at=START + minutes(600))
    story = Story(policy(silences=(written,)))
    story.expires("w")
    story.edits(policy(silences=(written,), digest="two"))
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first"]


def test_a_missing_receiver_falls_back_to_that_of_the_root() -> None:
    lost = Route(
        path="root", receiver="fallback", routes=(Route(path="root/a", receiver="nosuch"),)
    )
    story = Story(policy(route=lost))
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 root@example.org first"]
    assert "no_receiver" in story.reasons


def test_a_missing_escalation_is_explained_and_the_receiver_is_told() -> None:
    lost = Route(path="root", receiver="ops", escalation="nosuch")
    story = Story(policy(route=lost))
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first"]
    assert "no_escalation" in story.reasons


def test_a_receiver_without_contacts_falls_back_to_that_of_the_root() -> None:
    empty = Route(
        path="root", receiver="fallback", routes=(Route(path="root/a", receiver="empty"),)
    )
    story = Story(policy(route=empty, receivers=(Receiver(name="empty"),)))
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 root@example.org first"]


def test_a_root_that_does_not_match_takes_the_alert_all_the_same() -> None:
    never = Matcher(name="nosuch", op="=", value="x")
    root = replace(policy().route, matchers=(never,), receiver="ops", routes=())
    story = Story(policy(route=root))
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first"]
    assert "no_route" in story.reasons
