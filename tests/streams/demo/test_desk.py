"""The page on which people answer in the stand-ins."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from streams.demo.peers.desk import Desk, told
from streams.demo.peers.received import Received
from streams.demo.peers.serve import Peers


def one(channel: str, what: str, reason: str = "", **changes: object) -> Received:
    given = {"number": 0, "at": 10.0, "incident": "i1", "contact": "c", "text": "slow"} | changes
    return Received(channel=channel, what=what, reason=reason, **given)  # type: ignore[arg-type]


def served(
    folder: Path, console: str, story: Callable[[str, aiohttp.ClientSession], Awaitable[None]]
) -> None:
    async def run() -> None:
        async with Peers(folder) as peers, aiohttp.ClientSession() as http:
            peers.journal.keep(1.0, "slack", "post", incident="i<1>", contact="#a", text="a <b>")
            async with Desk(peers, console) as desk:
                await story(f"http://127.0.0.1:{desk.port}/", http)

    asyncio.run(run())


def test_an_incident_is_shown_as_each_place_shows_it() -> None:
    log = [
        one("slack", "post", "first", text="checkout is slow\nmore"),
        one("pagerduty", "open"),
        one("slack", "update", "acknowledged"),
        one("jira", "create", "first"),
        one("webhook", "open"),
    ]
    (found,) = told(log)
    assert found.title == "checkout is slow"
    assert [(s.name, s.state) for s in found.seen] == [
        ("Slack", "acknowledged"),
        ("PagerDuty", "open"),
        ("Jira", "open"),
    ]
    assert not found.is_over


def test_it_is_over_where_all_places_say_so_jira_by_its_issue() -> None:
    log = [one("slack", "update", "resolved"), one("jira", "create", "first")]
    assert not told(log)[0].is_over
    assert told(log, done={"i1"})[0].is_over


def test_the_newest_incident_stands_first() -> None:
    log = [one("slack", "post", incident="old"), one("slack", "post", incident="new")]
    assert [found.incident for found in told(log)] == ["new", "old"]


def test_the_page_has_buttons_and_escapes_what_it_shows(tmp_path: Path) -> None:
    async def story(url: str, http: aiohttp.ClientSession) -> None:
        page = await (await http.get(url)).text()
        assert 'aria-label="Acknowledge in Slack"' in page
        assert "a &lt;b&gt;" in page
        assert "i&lt;1&gt;" in page

    served(tmp_path, "http://127.0.0.1:1", story)


def test_without_a_console_there_is_nothing_to_press(tmp_path: Path) -> None:
    async def story(url: str, http: aiohttp.ClientSession) -> None:
        assert "<button" not in await (await http.get(url)).text()
        form = {"channel": "slack", "incident": "i<1>", "word": "acknowledge"}
        assert (await http.post(url, data=form)).status == 400

    served(tmp_path, "", story)


def test_what_cannot_be_pressed_is_said_to_people_and_to_programs(tmp_path: Path) -> None:
    async def story(url: str, http: aiohttp.ClientSession) -> None:
        form = {"channel": "slack", "incident": "i<1>", "word": "acknowledge"}
        page = await (await http.post(url, data=form)).text()
        assert "no message in Slack asks to acknowledge i&lt;1&gt;" in page
        answer = await http.post(url, data=form, headers={"Accept": "application/json"})
        assert answer.status == 409
        assert "no message in Slack" in (await answer.json())["problem"]
        assert (await http.post(url, data=form | {"word": "delete"})).status == 400

    served(tmp_path, "http://127.0.0.1:1", story)


def test_other_sites_press_nothing(tmp_path: Path) -> None:
    async def story(url: str, http: aiohttp.ClientSession) -> None:
        form = {"channel": "slack", "incident": "i<1>", "word": "delete"}
        own, foreign = url.rstrip("/"), "https://evil.example"
        assert (await http.post(url, data=form, headers={"Origin": foreign})).status == 403
        assert (await http.post(url, data=form, headers={"Origin": own})).status == 400

    served(tmp_path, "http://127.0.0.1:1", story)


def test_a_jira_without_the_issue_is_said(tmp_path: Path) -> None:
    async def story(url: str, http: aiohttp.ClientSession) -> None:
        form = {"channel": "jira", "incident": "i9", "word": "resolve"}
        page = await (await http.post(url, data=form)).text()
        assert "Jira has no open issue of i9" in page

    served(tmp_path, "http://127.0.0.1:1", story)
