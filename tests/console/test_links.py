"""Links of mails in the console: a page that asks, and a button that acts."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientResponse

from console.answers import name_of, silence_of
from console.errors import Refused
from routing.channels.answer import Person, Word
from routing.channels.email import Email
from routing.channels.mail_links import Link, seal
from routing.event import Acknowledge, Resolve, SetSilence
from routing.policy import Contact, User
from routing.secret import Secret
from tests.console.browser import CHROMIUM, browser
from tests.console.scene import (
    OPENED,
    Scene,
    Story,
    acknowledged,
    latency_alert,
    paged_incident,
    resolved,
    scene,
)

KEY = Secret("a key that is long enough")
MAIL = Email(name="mail", host="h", sender="t@shop.example", link_key=KEY)
NOW = OPENED + timedelta(minutes=5)
ANA = User(name="ana", contacts=(Contact("mail", "Ana@Shop.example"),), full_name="Ana Reis")


def tell(story: Story, mail: Email = MAIL) -> None:
    async def run() -> None:
        async with scene(channels={"mail": mail}, now=lambda: NOW, users=(ANA,)) as stage:
            stage.show(paged_incident())
            await story(stage)

    asyncio.run(run())


def link(word: Word = "acknowledge", **changes: Any) -> str:
    given = {
        "incident_id": "inc-7f3a9c",
        "word": word,
        "recipient": "ana@shop.example",
        "expires_at": int(NOW.timestamp()) + 60,
    }
    return f"/act/mail/{seal(Link(**{**given, **changes}), key=KEY, channel='mail')}"


async def press(stage: Scene, path: str) -> ClientResponse:
    once = re.search(r'name="once" value="(\w+)"', await stage.text(path))
    assert once
    return await stage.client.post(path, data={"once": once[1]}, allow_redirects=False)


def test_get_and_head_only_ask() -> None:
    async def story(stage: Scene) -> None:
        text = await stage.text(link())
        assert '<button class="main">Acknowledge</button>' in text
        assert "In the name of ana." in text
        assert "checkout: latency of /pay" in text
        assert (await stage.client.head(link())).status == 200
        assert stage.log.written == []

    tell(story)


@pytest.mark.parametrize(("word", "kind"), [("acknowledge", Acknowledge), ("resolve", Resolve)])
def test_the_button_writes_the_command_in_the_name_of_the_recipient(word: Any, kind: Any) -> None:
    async def story(stage: Scene) -> None:
        answer = await press(stage, link(word))
        assert answer.status == 303
        (command,) = stage.log.written
        assert isinstance(command, kind)
        assert (command.incident_id, command.by, command.via) == ("inc-7f3a9c", "ana", "email")
        assert command.id.startswith("mail:")
        assert "Sent: " in await stage.text(answer.headers["Location"])
        assert stage.desk.heard == {("mail", "written"): 1}

    tell(story)


def test_the_same_form_sent_twice_is_one_command_and_a_new_page_another() -> None:
    async def story(stage: Scene) -> None:
        path = link()
        for once in ("a", "a", "b"):
            await stage.client.post(path, data={"once": once}, allow_redirects=False)
        first, again, other = (command.id for command in stage.log.written)  # type: ignore[union-attr]
        assert first == again != other

    tell(story)


def test_silence_mutes_what_the_alerts_share_for_an_hour() -> None:
    async def story(stage: Scene) -> None:
        assert (await press(stage, link("silence"))).status == 303
        (command,) = stage.log.written
        assert isinstance(command, SetSilence)
        silence = command.silence
        assert (silence.starts_at, silence.ends_at) == (NOW, NOW + timedelta(hours=1))
        assert {m.name: m.value for m in silence.matchers} == latency_alert().labels
        assert silence.created_by == "ana"

    tell(story)


def test_a_silence_never_mutes_everything() -> None:
    other = latency_alert(labels={"service": "search"})
    incident = paged_incident(alerts={"a": latency_alert(), "b": other})
    with pytest.raises(Refused, match="share no label"):
        silence_of(incident, by="ana", via="email", now=NOW)
    ended = msgspec.structs.replace(other, ends_at=OPENED)
    only = silence_of(
        paged_incident(alerts={"a": latency_alert(), "b": ended}), by="a", via="email", now=NOW
    )
    assert len(only.matchers) == 5


REFUSED = [
    pytest.param("/act/mail/nonsense", 403, "not one of ours", id="nonsense"),
    pytest.param(link()[:-4], 403, "copy the whole address", id="cut short"),
    pytest.param(link(expires_at=1), 410, "This link is over", id="expired"),
    pytest.param(link().replace("/mail/", "/chat/"), 404, "do not work here", id="other channel"),
    pytest.param(link(incident_id="gone"), 404, "no such incident", id="unknown incident"),
    pytest.param("/act/mail/%00%ff%22%3Cscript%3E", 403, "not one of ours", id="hostile"),
]


@pytest.mark.parametrize(("path", "status", "said"), REFUSED)
def test_a_link_that_is_no_good_says_so_and_writes_nothing(
    path: str, status: int, said: str
) -> None:
    async def story(stage: Scene) -> None:
        assert said in await stage.text(path, status)
        answer = await stage.client.post(path, data={"once": "x"}, allow_redirects=False)
        assert answer.status in (status, 303)
        assert stage.log.written == []
        assert "Traceback" not in await answer.text()

    tell(story)


def test_what_is_so_already_has_no_button_and_writes_nothing() -> None:
    async def story(stage: Scene) -> None:
        for incident in (acknowledged(paged_incident(), by="ana"), resolved(paged_incident())):
            stage.show(incident)
            assert "That is so already" in await stage.text(link())
            await stage.client.post(link(), data={})
        assert stage.log.written == []
        stage.show(acknowledged(paged_incident(), by="bruno"))
        assert "<button" in await stage.text(link())

    tell(story)


def test_a_log_that_is_away_is_said() -> None:
    async def story(stage: Scene) -> None:
        stage.log.is_away = True
        answer = await press(stage, link())
        assert answer.status == 503
        assert "Not sent: Kafka did not confirm it" in await answer.text()
        assert stage.desk.heard == {("mail", "failed"): 1}

    tell(story)


def test_bodies_that_are_too_large_or_cannot_be_read_are_refused() -> None:
    async def story(stage: Scene) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        for body, status in ((b"once=" + b"x" * 100_000, 413), (b"once=%ff\xff", 403)):
            answer = await stage.client.post(link(), data=body, headers=headers)
            assert answer.status == status
        assert stage.log.written == []

    tell(story)


def test_a_console_without_the_key_says_so() -> None:
    async def story(stage: Scene) -> None:
        assert "has no link_key" in await stage.text(link(), 404)

    tell(story, Email(name="mail", host="h", sender="t@shop.example"))


PEOPLE = [
    (Person(addresses=("ana@shop.example",)), "ana"),
    (Person(addresses=("U1",), name="Somebody Else"), "Somebody Else"),
    (Person(name="@ANA"), "ana"),
    (Person(name="ana reis"), "ana"),
    (Person(addresses=("bo@shop.example",)), "bo@shop.example"),
    (Person(name=" \x00\u202e "), "Somebody"),
    (Person(), "Somebody"),
    (Person(name="x" * 1000), "x" * 79 + "…"),
]


@pytest.mark.parametrize(("person", "name"), PEOPLE)
def test_people_are_known_by_address_then_by_name(person: Person, name: str) -> None:
    assert name_of((ANA,), "mail", person) == name


def test_an_address_that_two_users_share_names_neither() -> None:
    twin = msgspec.structs.replace(ANA, name="twin", full_name="")
    assert name_of((ANA, twin), "mail", Person(addresses=("ana@shop.example",))) == (
        "ana@shop.example"
    )


def test_the_console_tells_the_time_in_utc() -> None:
    async def run() -> datetime:
        async with scene() as stage:
            return stage.desk.now()

    assert asyncio.run(run()).tzinfo is UTC


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_page_fits_a_phone_and_its_button_acts(tmp_path: Path) -> None:
    async def run() -> None:
        mail = {"mail": MAIL}
        async with scene(channels=mail, now=lambda: NOW) as stage, browser() as tab:
            stage.show(paged_incident(title="W" * 300))
            await tab.open(stage.origin + link())
            for scheme in ("light", "dark"):
                await tab.look(width=390, scheme=scheme)
                assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert await tab.picture(tmp_path / f"{scheme}.png")
            await tab.evaluate("document.querySelector('button.main').click()")
            await tab.until("document.body && document.body.innerText.includes('Sent: Ack')")
            assert [type(command) for command in stage.log.written] == [Acknowledge]

    asyncio.run(run())
