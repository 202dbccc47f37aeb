"""Our webhook's payload against the one that Alertmanager itself sends of the same alerts."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from msgspec.structs import replace

from routing.alert import Alert, Severity
from routing.channels.samples import OPENED, incident, notification
from routing.channels.webhook import Webhook
from routing.notification import Notification
from streams import clock
from tests.routing.channels.real import HOST, alertmanager

CONFIG = """\
route:
  receiver: bot
  group_by: [service]
  group_wait: 200ms
  group_interval: 1s
receivers:
  - name: bot
    webhook_configs:
      - url: http://127.0.0.1:{port}/
        send_resolved: true
"""
LABELS = ({"service": "checkout", "host": "a"}, {"service": "checkout", "host": "b"})
NOTES = {"summary": 'Checkout is slow & "odd" <b>\n東京', "runbook_url": "https://wiki/x y"}
Json = dict[str, Any]


def alerts() -> tuple[Alert, ...]:
    since = OPENED.replace(microsecond=250_000)
    one = Alert(labels={}, severity=Severity.ERROR, starts_at=since, annotations=NOTES)
    return tuple(replace(one, labels=labels) for labels in LABELS)


def posted(alert: Alert) -> Json:
    ends = clock.instant(clock.epoch_s() + 3600)
    return {
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": alert.starts_at.isoformat(),
        "endsAt": ends.isoformat(),
    }


async def received(folder: Path) -> Json:
    """What Alertmanager tells a webhook of these alerts."""
    got: asyncio.Future[Json] = asyncio.get_running_loop().create_future()

    async def take(request: web.Request) -> web.Response:
        payload = await request.json()
        if len(payload["alerts"]) == len(LABELS) and not got.done():
            got.set_result(payload)
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    config = CONFIG.format(port=runner.addresses[0][1])
    with alertmanager(config, folder) as url:
        async with asyncio.timeout(30), aiohttp.ClientSession() as session:
            body = [posted(alert) for alert in alerts()]
            async with session.post(f"{url}/api/v2/alerts", json=body) as answer:
                assert answer.status == 200, await answer.text()
            theirs = await got
    await runner.cleanup()
    return theirs


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return asyncio.run(received(tmp_path_factory.mktemp("alertmanager")))


@pytest.fixture(scope="module")
def ours() -> Json:
    shown = {str(n): alert for n, alert in enumerate(alerts())}
    told = incident(alerts=shown, receiver="bot", group_labels={"service": "checkout"})
    given: Notification = notification("bot", incident=told)
    channel = Webhook(name="it", urls={"bot": f"http://{HOST}/"})
    body: Json = json.loads(channel.render(given).payload["body"])
    return body


def test_every_field_of_alertmanagers_is_in_ours_and_of_its_type(theirs: Json, ours: Json) -> None:
    assert set(ours) == set(theirs) | {"tocsin"}
    assert {name: type(ours[name]) for name in theirs} == {
        name: type(value) for name, value in theirs.items()
    }
    one, other = ours["alerts"][0], theirs["alerts"][0]
    assert {n: type(v) for n, v in one.items()} == {n: type(v) for n, v in other.items()}


@pytest.mark.parametrize(
    "name",
    [
        "version",
        "status",
        "receiver",
        "groupLabels",
        "commonLabels",
        "commonAnnotations",
        "truncatedAlerts",
    ],
)
def test_a_field_says_the_same(name: str, theirs: Json, ours: Json) -> None:
    assert ours[name] == theirs[name]


def test_each_alert_says_the_same(theirs: Json, ours: Json) -> None:
    said = ("status", "labels", "annotations", "startsAt")
    by_host = [
        sorted(
            ({name: one[name] for name in said} for one in payload["alerts"]),
            key=lambda one: str(one["labels"]["host"]),
        )
        for payload in (ours, theirs)
    ]
    mine, real = ([clear(one) for one in each] for each in by_host)
    assert mine == real


def clear(one: Json) -> Json:
    """With its instant as one, whatever digits it is written with."""
    return one | {"startsAt": datetime.fromisoformat(one["startsAt"])}
