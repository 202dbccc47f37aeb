"""Silences: the list, and a form that says what one mutes before it is made."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from config.silences import ALWAYS
from routing.event import ExpireSilence, SetSilence
from routing.labels import Matcher
from routing.policy import Silence
from tests.console.duty import NOW, POLICY, silence
from tests.console.pressing import FOREIGN, send
from tests.console.scene import Scene, Story, errors_incident, paged_incident, resolved, scene
from tests.console.test_oncall import plain
from tests.console.test_pages import HOSTILE, Elements

PAGE = "/silences"
HOUR = timedelta(hours=1)


def tell(story: Story) -> None:
    async def run() -> None:
        async with scene(policy=POLICY, users=POLICY.users, now=lambda: NOW) as stage:
            stage.show(paged_incident(), errors_incident(), resolved(paged_incident(id="past")))
            await story(stage)

    asyncio.run(run())


def asked(**fields: str) -> str:
    return "/silences/new?" + urlencode({"lasts": "1 hour", **fields})


async def made(stage: Scene, page: str, **changes: Any) -> Silence:
    """What the second form of a page makes, as it stands there."""
    shown = await stage.text(page)
    form = shown.split('<form method="post" action="/silences">', 1)[1]
    pairs = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    fields = {name: value.replace("&#34;", '"') for name, value in pairs}
    answer = await send(stage, page, PAGE, **{**fields, **changes})
    assert answer.status == 303, await answer.text()
    command = stage.log.written[-1]
    assert isinstance(command, SetSilence)
    return command.silence


def test_silences_are_listed_by_how_they_stand_with_what_they_mute() -> None:
    async def story(stage: Scene) -> None:
        stage.keep(
            silence("s1"), silence("s2", starts=60, during=("nights",)), silence("s3", ends=-5)
        )
        active, rest = plain(await stage.text(PAGE)).split("To come", 1)
        to_come, over = rest.split("Over", 1)
        assert 'service="checkout"' in active.replace("&#34;", '"')
        assert "mutes 1 open incident" in active
        assert "The provider moves. Written in the configuration. move" in active
        assert "nothing open is about it" in active
        assert "only during nights" in to_come
        assert "ended 14 March 03:17:11 UTC" in over
        assert "Set it again" in over

    tell(story)


def test_nothing_silenced_is_said() -> None:
    async def story(stage: Scene) -> None:
        stage.keep(replace(POLICY.silences[0], ends_at=NOW))
        assert "Nothing is silenced." in await stage.text(PAGE)

    tell(story)


def test_a_name_is_asked_for_only_where_something_can_be_pressed() -> None:
    async def story(stage: Scene) -> None:
        css = await stage.text("/static/console.css")
        assert 'main:not(:has([form="press"]:enabled)) .sign { display: none; }' in css
        stage.keep(replace(POLICY.silences[0], ends_at=NOW))
        assert re.findall(r'<\w+ [^>]*form="press"[^>]*>', await stage.text(PAGE)) == [
            '<button form="press" disabled hidden>'
        ]
        stage.keep(silence("s1"))
        assert 'class="sign"' in (page := await stage.text(PAGE))
        assert '<button class="small" form="press" formaction="/silences/s1/expire"' in page

    tell(story)


def test_the_form_shows_what_a_silence_mutes_and_then_makes_it() -> None:
    async def story(stage: Scene) -> None:
        page = asked(match='service="checkout"', note="A move")
        assert "It mutes 1 open incident" in await stage.text(page)
        assert stage.log.written == []
        found = await made(stage, page)
        assert found.matchers == (Matcher(name="service", op="=", value="checkout"),)
        assert (found.starts_at, found.ends_at) == (NOW, NOW + HOUR)
        assert (found.created_by, found.comment) == ("Ana Reis", "A move")

    tell(story)


def test_a_part_of_an_incident_and_nothing_at_all_are_said() -> None:
    async def story(stage: Scene) -> None:
        alert = paged_incident().alerts["a1b2c3"]
        other = replace(alert, labels={**alert.labels, "endpoint": "/basket"})
        stage.show(paged_incident(alerts={"a": alert, "b": other}))
        assert "1 of 2 alerts; the others go on" in await stage.text(asked(match="endpoint=/pay"))
        assert "Nothing that is open is about it" in await stage.text(asked(match="a=b"))

    tell(story)


def test_several_sets_hours_and_a_later_start_come_through_the_form() -> None:
    async def story(stage: Scene) -> None:
        page = asked(match="a=b\nc=d\n\ne=~f", starts_at="2026-03-15T22:00", during="nights")
        found = await made(stage, page)
        assert [len(one) for one in (found.matchers, *found.alternatives)] == [2, 1]
        assert found.during == ("nights",)
        assert found.starts_at.isoformat() == "2026-03-15T22:00:00+00:00"
        assert found.ends_at - found.starts_at == HOUR
        endless = await made(stage, asked(match="a=b", lasts="no end", during="nights"))
        assert endless.ends_at == ALWAYS[1]
        stage.keep(endless)
        assert "no end" in plain(await stage.text(PAGE))

    tell(story)


def test_a_silence_is_changed_in_part_under_its_id() -> None:
    async def story(stage: Scene) -> None:
        old = silence("s2", during=("nights",))
        stage.keep(old)
        page = f"{PAGE}/s2/edit"
        assert "Change a silence" in await stage.text(page)
        assert await made(stage, page) == replace(old, created_by="Ana Reis")
        longer = await made(stage, page, lasts="4 hours")
        assert longer == replace(old, created_by="Ana Reis", ends_at=NOW + 4 * HOUR)
        bare = await made(stage, page, during="")
        assert bare.during == ()

    tell(story)


def test_one_of_the_configuration_is_changed_by_command() -> None:
    async def story(stage: Scene) -> None:
        page = f"{PAGE}/move/edit"
        assert "wins over it until it ends" in await stage.text(page)
        assert (await made(stage, page, lasts="1 day")).id == "move"

    tell(story)


def test_a_form_pressed_twice_is_one_silence() -> None:
    async def story(stage: Scene) -> None:
        page, id_ = asked(match="a=b"), "sxm7moe65u"
        first, second = [await made(stage, page, id=id_) for _ in range(2)]
        assert first == second
        assert 'name="id" value="' in await stage.text(page)

    tell(story)


def test_a_silence_is_ended() -> None:
    async def story(stage: Scene) -> None:
        stage.keep(silence("s1"))
        answer = await send(stage, PAGE, f"{PAGE}/s1/expire")
        assert answer.status == 303
        assert stage.log.written == [ExpireSilence("s1")]
        assert "Sent; it shows here" in await stage.text(answer.headers["Location"])
        assert (await send(stage, PAGE, f"{PAGE}/gone/expire")).status == 403
        assert (await stage.client.get(f"{PAGE}/gone/edit")).status == 404

    tell(story)


def test_an_incident_leads_to_a_silence_of_its_labels() -> None:
    async def story(stage: Scene) -> None:
        link = "/silences/new?incident=inc-7f3a9c"
        assert link in await stage.text("/incident/inc-7f3a9c")
        text = await stage.text(link)
        assert "service=&#34;checkout&#34;</textarea>" in text
        assert "It mutes 1 open incident" in text

    tell(story)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"match": ""}, "which alerts is missing"),
        ({"match": "a==b"}, "no operator =="),
        ({"match": "a=~.*"}, "silences everything"),
        ({"match": "a=b\n\nc=~("}, ""),
        ({"match": "a=b", "lasts": "for ever"}, "for how long is missing"),
        ({"match": "a=b", "lasts": "no end"}, "without hours has an end"),
        ({"match": "a=b", "starts_at": "2026-01-01T00:00"}, "over already"),
        ({"match": "a=b", "starts_at": "soon"}, "a date and time such as"),
        ({"match": "a=b", "starts_at": "9999-12-31T23:30"}, "too far away"),
        ({"match": "a=b", "starts_at": "0001-01-01T00:00"}, "over already"),
        ({"match": "a=b", "during": "nigths"}, "did you mean"),
    ],
)
def test_what_will_not_do_is_said_and_not_made(fields: dict[str, str], problem: str) -> None:
    async def story(stage: Scene) -> None:
        text = await stage.text(asked(**fields))
        assert 'role="alert"' in text
        assert problem in text.lower()
        assert 'action="/silences"' not in text
        answer = await send(stage, PAGE, PAGE, id="abc", **{"lasts": "1 hour", **fields})
        assert answer.status == 403
        assert "<textarea" in await answer.text()
        assert stage.log.written == []

    tell(story)


def test_a_form_that_is_refused_is_shown_again_with_what_it_said() -> None:
    async def story(stage: Scene) -> None:
        given = {"id": "abc", "match": "a=b", "lasts": "4 hours", "note": "A move"}
        answer = await send(stage, PAGE, PAGE, token="0" * 64, **given)
        text = await answer.text()
        assert answer.status == 403
        assert "press the button again" in text
        assert 'name="lasts" value="4 hours"' in text
        assert 'name="note" value="A move"' in text
        here = re.search(r'data-here="([^"]+)"', text)
        assert here
        again = await stage.text(here[1].replace("&amp;", "&"))
        assert 'name="lasts" value="4 hours"' in again

    tell(story)


def test_what_as_it_is_means_for_a_silence_that_is_over_is_said() -> None:
    async def story(stage: Scene) -> None:
        stage.keep(silence("s3", ends=-5))
        page = f"{PAGE}/s3/edit"
        assert "sets it again for an hour" in await stage.text(page)
        assert (await made(stage, page)).ends_at == NOW + HOUR

    tell(story)


def test_enter_in_the_name_ends_no_silence() -> None:
    async def story(stage: Scene) -> None:
        stage.keep(silence("s1"))
        first = re.search(r'<button[^>]*form="press"[^>]*>', await stage.text(PAGE))
        assert first
        assert " disabled " in first[0]

    tell(story)


@pytest.mark.parametrize("changes", FOREIGN)
def test_forms_that_are_not_ours_make_and_end_nothing(changes: dict[str, Any]) -> None:
    async def story(stage: Scene) -> None:
        stage.keep(silence("s1"))
        given = {"id": "abc", "match": "a=b", "lasts": "1 hour"}
        for path in (PAGE, f"{PAGE}/s1/expire"):
            answer = await send(stage, PAGE, path, **given, **changes)
            assert answer.status == 403
            assert 'role="alert"' in await answer.text()
        assert stage.log.written == []

    tell(story)


def test_everything_hostile_on_the_pages_is_text() -> None:
    async def story(stage: Scene) -> None:
        evil = replace(
            silence(HOSTILE, during=(HOSTILE,)),
            matchers=(Matcher(name=HOSTILE, op="=", value=HOSTILE),),
            comment=HOSTILE,
            created_by=HOSTILE,
        )
        stage.keep(evil, replace(evil, id="s1"))
        for path in (PAGE, f"{PAGE}/s1/edit", asked(match=HOSTILE, note=HOSTILE, lasts=HOSTILE)):
            found = Elements(await stage.text(path))
            assert found.tags.count("script") == 1
            assert "img" not in found.tags
            assert found.handlers == []

    tell(story)
