"""The pages in a real browser, at the width of a phone and of a desk."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from routing.event import Acknowledge
from tests.console.browser import CHROMIUM, Tab, browser
from tests.console.duty import POLICY, silence, stand_in
from tests.console.scene import (
    OPENED,
    Scene,
    acknowledged,
    busy_worker,
    errors_incident,
    paged_incident,
    resolved,
    scene,
)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"
)
Story = Callable[[Scene, Tab], Awaitable[None]]
INCIDENT = "/incident/inc-7f3a9c"
PHONE, DESK = 390, 1280


def tell(story: Story) -> None:
    async def run() -> None:
        async with scene(policy=POLICY) as stage, browser() as tab:
            past = paged_incident(id="inc-past", title="payments: throughput fell by half")
            stage.show(paged_incident(), errors_incident(), resolved(past))
            stage.report(busy_worker())
            await story(stage, tab)

    asyncio.run(run())


async def fits(tab: Tab) -> bool:
    widest = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
    return bool(await tab.evaluate(f"{widest} <= innerWidth"))


def test_pages_fit_a_phone_and_a_desk_in_both_colour_schemes(tmp_path: Path) -> None:
    async def story(stage: Scene, tab: Tab) -> None:
        papers: dict[str, set[str]] = {"light": set(), "dark": set()}
        for name, path in (("list", "/"), ("incident", INCIDENT)):
            await tab.open(stage.origin + path)
            for width in (PHONE, DESK):
                for scheme in ("light", "dark"):
                    await tab.look(width=width, scheme=scheme)
                    assert await fits(tab), f"{name} overflows at {width}"
                    picture = await tab.picture(tmp_path / f"{name}-{width}-{scheme}.png")
                    assert picture.startswith(b"\x89PNG")
                    paper = "getComputedStyle(document.body).backgroundColor"
                    papers[scheme].add(await tab.evaluate(paper))
        assert papers["light"].isdisjoint(papers["dark"])
        stage.stand(stand_in("o1", comment="W" * 200))
        stage.keep(silence("s1"))
        await tab.look(width=PHONE, scheme="light")
        for path in ("/on-call", "/silences", "/silences/s1/edit"):
            await tab.open(stage.origin + path)
            assert await fits(tab), f"{path} overflows"

    tell(story)


def test_page_with_endless_hostile_words_still_fits_a_phone() -> None:
    async def story(stage: Scene, tab: Tab) -> None:
        word = "W" * 400
        alert = paged_incident().alerts["a1b2c3"]
        alert.labels.update({word: word, "pod": f"<script>document.title='{word}'</script>"})
        alert.annotations.update({"note": word})
        stage.show(paged_incident(title=word, alerts={word: alert}, group_labels={"service": word}))
        for path in ("/", INCIDENT):
            await tab.open(stage.origin + path)
            await tab.look(width=PHONE, scheme="light")
            assert await fits(tab)
            assert await tab.evaluate("document.title.includes('Tocsin')")

    tell(story)


def test_incident_shows_one_picture_with_line_and_band_and_its_buttons() -> None:
    async def story(stage: Scene, tab: Tab) -> None:
        await tab.open(stage.origin + INCIDENT)
        visible = "[...document.querySelectorAll('svg.chart')].filter(s => s.clientWidth > 200)"
        for width in (PHONE, DESK):
            await tab.look(width=width, scheme="light")
            assert await tab.evaluate(f"{visible}.length") == 1
            for part in ("line", "band", "span", "mark"):
                assert await tab.evaluate(f"!!{visible}[0].querySelector('.chart-{part}')"), part
        buttons = "[...document.querySelectorAll('button')].filter(b => b.checkVisibility())"
        shown = ["Acknowledge", "Resolve", "Not useful"]
        assert await tab.evaluate(f"{buttons}.map(b => b.textContent)") == shown
        await tab.evaluate("document.getElementById('hand-on').open = true")
        assert await tab.evaluate(f"{buttons}.map(b => b.textContent)") == [
            *shown[:2],
            "Snooze",
            "Escalate",
            "Reassign",
            "Not useful",
        ]
        assert await tab.evaluate(f"{buttons}.every(b => b.clientHeight >= 44)")
        for width in (PHONE, DESK):
            await tab.look(width=width, scheme="light")
            assert await fits(tab)

    tell(story)


def test_person_acknowledges_by_keyboard_and_sees_it_without_a_reload() -> None:
    async def story(stage: Scene, tab: Tab) -> None:
        await tab.open(stage.origin + INCIDENT)
        await tab.evaluate("document.getElementById('by').focus()")
        await tab.type("Ana Reis")
        await tab.press("Tab")
        assert await tab.evaluate("document.activeElement.textContent") == "Acknowledge"
        await tab.press("Enter")
        await tab.until("document.querySelector('[role=status].notice')")
        (command,) = stage.log.written
        assert isinstance(command, Acknowledge)
        assert (command.incident_id, command.by) == ("inc-7f3a9c", "Ana Reis")
        await tab.evaluate("window.isSamePage = true")
        stage.show(acknowledged(paged_incident()))
        await tab.until("document.querySelector('.standing').textContent.includes('Ana Reis')")
        assert await tab.evaluate("window.isSamePage")
        assert await tab.evaluate("!document.querySelector('[role=status].notice')")
        assert await tab.evaluate("document.getElementById('by').value") == "Ana Reis"

    tell(story)


def test_refresh_keeps_what_a_person_is_typing() -> None:
    async def story(stage: Scene, tab: Tab) -> None:
        await tab.open(stage.origin + INCIDENT)
        await tab.evaluate("document.getElementById('by').focus()")
        await tab.type("Bru")
        stage.show(acknowledged(paged_incident(), by="Carla"))
        await tab.until("document.querySelector('.standing').textContent.includes('Carla')")
        await tab.type("no")
        assert await tab.evaluate("document.activeElement.id + document.activeElement.value") == (
            "byBruno"
        )

    tell(story)


def test_list_follows_new_incidents_and_tells_screen_readers() -> None:
    async def story(stage: Scene, tab: Tab) -> None:
        await tab.open(f"{stage.origin}/")
        stage.show(paged_incident(id="inc-new", title="login: no data", opened_at=OPENED))
        await tab.until("document.body.textContent.includes('login: no data')")
        assert await tab.evaluate("document.title") == "(2) Tocsin"
        assert await tab.evaluate("document.getElementById('announcer').textContent") == (
            "(2) Tocsin"
        )

    tell(story)


def test_page_of_an_incident_not_read_yet_becomes_the_incident() -> None:
    async def story(stage: Scene, tab: Tab) -> None:
        await tab.open(f"{stage.origin}/incident/inc-late")
        assert await tab.evaluate("document.querySelector('h1').textContent") == (
            "There is no such incident here"
        )
        stage.show(paged_incident(id="inc-late", title="login: no data"))
        await tab.until("document.querySelector('h1').textContent === 'login: no data'")
        assert await tab.evaluate("document.querySelectorAll('#act .buttons').length") == 3

    tell(story)


def test_browser_reports_no_breach_of_the_content_policy() -> None:
    async def story(stage: Scene, tab: Tab) -> None:
        await tab.call(
            "Page.addScriptToEvaluateOnNewDocument",
            source="window.breaches = []; addEventListener('securitypolicyviolation', "
            "e => breaches.push(e.violatedDirective + ' ' + e.blockedURI))",
        )
        await tab.call("Page.enable")
        for path in ("/", INCIDENT, "/incident/inc-past", "/nowhere"):
            await tab.open(stage.origin + path)
            await tab.until("getComputedStyle(document.querySelector('.bar')).display === 'flex'")
            assert await tab.evaluate("breaches") == []

    tell(story)


@pytest.mark.parametrize("is_resolved", [False, True], ids=["open", "resolved"])
def test_person_says_not_useful_sees_what_it_changed_and_takes_it_back(
    is_resolved: bool, tmp_path: Path
) -> None:
    async def story(stage: Scene, tab: Tab) -> None:
        if is_resolved:
            stage.show(resolved(paged_incident()))
        await tab.open(stage.origin + INCIDENT)
        await tab.evaluate("document.getElementById('by').focus()")
        await tab.type("Ana Reis")
        named = "[...document.querySelectorAll('#feedback button')].find(b => b.innerText === '{}')"
        await tab.evaluate(named.format("Not useful") + ".click()")
        await tab.until("document.querySelector('[role=status].notice')")
        ((mark_id, mark),) = stage.log.marked
        stage.say(mark_id, mark)
        await tab.until("document.querySelector('#feedback li')")
        said = await tab.evaluate("document.getElementById('feedback').innerText")
        assert "Not useful" in said
        assert "Ana Reis" in said
        assert "half its budget" in said
        for width in (PHONE, DESK):
            await tab.look(width=width, scheme="light")
            assert await fits(tab)
            assert await tab.evaluate(named.format("Take back") + ".clientHeight >= 44")
            await tab.picture(tmp_path / f"feedback-{width}.png")
        await tab.evaluate(named.format("Take back") + ".click()")
        await tab.until("location.search === '?sent=take-back'")
        assert stage.log.marked[1:] == [(mark_id, None)]
        stage.say(mark_id, None)
        await tab.until(f"!!{named.format('Not useful')}")  # the page that follows has come
        await tab.until("!document.querySelector('#feedback li')")

    tell(story)
