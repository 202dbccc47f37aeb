"""Overrides by command: who is paged while somebody stands in, and after it is taken back."""

from datetime import UTC, datetime

from msgspec.structs import replace

from routing.effect import PublishOverride
from routing.engine import Engine
from routing.event import RemoveOverride, SetOverride
from routing.oncall.schedule import Override
from tests.scenarios.story import ANA, BO, Story, levels, minutes, policy, rota

POLICY = policy(escalation=levels("schedule:primary", "cai"), schedules=(rota("primary", "ana"),))


def override(user: str = "bo", **given: object) -> Override:
    base = Override(
        id="o1",
        schedule="primary",
        user=user,
        starts_at=Story(POLICY).now,
        ends_at=Story(POLICY).now + minutes(60),
    )
    return replace(base, **given)  # type: ignore[arg-type]


def paged(story: Story) -> list[str]:
    """Whom a new incident pages, by the pager."""
    before = len(story.notifications)
    story.fires(service=f"s{before}")
    story.wait(minutes(1))
    contacts = [one.contact for one in story.notifications[before:]]
    return [one.address for one in contacts if one.channel == "pagerduty"]


def published(story: Story) -> list[PublishOverride]:
    return [effect for effect in story.effects if isinstance(effect, PublishOverride)]


def test_an_override_is_paged_until_it_is_taken_back() -> None:
    story = Story(POLICY)
    assert paged(story) == [ANA.address]
    story.take(SetOverride(override()))
    assert paged(story) == [BO.address]
    story.take(RemoveOverride("o1", by="ana"))
    assert paged(story) == [ANA.address]
    assert [one.override for one in published(story)] == [override(), None]
    assert story.reasons.count("override_set") == story.reasons.count("override_removed") == 1


def test_one_that_ends_with_all_time_is_kept_beside_others() -> None:
    story = Story(POLICY)
    story.take(SetOverride(override(ends_at=datetime.max.replace(tzinfo=UTC))))
    story.take(SetOverride(override("cai", id="o2")))
    assert len(published(story)) == 2


def test_an_override_ends_by_itself() -> None:
    story = Story(POLICY)
    story.take(SetOverride(override()))
    story.wait(minutes(61))
    assert paged(story) == [ANA.address]


def test_one_with_the_same_id_is_replaced() -> None:
    story = Story(POLICY)
    story.take(SetOverride(override()))
    story.take(SetOverride(override("cai")))
    assert paged(story) == ["cai"]
    assert len(story.engine.schedules()[0].overrides) == 1


def test_overrides_outlive_snapshots_and_other_policies() -> None:
    story = Story(POLICY)
    story.take(SetOverride(override()))
    story.edits(replace(POLICY, digest="two"))
    story.engine = Engine.restore(story.engine.snapshot())
    assert paged(story) == [BO.address]


def test_what_ended_a_day_ago_makes_room() -> None:
    story = Story(POLICY)
    story.take(SetOverride(override()))
    story.wait(minutes(26 * 60))
    later = story.now + minutes(5)
    story.take(SetOverride(override(id="o2", ends_at=later)))
    assert [one.id for one in story.engine.schedules()[0].overrides] == ["o2"]
    assert PublishOverride("o1") in published(story)


def test_an_override_of_what_is_not_there_is_refused_with_the_reason() -> None:
    wrong = (
        {"schedule": "primry"},
        {"user": "zoe"},
        {"replaces": "zoe"},
        {"ends_at": override().starts_at},
        {"id": ""},
    )
    for given in wrong:
        story = Story(POLICY)
        story.take(SetOverride(override(**given)))
        assert story.reasons == ["override_refused"], given
        assert paged(story) == [ANA.address]


def test_to_take_back_what_is_not_there_is_said() -> None:
    story = Story(POLICY)
    story.take(RemoveOverride("o9"))
    assert story.reasons == ["unknown_override"]
