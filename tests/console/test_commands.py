"""Acknowledge and Resolve: forms that only our own pages can send."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse

from config.settings import ConsoleSettings
from console.csrf import FormGuard
from routing.event import Acknowledge, Escalate, Reassign, Resolve, Snooze
from tests.console.scene import Scene, Story, acknowledged, paged_incident, resolved, scene

INCIDENT = "/incident/inc-7f3a9c"


def tell(story: Story, settings: ConsoleSettings | None = None) -> None:
    async def run() -> None:
        async with scene(settings) as stage:
            stage.show(paged_incident())
            await story(stage)

    asyncio.run(run())


async def token(stage: Scene) -> str:
    found = re.search(r'name="token" value="(\w+)"', await stage.text(INCIDENT))
    assert found
    return found[1]


async def press(stage: Scene, button: str, **changes: Any) -> ClientResponse:
    """Press a button as a browser does, with some things changed."""
    origin = changes.pop("origin", stage.origin)
    path = changes.pop("path", f"{INCIDENT}/{button}")
    fields = {"token": changes.pop("token", None) or await token(stage), "by": "Ana Reis"}
    headers = {} if origin is None else {"Origin": origin}
    return await stage.client.post(
        path, data={**fields, **changes}, headers=headers, allow_redirects=False
    )


@pytest.mark.parametrize(("button", "kind"), [("acknowledge", Acknowledge), ("resolve", Resolve)])
def test_button_writes_its_command_and_leads_back(button: str, kind: Any) -> None:
    async def story(stage: Scene) -> None:
        answer = await press(stage, button)
        assert answer.status == 303
        assert answer.headers["Location"] == f"{INCIDENT}?sent={button}"
        (command,) = stage.log.written
        assert isinstance(command, kind)
        assert (command.incident_id, command.by, command.via) == (
            "inc-7f3a9c",
            "Ana Reis",
            "console",
        )
        note = "Sent; it shows here within a second."
        assert note in await stage.text(answer.headers["Location"])

    tell(story)


def test_note_goes_once_the_command_took_effect() -> None:
    async def story(stage: Scene) -> None:
        stage.show(acknowledged(paged_incident()))
        assert "Sent;" not in await stage.text(f"{INCIDENT}?sent=acknowledge")
        assert "Sent;" in await stage.text(f"{INCIDENT}?sent=resolve")
        assert "Sent;" not in await stage.text(f"{INCIDENT}?sent=<script>")

    tell(story)


def test_get_never_changes_anything() -> None:
    async def story(stage: Scene) -> None:
        for button in ("acknowledge", "resolve", "snooze", "escalate", "reassign"):
            answer = await stage.client.get(f"{INCIDENT}/{button}")
            assert answer.status == 405
            assert "use the buttons" in await answer.text()
        for path in ("/", INCIDENT, f"{INCIDENT}?sent=resolve", "/healthz", "/metrics"):
            await stage.text(path)
        assert stage.log.written == []

    tell(story)


def test_name_is_remembered_for_the_next_time() -> None:
    async def story(stage: Scene) -> None:
        answer = await press(stage, "acknowledge", by='  Zoë "Z" <i>  ')
        cookie = answer.cookies["tocsin_name"]
        assert cookie["samesite"] == "Lax"
        assert cookie["httponly"]
        assert 'value="Zoë &#34;Z&#34; &lt;i&gt;"' in await stage.text(INCIDENT)

    tell(story)


FOREIGN = [
    pytest.param({"token": "0" * 64}, id="a token that is not ours"),
    pytest.param({"token": "é"}, id="a token outside ASCII"),
    pytest.param({"origin": "https://evil.example"}, id="another origin"),
    pytest.param({"origin": "null"}, id="an origin that hides"),
    pytest.param({"origin": None}, id="no origin and no referrer"),
    pytest.param({"by": " \u202e\x00 "}, id="no name"),
]


@pytest.mark.parametrize("changes", FOREIGN)
def test_form_is_refused_with(changes: dict[str, Any]) -> None:
    async def story(stage: Scene) -> None:
        await token(stage)
        answer = await press(stage, "acknowledge", **changes)
        assert answer.status == 403
        assert stage.log.written == []
        text = await answer.text()
        assert 'role="alert"' in text
        assert ">Acknowledge</button>" in text

    tell(story)


def test_token_of_one_visitor_does_not_serve_another() -> None:
    async def story(stage: Scene) -> None:
        theirs = await token(stage)
        stage.client.session.cookie_jar.clear()
        await token(stage)
        assert (await press(stage, "resolve", token=theirs)).status == 403
        stage.client.session.cookie_jar.clear()
        assert (await press(stage, "resolve", token=theirs)).status == 403
        assert stage.log.written == []

    tell(story)


def test_refused_form_comes_back_fresh_with_the_name_kept() -> None:
    async def story(stage: Scene) -> None:
        answer = await press(stage, "acknowledge", token="stale", by="Bruno")
        text = await answer.text()
        assert 'value="Bruno"' in text
        fresh = re.search(r'name="token" value="(\w+)"', text)
        assert fresh
        again = await press(stage, "acknowledge", token=fresh[1])
        assert again.status == 303

    tell(story)


def test_form_cookie_stays_with_the_site_and_out_of_scripts() -> None:
    async def story(stage: Scene) -> None:
        answer = await stage.client.get(INCIDENT)
        cookie = answer.cookies["tocsin_form"]
        assert cookie["samesite"] == "Strict"
        assert cookie["httponly"]
        assert not cookie["secure"]

    tell(story)


def test_referrer_stands_in_for_an_origin_that_was_not_sent() -> None:
    async def story(stage: Scene) -> None:
        for referrer, status in (
            (f"{stage.origin}{INCIDENT}", 303),
            ("https://evil.example/", 403),
        ):
            answer = await stage.client.post(
                f"{INCIDENT}/resolve",
                data={"token": await token(stage), "by": "Ana"},
                headers={"Referer": referrer},
                allow_redirects=False,
            )
            assert answer.status == status

    tell(story)


def test_address_people_use_is_an_origin_of_ours() -> None:
    async def story(stage: Scene) -> None:
        answer = await press(stage, "acknowledge", origin="https://tocsin.example")
        assert answer.status == 303
        assert (await press(stage, "resolve", origin="http://tocsin.example")).status == 403

    tell(story, ConsoleSettings(url="https://tocsin.example/path"))


def test_resolved_incident_takes_no_more_commands() -> None:
    async def story(stage: Scene) -> None:
        fields = {"token": await token(stage)}
        stage.show(resolved(paged_incident()))
        assert (await press(stage, "acknowledge", **fields)).status == 303
        assert stage.log.written == []

    tell(story)


def test_command_for_an_unknown_incident_is_not_written() -> None:
    async def story(stage: Scene) -> None:
        answer = await press(stage, "", path="/incident/nope/resolve")
        assert answer.status == 404
        assert stage.log.written == []

    tell(story)


def test_unconfirmed_command_is_said_to_be_so() -> None:
    async def story(stage: Scene) -> None:
        stage.log.is_away = True
        answer = await press(stage, "acknowledge")
        assert answer.status == 503
        assert "Not sent: Kafka did not confirm it: wait a moment, press again." in (
            await answer.text()
        )

    tell(story)


def test_huge_and_undecodable_forms_are_refused_without_a_trace() -> None:
    async def story(stage: Scene) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": stage.origin}
        for body, status in ((b"by=" + b"x" * 100_000, 413), (b"by=%ff\xff", 403), (b"", 403)):
            answer = await stage.client.post(f"{INCIDENT}/resolve", data=body, headers=headers)
            assert answer.status == status
            assert "Traceback" not in await answer.text()
        assert stage.log.written == []

    tell(story)


def test_tokens_of_two_processes_differ() -> None:
    assert FormGuard().token("visitor") != FormGuard().token("visitor")


def test_an_incident_is_snoozed_escalated_and_given_away() -> None:
    async def story(stage: Scene) -> None:
        for button, fields in (
            ("snooze", {"lasts": "4 hours"}),
            ("escalate", {}),
            ("reassign", {"to": "user ana"}),
        ):
            assert (await press(stage, button, **fields)).status == 303
        put_off, raised, given = stage.log.written
        assert isinstance(put_off, Snooze)
        left = put_off.until - stage.desk.now()
        assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
        assert isinstance(raised, Escalate)
        assert (raised.level, raised.by) == (1, "Ana Reis")
        assert isinstance(given, Reassign)
        assert (given.kind, given.name) == ("user", "ana")

    tell(story)


def test_a_button_pressed_twice_on_one_view_is_one_command() -> None:
    async def story(stage: Scene) -> None:
        await press(stage, "escalate")
        await press(stage, "escalate")
        stage.show(paged_incident(version=9))
        await press(stage, "escalate")
        first, second, third = (one.id for one in stage.log.written if isinstance(one, Escalate))
        assert first == second != third

    tell(story)


@pytest.mark.parametrize(
    ("button", "fields", "problem"),
    [
        ("snooze", {"lasts": "for ever"}, "for how long is missing"),
        ("snooze", {}, "for how long is missing"),
        ("reassign", {"to": "user zoe"}, "not in the policy"),
        ("reassign", {"token": "0" * 64, "to": "user ana"}, "out of date"),
        ("escalate", {"origin": "https://evil.example"}, "another address"),
    ],
)
def test_what_cannot_be_handed_on_is_refused(
    button: str, fields: dict[str, str], problem: str
) -> None:
    async def story(stage: Scene) -> None:
        await token(stage)
        answer = await press(stage, button, **fields)
        assert answer.status == 403
        assert problem in (await answer.text()).lower()
        assert stage.log.written == []

    tell(story)
