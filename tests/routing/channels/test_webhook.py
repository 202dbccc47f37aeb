"""Webhook: Alertmanager's payload, signed, to a program of one's own."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
import trustme
from aiohttp import web
from msgspec.structs import replace

from routing.channels import signature
from routing.channels.samples import (
    HOSTILE,
    alert,
    follow_up,
    hostile,
    incident,
    notification,
)
from routing.channels.webhook import Webhook
from routing.channels.webhook_body import LARGEST
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus, Receipt
from routing.secret import Secret
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import Peers
from tests.routing.channels.benches import BENCHES, CREDENTIALS, tell, with_peers

PLAIN = Webhook(name="it", urls={"bot": "http://127.0.0.1:1/bot"})
THEIRS = {
    "version",
    "groupKey",
    "truncatedAlerts",
    "status",
    "receiver",
    "groupLabels",
    "commonLabels",
    "commonAnnotations",
    "externalURL",
    "alerts",
}
OF_AN_ALERT = {
    "status",
    "labels",
    "annotations",
    "startsAt",
    "endsAt",
    "generatorURL",
    "fingerprint",
}


def payload(*given: object, channel: Webhook = PLAIN) -> dict[str, object]:
    made = channel.render(notification("bot", *given)).payload["body"]  # type: ignore[arg-type]
    decoded: dict[str, object] = msgspec.json.decode(made)
    return decoded


def of(channel: Webhook, alerts: dict[str, object]) -> dict[str, object]:
    made = channel.render(notification("bot", incident=incident(alerts=alerts))).payload["body"]
    decoded: dict[str, object] = msgspec.json.decode(made)
    return decoded


def test_payload_has_every_field_of_alertmanagers_and_one_of_ours() -> None:
    made = payload()
    assert set(made) == THEIRS | {"tocsin"}
    (one,) = made["alerts"]  # type: ignore[misc]
    assert set(one) == OF_AN_ALERT
    assert one["startsAt"] == "2026-11-23T10:54:00Z"
    assert one["endsAt"] == "0001-01-01T00:00:00Z"
    assert (made["version"], made["status"]) == ("4", "firing")
    assert made["commonLabels"] == {
        "region": "eu-west-1",
        "service": "checkout",
        "team": "payments",
    }
    assert made["externalURL"] == "https://tocsin.shop.example/incident/inc-7f3a"


def test_an_end_is_told_as_resolved_with_its_instant() -> None:
    made = payload(NotifyReason.RESOLVED)
    (one,) = made["alerts"]  # type: ignore[misc]
    assert (made["status"], one["status"]) == ("resolved", "resolved")
    assert one["endsAt"] == "2026-11-23T11:07:00Z"


def test_alerts_of_an_incident_that_a_person_closed_are_not_said_to_fire() -> None:
    closed = notification("bot", NotifyReason.RESOLVED)
    still = replace(closed, incident=replace(closed.incident, alerts={"f1": alert()}))
    made = msgspec.json.decode(PLAIN.render(still).payload["body"])
    assert [one["status"] for one in made["alerts"]] == ["resolved"]


def test_only_so_many_alerts_the_worst_first_and_the_rest_counted() -> None:
    few = Webhook(name="it", urls={}, max_alerts=2)
    ended = alert(labels={"n": "ended"}, ends_at=alert().starts_at)
    firing = {str(i): alert(labels={"n": str(i)}) for i in range(3)}
    made = of(few, {"ended": ended} | firing)
    assert made["truncatedAlerts"] == 2
    assert [one["labels"]["n"] for one in made["alerts"]] == ["0", "1"]  # type: ignore[attr-defined]


def test_a_flood_of_alerts_stays_within_the_size_and_is_counted() -> None:
    big = {str(i): alert(labels={f"l{j}": "x" * 4000 for j in range(40)}) for i in range(60)}
    made = PLAIN.render(notification("bot", incident=incident(alerts=big))).payload["body"]
    told = msgspec.json.decode(made)
    assert len(made) < 2 * LARGEST
    assert 0 < len(told["alerts"]) < 60
    assert told["truncatedAlerts"] == 60 - len(told["alerts"])


def test_labels_are_what_they_were_but_for_what_is_no_text() -> None:
    made = of(PLAIN, {"f": alert(labels=HOSTILE)})
    labels = made["alerts"][0]["labels"]  # type: ignore[index]
    for name in ("lines", "html", "slack", "quotes", "emoji"):
        assert labels[name] == HOSTILE[name]
    assert labels["surrogate"] == "?half"
    assert len(labels["huge"]) == 4000


def test_the_signature_is_of_the_bytes_that_arrive(tmp_path: Path) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []

    async def story(peers: Peers) -> None:
        peers.webhook.faults.witness = lambda request, raw: heard.append(
            ({name.lower(): value for name, value in request.headers.items()}, raw)
        )
        channel = BENCHES["webhook"].make(peers)
        await tell(channel, hostile("bot"))
        await channel.close()

    with_peers(tmp_path, story)
    ((headers, raw),) = heard
    secret, now = Secret(CREDENTIALS.webhook_secret), float(headers[signature.TIMESTAMP])
    assert signature.is_genuine(raw, headers, now=now, secret=secret)
    assert not signature.is_genuine(raw + b" ", headers, now=now, secret=secret)
    assert not signature.is_genuine(raw, headers, now=now, secret=Secret("other"))


def test_an_encoded_secret_stands_for_its_bytes() -> None:
    headers = signature.signed(b"{}", id="n", at=9.0, secret=Secret("whsec_c2VjcmV0"))
    assert signature.is_genuine(b"{}", headers, now=9.0, secret=Secret("secret"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({signature.TIMESTAMP: "9" * 400}, id="an instant after all floats"),
        pytest.param({signature.TIMESTAMP: "9" * 5000}, id="more digits than Python reads"),
        pytest.param({signature.TIMESTAMP: "\u0669"}, id="a nine of another script"),
        pytest.param({signature.SIGNATURE: "v1,\udcff"}, id="bytes that are no text"),
        pytest.param({}, id="no header"),
    ],
)
def test_what_nobody_signed_is_not_genuine(changes: dict[str, str]) -> None:
    headers = signature.signed(b"{}", id="n", at=9.0, secret=Secret("s")) | changes
    given = headers if changes else {}
    assert not signature.is_genuine(b"{}", given, now=9.0, secret=Secret("s"))


def test_each_attempt_has_the_id_by_which_a_repeat_is_known(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["webhook"].make(peers)
        given = notification("bot")
        (first, second) = await tell(channel, given, replace(given, attempt=2))
        await tell(channel, follow_up(second, NotifyReason.RESOLVED))
        await channel.close()
        assert {first.status, second.status} == {DeliveryStatus.SENT}
        assert [one.what for one in peers.journal.received] == ["open", "again"]

    with_peers(tmp_path, story)


def test_an_address_without_a_url_is_final_and_named(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["webhook"].make(peers)
        (receipt,) = await tell(channel, notification("nobody"))
        await channel.close()
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert receipt.detail == "no address for 'nobody': add it under `urls`"

    with_peers(tmp_path, story)


@pytest.mark.parametrize("url", ["", "ftp://x/y", "x.example/y", "https://", "http://[x"])
def test_what_is_no_web_address_is_refused_and_named(url: str) -> None:
    with pytest.raises(ValueError, match="urls: bot: must be an http or https address"):
        Webhook(name="it", urls={"bot": url})


def test_a_redirect_is_not_followed_and_its_cure_said(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        elsewhere = {"Location": f"{peers.url('webhook')}/thief"}
        peers.webhook.faults.inject(Fault(status=307, headers=elsewhere))
        channel = BENCHES["webhook"].make(peers)
        (receipt,) = await tell(channel, notification("bot"))
        await channel.close()
        assert receipt.status is DeliveryStatus.FAILED_TEMPORARY
        assert "put the final address under `urls`" in receipt.detail
        assert peers.journal.received == []

    with_peers(tmp_path, story)


def test_a_secret_address_is_in_no_receipt(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        url = f"{peers.url('webhook')}/s3cr3t-path"
        said = msgspec.json.encode({"error": f"no route {url}"}).decode()
        peers.webhook.faults.inject(Fault(status=404, body=said))
        channel = Webhook(name="it", urls={"bot": Secret(url)})
        (receipt,) = await tell(channel, notification("bot"))
        await channel.close()
        assert receipt.detail == "HTTP 404: no route ***"

    with_peers(tmp_path, story)


Serve = Callable[[int], Awaitable[Receipt]]


def over_tls(folder: Path, story: Serve) -> Receipt:
    """A receipt from a story told to the port of a server with a certificate of its own."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    async def yes(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def run() -> Receipt:
        app = web.Application(client_max_size=1 << 23)
        app.router.add_post("/bot", yes)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "localhost", 0, ssl_context=context).start()
        try:
            return await story(runner.addresses[0][1])
        finally:
            await runner.cleanup()

    return asyncio.run(run())


@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls_is_checked_against_the_given_authority(is_trusted: bool, tmp_path: Path) -> None:
    async def story(port: int) -> Receipt:
        urls: dict[str, str | Secret] = {"bot": f"https://localhost:{port}/bot"}
        ca = str(tmp_path / "ca.pem") if is_trusted else ""
        channel = Webhook(name="it", urls=urls, ca=ca)
        (receipt,) = await tell(channel, notification("bot"))
        await channel.close()
        return receipt

    receipt = over_tls(tmp_path, story)
    wanted = DeliveryStatus.SENT if is_trusted else DeliveryStatus.FAILED_TEMPORARY
    assert receipt.status is wanted
    assert is_trusted or receipt.detail.startswith("its certificate is not trusted: ")
