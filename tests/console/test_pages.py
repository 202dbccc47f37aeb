"""The pages, by a client that speaks HTTP to the real application."""

import asyncio
import re
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import quote

import msgspec
import pytest

from config.settings import ConsoleSettings
from config.status import CanaryStatus
from console.reader import Freshness, Health
from console.works import MOST
from routing.policy import Contact, Policy, Route, User
from tests.console.scene import (
    OPENED,
    Scene,
    Story,
    acknowledged,
    busy_worker,
    errors_incident,
    latency_alert,
    paged_incident,
    resolved,
    scene,
)
from tests.streams.marks.making import span

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"


def tell(story: Story, settings: ConsoleSettings | None = None) -> None:
    async def run() -> None:
        async with scene(settings) as stage:
            await story(stage)

    asyncio.run(run())


class Elements(HTMLParser):
    """The elements of a page, and the attributes that could run something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]


def test_list_says_what_is_open_since_when_and_who_was_told() -> None:
    async def story(stage: Scene) -> None:
        stage.show(paged_incident(), errors_incident(), resolved(paged_incident(id="past")))
        text = await stage.text("/")
        assert "<title>(1) Tocsin</title>" in text
        assert "checkout: latency of /pay is 6 times what is normal" in text
        assert 'datetime="2026-03-14T03:02:11Z"' in text
        assert "Not reached: ana (Email); told: ana (PagerDuty), #shop-alerts (Slack)" in text
        assert "bruno has taken it" in text
        assert "Resolved after 12 min" in text

    tell(story)


def test_empty_console_is_calm_and_says_how_to_start_a_worker() -> None:
    async def story(stage: Scene) -> None:
        text = await stage.text("/")
        assert "Nothing is open." in text
        assert "tocsin worker --config PATH" in text

    tell(story)


def test_incident_page_holds_evidence_picture_story_and_buttons() -> None:
    async def story(stage: Scene) -> None:
        stage.show(paged_incident())
        text = await stage.text("/incident/inc-7f3a9c")
        for part in (
            "812.4 ms",
            "131 ms",
            "101 to 161 ms",
            "1 in 4.3 million",
            "robust z",
            '<svg class="chart"',
            "slack #shop-alerts was told because it opened.",
            "failed, will be tried again, attempt 2",
            "451 greylisted, come back later",
            'href="https://wiki.example/runbooks/latency?service=checkout"',
            "level 1 of 2 of shop-night, round 1 of 2",
            "is told at 14 March 03:07:11 UTC",
            ">Acknowledge</button>",
            ">Resolve</button>",
        ):
            assert part in text, part

    tell(story)


def test_acknowledged_incident_can_only_be_resolved() -> None:
    async def story(stage: Scene) -> None:
        stage.show(acknowledged(paged_incident()))
        text = await stage.text("/incident/inc-7f3a9c")
        assert ">Acknowledge</button>" not in text
        assert ">Resolve</button>" in text

    tell(story)


def test_resolved_incident_can_neither_be_taken_nor_resolved() -> None:
    async def story(stage: Scene) -> None:
        stage.show(resolved(paged_incident()))
        text = await stage.text("/incident/inc-7f3a9c")
        assert ">Acknowledge</button>" not in text
        assert ">Resolve</button>" not in text

    tell(story)


def test_unknown_incident_says_what_to_do() -> None:
    async def story(stage: Scene) -> None:
        text = await stage.text("/incident/nope", status=404)
        assert "There is no such incident here" in text
        assert 'href="/"' in text
        stage.health.append(Health(Freshness.STARTING, "reading"))
        assert "still reading the incidents" in await stage.text("/incident/nope", status=404)

    tell(story)


def test_page_warns_while_the_broker_is_away() -> None:
    async def story(stage: Scene) -> None:
        stage.show(paged_incident())
        stage.health.append(Health(Freshness.AWAY, "no Kafka broker answers at x:1"))
        for path in ("/", "/incident/inc-7f3a9c"):
            assert "What you see may be old: no Kafka broker answers" in await stage.text(path)

    tell(story)


@pytest.mark.parametrize("incident_id", ["a/b", "ü ?#%2F", "<i>", "{x}"])
def test_incident_with_a_strange_id_is_reachable_from_the_list(incident_id: str) -> None:
    async def story(stage: Scene) -> None:
        stage.show(paged_incident(id=incident_id, title="the strange one"))
        address = re.search(r'<h3><a href="([^"]+)"', await stage.text("/"))
        assert address
        async with stage.client.session.get(
            stage.client.server.make_url("/").joinpath(address[1].lstrip("/"), encoded=True)
        ) as answer:
            assert answer.status == 200
            assert "the strange one" in await answer.text()

    tell(story)


def test_everything_hostile_is_text_and_never_markup() -> None:
    async def story(stage: Scene) -> None:
        alert = latency_alert(
            labels={HOSTILE: HOSTILE},
            annotations={HOSTILE: HOSTILE, "runbook_url": f"javascript:{HOSTILE}"},
        )
        assert alert.evidence is not None
        evil = msgspec.structs.replace(alert.evidence, series=HOSTILE, unit=HOSTILE)
        delivery = msgspec.structs.replace(
            paged_incident().deliveries[0],
            user=HOSTILE,
            detail=HOSTILE,
            contact=Contact(HOSTILE, HOSTILE),
        )
        moment = msgspec.structs.replace(
            paged_incident().timeline[0], kind=HOSTILE, text=HOSTILE, by=HOSTILE
        )
        stage.show(
            paged_incident(
                title=HOSTILE,
                group_labels={"service": HOSTILE},
                alerts={HOSTILE: msgspec.structs.replace(alert, evidence=evil)},
                deliveries=(delivery,),
                timeline=(moment,),
            )
        )
        stage.report(busy_worker(worker=HOSTILE, dead_letters={HOSTILE: 1}, config_error=HOSTILE))
        for path in ("/", "/incident/inc-7f3a9c", f"/incident/{quote(HOSTILE, safe='')}"):
            status = 404 if "script" in path else 200
            found = Elements(await stage.text(path, status=status))
            assert found.tags.count("script") == 1
            assert "img" not in found.tags
            assert found.handlers == []
            assert all(link.startswith(("/", "https://", "#")) for link in found.links)

    tell(story)


def test_storm_of_alerts_makes_a_bounded_page() -> None:
    async def story(stage: Scene) -> None:
        alerts = {str(i): latency_alert(labels={"pod": str(i)}) for i in range(2000)}
        stage.show(paged_incident(alerts=alerts))
        for i in range(500):
            stage.show(paged_incident(id=f"x{i}", alerts={}))
        text = await stage.text("/incident/inc-7f3a9c")
        assert "And 1950 more." in text
        assert len(text) < 200_000
        assert "And 201 more, less severe." in await stage.text("/")

    tell(story)


def test_answers_carry_a_policy_that_allows_nothing_foreign() -> None:
    async def story(stage: Scene) -> None:
        stage.show(paged_incident())
        for path in ("/", "/incident/inc-7f3a9c", "/nope", "/healthz", "/static/console.js"):
            answer = await stage.client.get(path)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    tell(story)


def test_pages_name_no_other_host() -> None:
    async def story(stage: Scene) -> None:
        stage.show(paged_incident())
        links = Elements(await stage.text("/incident/inc-7f3a9c")).links
        foreign = {link for link in links if not link.startswith(("/", "#"))}
        assert foreign == {"https://wiki.example/runbooks/latency?service=checkout"}

    tell(story)


def test_static_folder_serves_its_two_files_and_nothing_else() -> None:
    async def story(stage: Scene) -> None:
        assert "--paper" in await stage.text("/static/console.css")
        for name in ("nope.css", "..%2Fapp.py", "%2e%2e%2fapp.py"):
            assert (await stage.client.get(f"/static/{name}")).status == 404

    tell(story)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8080", 200),
        ("127.0.0.1", 200),
        ("[::1]:9", 200),
        ("tocsin.example", 200),
        ("evil.example", 421),
        ("", 421),
    ],
)
def test_console_on_loopback_answers_only_to_names_of_its_own(host: str, status: int) -> None:
    async def story(stage: Scene) -> None:
        answer = await stage.client.get("/", headers={"Host": host})
        assert answer.status == status

    tell(story, ConsoleSettings(url="https://tocsin.example/"))


def test_name_given_to_the_world_is_not_checked() -> None:
    async def story(stage: Scene) -> None:
        answer = await stage.client.get("/", headers={"Host": "any.example"})
        assert answer.status == 200

    tell(story, ConsoleSettings(host="0.0.0.0"))


def test_an_incident_says_who_was_not_told_and_why() -> None:
    root = Route(path="0", receiver="shop-oncall")
    bruno = User(name="bruno", contacts=(Contact("email", "bruno@shop.example"),))
    policy = Policy(digest="a", route=root, receivers=(), users=(bruno,))

    async def run() -> None:
        async with scene(policy=policy) as stage:
            stage.show(acknowledged(paged_incident()))
            text = await stage.text("/incident/" + paged_incident().id)
            assert "Who was not told, and why" in text
            assert "<strong>bruno</strong>" in text
            assert "took it at 2026-03-14" in text
            assert "before level 2 was due" in text

    asyncio.run(run())


def test_deploys_and_maintenance_are_named_until_they_are_over() -> None:
    at = OPENED.timestamp()
    night = span("m1", begins_at=at + 7200.0, lasts=60.0, note="<vacuum>")
    deploy = span("d1", "deploy", begins_at=at - 60.0, lasts=3600.0)
    old = span("d0", "deploy", begins_at=at - 7200.0, lasts=60.0)

    async def run() -> None:
        async with scene(now=lambda: OPENED) as stage:
            stage.say("d0", old)
            assert "Deploys and maintenance" not in await stage.text("/")
            for mark in (night, deploy):
                stage.say(mark.id, mark)
            text = await stage.text("/")
            assert text.index("deploy of <code>name=&#34;load&#34;</code> until") < text.index(
                "maintenance of <code>name=&#34;load&#34;</code> from"
            )
            assert "(ana): &lt;vacuum&gt;" in text
            assert "Nothing is learnt, and nothing opens." in text
            for number in range(MOST):
                stage.say(f"x{number}", span(f"x{number}", begins_at=at))
            assert "And 2 more: tocsin mark list." in await stage.text("/")

    asyncio.run(run())


def test_the_tests_of_the_channels_are_named_with_how_they_went() -> None:
    at = OPENED.timestamp()
    told = (
        CanaryStatus(channel="slack", address="#nest", begun_at=at, sent_at=at),
        CanaryStatus(channel="jira", address="<N>", begun_at=at, is_late=True, detail="HTTP 401"),
    )

    async def run() -> None:
        async with scene(now=lambda: OPENED + timedelta(hours=2)) as stage:
            assert "Tests of the channels" not in await stage.text("/")
            stage.report(busy_worker(canaries=told))
            text = await stage.text("/")
            assert "#nest (Slack): <span>sent 2 h ago</span>" in text
            assert '&lt;N&gt; (Jira): <span class="bad-word">not sent for 2 h: HTTP 401' in text

    asyncio.run(run())
