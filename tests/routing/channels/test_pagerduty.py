"""PagerDuty: one dedup key an incident, through the key that opened it."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from routing.alert import Severity
from routing.channels.answer import Unheard
from routing.channels.hook import signature
from routing.channels.pagerduty import PagerDuty
from routing.channels.samples import alert, follow_up, incident, notification
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
from routing.secret import Secret
from streams.demo.peers.serve import Peers
from tests.routing.channels.benches import BENCHES, CREDENTIALS, tell, with_peers

ADDRESS = "oncall"
CHANNEL = PagerDuty(name="pd", routing_keys={ADDRESS: Secret("k")})


def test_a_page_is_triggered_joined_taken_and_resolved(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["pagerduty"].make(peers)
        (receipt,) = await tell(channel, notification(ADDRESS))
        for reason in (NotifyReason.REPEAT, NotifyReason.ACKNOWLEDGED, NotifyReason.RESOLVED):
            (receipt,) = await tell(channel, follow_up(receipt, reason))
        await channel.close()
        assert receipt.handle == {"address": ADDRESS, "dedup_key": "tocsin:inc-7f3a"}
        whats = [one.what for one in peers.journal.received]
        assert whats == ["open", "again", "acknowledge", "resolve"]

    with_peers(tmp_path, story)


def test_what_comes_later_goes_through_the_key_that_opened_it(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        url = peers.url("pagerduty")
        key = Secret(CREDENTIALS.pagerduty_keys["oncall"])
        channel = PagerDuty(
            name="pd", routing_keys={"oncall": key, "new": Secret("x")}, base_url=url
        )
        (first,) = await tell(channel, notification("oncall"))
        moved = replace(first, contact=replace(first.contact, address="new"))
        (last,) = await tell(channel, follow_up(moved, NotifyReason.RESOLVED))
        await channel.close()
        assert last.status is DeliveryStatus.SENT
        assert peers.journal.received[-1].what == "resolve"

    with_peers(tmp_path, story)


def test_an_address_without_a_key_is_final_and_named(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["pagerduty"].make(peers)
        (receipt,) = await tell(channel, notification("nobody"))
        await channel.close()
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert receipt.detail == "no routing key for 'nobody': add it under `routing_keys`"

    with_peers(tmp_path, story)


@pytest.mark.parametrize("severity", Severity)
def test_our_severities_are_theirs(severity: Severity) -> None:
    shape = incident(severity=severity)
    event = CHANNEL.render(notification(ADDRESS, incident=shape)).payload["event"]
    assert event["payload"]["severity"] == severity.value


def test_a_trigger_carries_the_evidence_and_the_way_to_the_console() -> None:
    event = CHANNEL.render(notification(ADDRESS)).payload["event"]
    assert event["client_url"].endswith("/incident/inc-7f3a")
    assert event["links"][0]["text"] == "Runbook"
    assert event["payload"]["timestamp"] == "2026-11-23T10:54:00.000000Z"
    assert event["payload"]["custom_details"]["value"] == "747 ms"
    assert event["payload"]["custom_details"]["normal"] == "97 to 153 ms"
    assert event["payload"]["source"] == "checkout"


def test_a_picture_that_an_annotation_names_goes_along_over_https_only() -> None:
    for url, wanted in (("https://charts.shop.example/a.png", True), ("http://h/a.png", False)):
        one = alert(annotations={"image_url": url})
        event = CHANNEL.render(notification(ADDRESS, incident=incident(alerts={"f": one})))
        images = event.payload["event"].get("images", [])
        assert [image["src"] for image in images] == [url] * wanted
        assert all(image["alt"].startswith("latency_ms") for image in images)


@pytest.mark.parametrize("signed", ["first-secret", "second-secret", "third-secret"])
def test_any_of_several_webhook_secrets_is_good_and_no_other(signed: str) -> None:
    others = (Secret("second-secret"), Secret("missing", is_missing=True), Secret("third-secret"))
    channel = PagerDuty(
        name="pd", routing_keys={}, webhook_secret=Secret("first-secret"), webhook_secrets=others
    )
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    said = {"id": "E", "event_type": "incident.acknowledged", "occurred_at": now.isoformat()}
    body = json.dumps({"event": {**said, "data": {"incident_key": "tocsin:inc-1"}}}).encode()

    def heard(secret: str) -> list[str]:
        headers = {"x-pagerduty-signature": "v1=0," + signature(body, secret.encode(), "v1=")}
        return [one.word for one in channel.hear(body, headers, now=now.timestamp())]

    assert heard(signed) == ["acknowledge"]
    assert channel.lacks == ("webhook_secrets",)
    for wrong in ("missing", "", "another"):
        with pytest.raises(Unheard, match="not_genuine"):
            heard(wrong)


def test_importing_it_warns_nobody_and_hides_no_other_warning() -> None:
    code = "import routing.channels.pagerduty, warnings; warnings.warn('mine')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "deprecated" not in run.stderr
    assert "mine" in run.stderr
