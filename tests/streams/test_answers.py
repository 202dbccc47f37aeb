"""An answer in any channel shows on all others within seconds: worker, console and peers."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from routing.incident import Incident, IncidentState
from streams import clock
from streams.demo.console_client import ConsoleClient
from tests.console.answering import (
    SIGNING,
    TICKETS,
    WEBHOOK,
    Sent,
    event,
    jira,
    moved,
    pagerduty,
    pressed,
    slack,
)
from tests.streams.works import Works, works

WITHIN_S = 5.0
SECRETS = {
    "SLACK_SIGNING": SIGNING,
    "PD_KEY": "0123456789abcdef0123456789abcdef",
    "PD_WEBHOOK": WEBHOOK,
    "JIRA_TOKEN": "jira-demo",
    "JIRA_WEBHOOK": TICKETS,
    "LINK_KEY": "a key that is long enough",
}
CHANNELS = """
  chat:
    kind: slack
    token: {env: SLACK_TOKEN}
    base_url: "SLACK"
    signing_secret: {env: SLACK_SIGNING}
  pager:
    kind: pagerduty
    routing_keys: {shop-oncall: {env: PD_KEY}}
    base_url: "PAGERDUTY"
    webhook_secret: {env: PD_WEBHOOK}
  tasks:
    kind: jira
    user: tocsin@shop.example
    token: {env: JIRA_TOKEN}
    base_url: "JIRA"
    webhook_secret: {env: JIRA_WEBHOOK}
  mail:
    kind: email
    host: 127.0.0.1
    port: SMTP
    sender: tocsin@shop.example
    security: none
    link_key: {env: LINK_KEY}
"""
RECEIVERS = """
  ops:
    - {channel: chat, address: "#ops"}
    - {channel: pager, address: shop-oncall}
    - {channel: tasks, address: SHOP}
    - {channel: mail, address: ana@shop.example}
"""
SHOWS = {  # what each peer has taken once it shows that the incident is taken, or is over
    "acknowledged": {("slack", "update"), ("pagerduty", "acknowledge"), ("email", "answer")},
    "resolved": {("slack", "update"), ("pagerduty", "resolve"), ("email", "answer")},
}


def everywhere(text: str) -> str:
    """The configuration of `works`, with all four kinds of channels that answer."""
    found = {
        "SLACK": re.search(r'base_url: "([^"]*)"', text),
        "SMTP": re.search(r"port: (\d+), sender", text),
        "PAGERDUTY": re.search(r'pagerduty: "([^"]*)"', text),
        "JIRA": re.search(r'jira: "([^"]*)"', text),
    }
    channels = CHANNELS
    for name, where in found.items():
        assert where, name
        channels = re.sub(rf'(: "?){name}\b', rf"\g<1>{where[1]}", channels)
    text = re.sub(r"(?s)channels:\n.*?(?=retry:)", lambda _: f"channels:{channels}", text)
    text = re.sub(r"(?s)receivers:\n.*?(?=route:)", lambda _: f"receivers:{RECEIVERS}", text)
    return text.replace("channel: email", "channel: mail").replace("  escalation: now\n", "")


class Face:
    """The console of the works, as people and providers reach it."""

    def __init__(self, tocsin: Works, address: str, session: aiohttp.ClientSession) -> None:
        self.tocsin = tocsin
        self.address = address
        self.session = session

    async def hook(self, sent: Sent) -> int:
        """A provider's request, and its answer."""
        url = f"{self.address}{sent.path}"
        async with self.session.post(url, data=sent.body, headers=sent.headers) as answer:
            return answer.status

    async def slack(self, incident: Incident) -> int:
        payload = pressed("acknowledge", incident.id)
        return await self.hook(slack(payload, at=clock.now()))

    async def pagerduty(self, incident: Incident) -> int:
        at = clock.now().isoformat()
        return await self.hook(pagerduty(event("acknowledged", incident.id, occurred_at=at)))

    async def jira(self, incident: Incident) -> int:
        at = int(1000 * clock.epoch_s())
        return await self.hook(jira(moved("done", incident.id, timestamp=at)))

    async def mail(self, incident: Incident) -> int:
        """Follow the link of the mail, and press the button of its page."""
        mails = [m for m in self.tocsin.peers.smtp.mails if m["X-Tocsin-Incident"] == incident.id]
        body = mails[-1].get_body(("plain",))
        assert body is not None
        found = re.search(r"Acknowledge: \S+?(/act/\S+)", body.get_content())
        assert found
        async with self.session.get(f"{self.address}{found[1]}") as page:
            once = re.search(r'name="once" value="(\w+)"', await page.text())
        assert once
        form = {"once": once[1]}
        async with self.session.post(f"{self.address}{found[1]}", data=form) as answer:
            return answer.status

    async def console(self, incident: Incident) -> int:
        async with ConsoleClient(self.address) as client:
            await client.acknowledge(incident.id, "ana")
        return 200


@asynccontextmanager
async def face(tocsin: Works) -> AsyncIterator[Face]:
    """The console as a process, live."""
    argv = [sys.executable, "-m", "console", "--config", str(tocsin.config), "--port", "0"]
    console = await asyncio.create_subprocess_exec(
        *argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    assert console.stdout is not None
    try:
        line = (await console.stdout.readline()).decode()
        address = line.removeprefix("console: ").strip().rstrip("/")
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while (await session.get(f"{address}/healthz")).status != 200:
                await asyncio.sleep(0.1)
            yield Face(tocsin, address, session)
    finally:
        console.kill()
        await console.wait()


def heard_of(tocsin: Works, incident_id: str, *, reason: str = "") -> set[tuple[str, str]]:
    """The (peer, what) pairs that are about an incident, of one reason."""
    return {
        (one.channel, one.what)
        for one in tocsin.peers.journal.received
        if one.incident == incident_id and (not reason or one.reason == reason)
    }


async def opened(tocsin: Works, service: str) -> Incident:
    """An incident of which all four peers have heard."""
    known = set(tocsin.incidents())
    await tocsin.send(1, 2, 3, 400, service=service)
    wanted = {("slack", "post"), ("pagerduty", "open"), ("jira", "create"), ("email", "mail")}
    found: list[str] = []

    def is_told() -> bool:
        found[:] = set(tocsin.incidents()) - known
        return len(found) == 1 and wanted <= heard_of(tocsin, found[0])

    await tocsin.until(is_told)
    return tocsin.incidents()[found[0]]


async def shows(
    tocsin: Works, answer: Awaitable[int], incident: Incident, state: IncidentState
) -> float:
    """Seconds from the answer until the log and all four peers show what it made of it."""
    began = time.monotonic()
    assert await answer == 200

    def is_shown() -> bool:
        issue = {one for one in heard_of(tocsin, incident.id) if one[0] == "jira"}
        is_said = ("jira", "comment") in issue
        is_all = SHOWS[state.value] <= heard_of(tocsin, incident.id, reason=state.value)
        return tocsin.incidents()[incident.id].state is state and is_said and is_all

    await tocsin.until(is_shown)
    return time.monotonic() - began


@pytest.mark.broker
def test_an_answer_in_any_channel_shows_on_all_others_within_five_seconds(
    bootstrap: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SLACK_TOKEN", "xoxb-demo")

    async def story() -> None:
        async with (
            works(bootstrap, prefix, tmp_path, edit=everywhere) as tocsin,
            face(tocsin) as console,
        ):
            ways: dict[str, tuple[Any, IncidentState]] = {
                "slack": (console.slack, IncidentState.ACKNOWLEDGED),
                "pagerduty": (console.pagerduty, IncidentState.ACKNOWLEDGED),
                "mail": (console.mail, IncidentState.ACKNOWLEDGED),
                "console": (console.console, IncidentState.ACKNOWLEDGED),
                "jira": (console.jira, IncidentState.RESOLVED),
            }
            took = {}
            for name, (way, state) in ways.items():
                incident = await opened(tocsin, f"svc-{name}")
                took[name] = await shows(tocsin, way(incident), incident, state)
            assert max(took.values()) < WITHIN_S, took
            told = Counter((r.incident, r.channel, r.what) for r in tocsin.peers.journal.received)
            assert max(told.values()) == 1, told

    asyncio.run(story())
