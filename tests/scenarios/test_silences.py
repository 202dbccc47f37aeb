"""Silences: a mute tells nobody, hides no resolve, and ends on time."""

import json
from datetime import timedelta

from msgspec.structs import replace

from routing.effect import PublishSilence
from routing.engine import Engine
from routing.event import SetSilence
from routing.incident import IncidentState
from routing.intervals import Part, TimeInterval
from routing.labels import Matcher
from routing.policy import Silence
from tests.scenarios.story import START, Story, levels, minutes, policy, seconds


def test_a_silenced_group_tells_nobody_until_the_silence_ends() -> None:
    story = Story(policy(escalation=levels("ana")))
    story.silences(lasts=minutes(7))
    story.fires()
    story.wait(minutes(60))
    assert story.told == ["07:00 #ops first", "07:00 ana first"]
    silenced = [e for e in story.effects if getattr(e, "reason", "") == "silenced"]
    assert "quiet" in silenced[0].text  # type: ignore[union-attr]
    assert silenced[0].fingerprint.startswith("fp1:")  # type: ignore[union-attr]


def test_a_silence_that_is_expired_early_tells_at_once() -> None:
    story = Story(policy())
    story.silences(lasts=minutes(600))
    story.fires()
    story.wait(minutes(3))
    story.expires()
    assert story.told == ["03:00 #ops first"]


def test_a_silenced_group_that_ends_was_never_told() -> None:
    story = Story(policy())
    story.silences(lasts=minutes(600))
    story.fires()
    story.wait(minutes(3))
    story.ends()
    story.wait(minutes(700))
    assert story.told == []
    assert "over_while_silenced" in story.reasons
    assert story.incident.state is IncidentState.RESOLVED


def test_a_resolve_reaches_all_who_were_paged_even_under_a_silence() -> None:
    story = Story(policy())
    story.fires()
    story.wait(minutes(1))
    story.silences(lasts=minutes(600))
    story.wait(minutes(10))
    assert story.told == ["00:30 #ops first"], "a mute is not a resolve"
    story.ends()
    assert story.told[1:] == ["11:00 #ops resolved"]


def test_a_silenced_alert_beside_an_audible_one_is_told_when_its_silence_ends() -> None:
    story = Story(policy())
    story.silences(lasts=minutes(8), host="b")
    story.fires(host="a")
    story.fires(host="b")
    story.wait(minutes(60))
    assert story.told == ["00:30 #ops first", "08:00 #ops new_alerts"]


def test_the_others_ending_does_not_resolve_a_silenced_alert() -> None:
    story = Story(policy())
    story.silences(lasts=minutes(20), host="b")
    story.fires(host="a")
    story.fires(host="b")
    story.wait(minutes(1))
    story.ends(host="a")
    story.wait(minutes(10))
    assert story.told == ["00:30 #ops first"]
    story.wait(minutes(10))
    assert story.told[1:] == ["20:00 #ops new_alerts"]


def test_escalation_waits_for_the_end_of_the_silence() -> None:
    story = Story(policy(escalation=levels("ana", "bo")))
    story.fires()
    story.wait(minutes(5))
    story.silences(lasts=minutes(30))
    story.wait(minutes(60))
    assert story.told == ["00:30 #ops first", "00:30 ana first", "35:00 bo escalated"]


def test_reminders_wait_for_the_end_of_the_silence() -> None:
    story = Story(policy())
    story.fires()
    story.wait(minutes(235))
    story.silences(lasts=minutes(60))
    story.wait(minutes(100))
    assert story.told == ["00:30 #ops first", "4:55:00 #ops repeat"]


def test_an_audible_alert_that_joins_a_silenced_group_is_told_after_group_wait() -> None:
    story = Story(policy())
    story.silences(lasts=minutes(600), host="b")
    story.fires(host="b")
    story.wait(minutes(10))
    story.fires(host="a")
    story.wait(seconds(31))
    assert story.told == ["10:30 #ops first"]


def test_expiring_a_silence_that_is_not_there_is_explained() -> None:
    story = Story(policy())
    story.expires("nosuch")
    assert story.reasons == ["unknown_silence"]


def test_an_edit_takes_effect_at_once() -> None:
    story = Story(policy())
    story.silences(lasts=minutes(600))
    story.fires()
    story.wait(minutes(3))
    story.silences(lasts=minutes(600), service="web")
    story.wait(seconds(1))
    assert story.told == ["03:00 #ops first"]
    said = [e.text for e in story.effects if getattr(e, "reason", "") == "silence_set"]  # type: ignore[union-attr]
    assert said == ["Silence quiet is set.", "Silence quiet is changed."]


def test_a_pending_silence_mutes_from_its_start_and_one_cut_short_before_never_does() -> None:
    matcher = Matcher(name="service", op="=", value="api")
    later = Silence(
        id="later",
        matchers=(matcher,),
        starts_at=START + minutes(10),
        ends_at=START + minutes(60),
    )
    story = Story(policy(escalation=levels("ana", "bo", wait=15)))
    story.take(SetSilence(later))
    story.fires()
    story.wait(minutes(59))
    assert story.told == ["00:30 #ops first", "00:30 ana first"]
    story.wait(minutes(2))
    assert story.told[2:] == ["1:00:00 bo escalated"]

    again = Story(policy(escalation=levels("ana", "bo", wait=15)))
    again.take(SetSilence(later))
    again.expires("later")
    again.expires("later")
    again.fires()
    again.wait(minutes(20))
    assert again.told[2:] == ["15:30 bo escalated"]
    assert again.reasons[1:3] == ["silence_expired", "silence_expired"]


def test_a_silence_that_recurs_lets_go_between_its_intervals() -> None:
    night = TimeInterval(name="night", parts=(Part(times=((0, 4 * 60),)),))
    matcher = Matcher(name="service", op="=", value="api")
    story = Story(replace(policy(), intervals=(night,)))
    far = START + minutes(60 * 24 * 30)
    story.take(
        SetSilence(
            Silence(id="s", matchers=(matcher,), during=("night",), starts_at=START, ends_at=far)
        )
    )
    story.fires(host="a")
    story.wait(minutes(60 * 4))
    assert story.told == ["1:00:00 #ops first"]
    story.ends(host="a")
    story.wait(minutes(60 * 18))
    story.told.clear()
    story.fires(host="b")
    story.wait(minutes(60 * 5))
    assert story.told == ["25:00:00 #ops first"]


def published(told: Story) -> list[PublishSilence]:
    return [one for one in told.effects if isinstance(one, PublishSilence)]


def test_silences_made_by_command_are_published_and_forgotten_five_days_after_their_end() -> None:
    told = Story(policy())
    told.silences(lasts=minutes(60))
    made = published(told)[0].silence
    assert made is not None
    told.wait(minutes(30))
    told.expires()
    cut = published(told)[1].silence
    assert cut is not None
    assert cut.ends_at == told.now
    told.wait(timedelta(days=6))
    told.silences(lasts=minutes(60), id_="other")
    assert published(told)[2] == PublishSilence("quiet")
    assert [one.id for one in published(told)[3:]] == ["other"]


def test_silences_of_an_older_state_are_published_once() -> None:
    told = Story(policy())
    told.silences(lasts=minutes(60))
    older = json.loads(told.engine.snapshot())
    del older["silences_published"]
    told.engine = Engine.restore(json.dumps(older).encode())
    told.wait(minutes(1))
    told.fires()
    assert [one.id for one in published(told)] == ["quiet", "quiet"]


def test_a_silence_is_as_it_was_after_a_restart() -> None:
    told, same = Story(policy()), Story(policy())
    for one in (told, same):
        one.fires()
        one.wait(minutes(1))
        one.silences(lasts=minutes(60))
        if one is told:
            one.engine = Engine.restore(one.engine.snapshot())
        one.fires(host="b")
        one.wait(minutes(30))
        one.expires()
        one.wait(minutes(10))
    assert told.effects == same.effects
