"""On call: who it is now and next, the gaps, and who stands in for whom."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from routing.event import RemoveOverride, SetOverride
from tests.console.duty import BRUNO, NOW, POLICY, stand_in
from tests.console.pressing import FOREIGN, send, token
from tests.console.scene import ANA, Scene, Story, busy_worker, scene
from tests.console.test_pages import HOSTILE, Elements

PAGE = "/on-call"


def tell(story: Story, **given: Any) -> None:
    async def run() -> None:
        settings = {"policy": POLICY, "users": POLICY.users, "now": lambda: NOW, **given}
        async with scene(**settings) as stage:
            await story(stage)

    asyncio.run(run())


def plain(text: str) -> str:
    words = " ".join(re.sub("<[^>]*>", " ", text.split("<main", 1)[1]).split())
    return words.replace(" ,", ",")


async def fields(stage: Scene, **changes: str) -> dict[str, str]:
    once = re.search(r'name="once" value="(\w+)"', await stage.text(PAGE))
    assert once
    given = {
        "once": once[1],
        "schedule": "shop-primary",
        "user": "bruno",
        "replaces": "ana",
        "starts_at": "2026-03-15T09:00",
        "ends_at": "2026-03-16T09:00",
        "note": "Ana travels.",
    }
    return {**given, **changes}


def test_each_schedule_says_who_is_on_call_until_when_and_who_then() -> None:
    async def story(stage: Scene) -> None:
        text = plain(await stage.text(PAGE))
        assert "shop-primary ana Ana Reis until Sat 21 March 00:00 CET, then bruno" in text
        assert "Asked by shop-night." in text
        assert "office bruno until Tue 17 March" in text
        assert "No gap in the next four weeks." in text

    tell(story)


def test_gaps_are_named_unless_they_are_meant() -> None:
    async def story(stage: Scene) -> None:
        text = await stage.text(PAGE)
        assert "1 gap in four weeks: " in plain(text)
        assert "Tue 17 March 03:22 UTC" in plain(text)
        assert text.count('class="bad-word"') == 2

    tell(story)
    meant = tuple(replace(one, may_have_gaps=True) for one in POLICY.schedules)

    async def other(stage: Scene) -> None:
        assert "1 gap in four weeks, which are meant" in plain(await stage.text(PAGE))

    tell(other, policy=replace(POLICY, schedules=meant))


def test_each_policy_says_whom_it_would_page_now() -> None:
    async def story(stage: Scene) -> None:
        text = plain(await stage.text(PAGE))
        assert "Level 1: ana (shop-primary) then after 5 min Level 2: bruno" in text
        stage.stand(stand_in("o1"))
        assert "Level 1: bruno (shop-primary)" in plain(await stage.text(PAGE))

    tell(story)


def test_who_stands_in_is_on_call_and_can_be_taken_back() -> None:
    async def story(stage: Scene) -> None:
        stage.stand(stand_in("o1"), stand_in("o2", is_swap=True, ends_at=NOW))
        text = plain(await stage.text(PAGE))
        assert "shop-primary bruno until Sat 14 March 09:22 CET, then ana" in text
        assert "bruno for ana on shop-primary in force: " in text
        assert "bruno and ana swap on shop-primary over: " in text
        assert text.count("Take back") == 1
        answer = await send(stage, PAGE, "/on-call/remove/o1")
        assert answer.status == 303
        assert stage.log.written == [RemoveOverride("o1", by="Ana Reis")]
        assert "Sent; it shows here" in await stage.text(answer.headers["Location"])

    tell(story)


def test_what_is_taken_back_already_is_not_taken_back_again() -> None:
    async def story(stage: Scene) -> None:
        assert (await send(stage, PAGE, "/on-call/remove/gone")).status == 303
        assert stage.log.written == []

    tell(story)


@pytest.mark.parametrize(("word", "is_swap"), [("override", False), ("swap", True)])
def test_a_form_lets_somebody_stand_in_or_two_swap_on_the_clock_of_the_schedule(
    word: str, is_swap: bool
) -> None:
    async def story(stage: Scene) -> None:
        answer = await send(stage, PAGE, f"/on-call/{word}", **await fields(stage))
        assert answer.status == 303
        (command,) = stage.log.written
        assert isinstance(command, SetOverride)
        made = command.override
        assert (made.user, made.replaces, made.is_swap) == ("bruno", "ana", is_swap)
        assert made.starts_at == datetime(2026, 3, 15, 8, tzinfo=UTC)
        assert made.ends_at - made.starts_at == timedelta(days=1)
        assert (made.created_by, made.comment) == ("Ana Reis", "Ana travels.")

    tell(story)


def test_a_stand_in_begins_now_for_whoever_is_on_call_where_nothing_else_is_said() -> None:
    async def story(stage: Scene) -> None:
        given = await fields(stage, starts_at="", replaces="whoever is on call")
        await send(stage, PAGE, "/on-call/override", **given)
        (command,) = stage.log.written
        assert isinstance(command, SetOverride)
        assert (command.override.starts_at, command.override.replaces) == (NOW, "")

    tell(story)


def test_a_form_pressed_twice_is_one_override() -> None:
    async def story(stage: Scene) -> None:
        given = await fields(stage)
        for _ in range(2):
            await send(stage, PAGE, "/on-call/override", **given)
        first, second = stage.log.written
        assert first == second

    tell(story)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"user": "zoe"}, "there is no user"),
        ({"schedule": "nights"}, "there is no schedule"),
        ({"replaces": "bruno"}, "cannot stand in for bruno"),
        ({"ends_at": ""}, "until when is missing"),
        ({"ends_at": "tomorrow"}, "a date and time such as"),
        ({"ends_at": "9999-12-31T23:59"}, "from 1970 to 9998"),
        ({"ends_at": "2026-03-01T00:00"}, "later than its start"),
        ({"once": "<i>"}, "out of date"),
        *((changes, "") for changes in FOREIGN),
    ],
)
def test_what_will_not_do_is_refused_and_the_form_keeps_what_was_said(
    changes: dict[str, Any], problem: str
) -> None:
    async def story(stage: Scene) -> None:
        given = {**await fields(stage), **changes}
        answer = await send(stage, PAGE, "/on-call/override", **given)
        text = await answer.text()
        assert answer.status == 403
        assert 'role="alert"' in text
        assert problem in text.lower()
        assert stage.log.written == []
        if "token" not in changes and "origin" not in changes and "by" not in changes:
            assert 'value="Ana travels."' in text

    tell(story)


def test_a_form_that_kafka_did_not_confirm_is_said_not_to_be_sent() -> None:
    async def story(stage: Scene) -> None:
        stage.log.is_away = True
        answer = await send(stage, PAGE, "/on-call/override", **await fields(stage))
        assert answer.status == 503
        assert "Not sent: Kafka did not confirm it" in await answer.text()

    tell(story)


def test_everything_hostile_on_the_page_is_text() -> None:
    name = replace(BRUNO, name=HOSTILE, full_name=HOSTILE)
    schedules = tuple(replace(one, name=HOSTILE) for one in POLICY.schedules[:1])
    plans = tuple(replace(one, name=HOSTILE) for one in POLICY.escalations)
    given = replace(POLICY, schedules=schedules, escalations=plans)

    async def story(stage: Scene) -> None:
        stage.stand(stand_in(HOSTILE, user=HOSTILE, schedule=HOSTILE, comment=HOSTILE))
        found = Elements(await stage.text(PAGE))
        assert found.tags.count("script") == 1
        assert "img" not in found.tags
        assert found.handlers == []

    tell(story, policy=given, users=(ANA, name))


def test_without_schedules_it_says_so_and_has_no_form() -> None:
    async def story(stage: Scene) -> None:
        text = await stage.text(PAGE)
        assert "No schedules are configured." in text
        assert "/on-call/override" not in text

    tell(story, policy=None)


def test_a_worker_with_another_configuration_is_said() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker(config_digest="old"))
        assert "another configuration" not in await stage.text(PAGE)
        stage.report(busy_worker(config_digest="new"))
        assert "restart the console" in await stage.text(PAGE)

    tell(story, config_digest="old")


def test_enter_in_a_field_takes_nobody_back() -> None:
    async def story(stage: Scene) -> None:
        stage.stand(stand_in("o1"))
        first = re.search(r'<button[^>]*form="press"[^>]*>', await stage.text(PAGE))
        assert first
        assert " disabled " in first[0]

    tell(story)


def test_a_get_changes_nothing() -> None:
    async def story(stage: Scene) -> None:
        await token(stage, PAGE)
        for path in ("/on-call/override", "/on-call/swap", "/on-call/remove/o1"):
            assert (await stage.client.get(path)).status == 405
        assert stage.log.written == []

    tell(story)
