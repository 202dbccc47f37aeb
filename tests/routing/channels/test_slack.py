"""Slack: one message an incident, its thread, and its limits."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.channels.samples import (
    alert,
    evidence,
    follow_up,
    hostile,
    incident,
    notification,
)
from routing.channels.slack import Slack
from routing.channels.slack_api import SlackApi
from routing.channels.slack_blocks import BUDGET
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
from routing.secret import Secret
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import Peers
from streams.demo.peers.slack import _is_good
from tests.routing.channels.benches import BENCHES, tell, with_peers

SLACK = Slack(name="slack", token=Secret("xoxb"))
ADDRESS = "#ops"


def test_a_change_updates_the_message_and_adds_one_line_to_its_thread(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        (last,) = await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        await channel.close()
        assert last.handle.items() >= first.handle.items()
        (messages,) = peers.slack.messages.values()
        parent, reply = messages
        assert parent["blocks"][0]["text"]["text"].startswith("🟢 Resolved: checkout")
        assert reply["thread_ts"] == parent["ts"]
        assert reply["text"].startswith("🟢 Resolved after 12 min.")

    with_peers(tmp_path, story)


@pytest.mark.parametrize("reason", list(NotifyReason)[1:])
def test_only_an_escalation_is_shown_to_the_whole_channel(
    reason: NotifyReason, tmp_path: Path
) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        await tell(channel, follow_up(first, reason))
        await channel.close()
        (shown,) = [
            one.body["reply_broadcast"] for one in peers.journal.received if one.what == "reply"
        ]
        assert shown is (reason is NotifyReason.ESCALATED)

    with_peers(tmp_path, story)


def test_a_deleted_message_is_posted_again(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        peers.slack.messages.clear()
        (second,) = await tell(channel, follow_up(first, NotifyReason.REPEAT))
        await channel.close()
        assert second.status is DeliveryStatus.SENT
        assert second.handle != first.handle

    with_peers(tmp_path, story)


CODES = {
    "channel_not_found": DeliveryStatus.FAILED_PERMANENT,
    "is_archived": DeliveryStatus.FAILED_PERMANENT,
    "token_revoked": DeliveryStatus.FAILED_PERMANENT,
    "missing_scope": DeliveryStatus.FAILED_PERMANENT,
    "invalid_blocks": DeliveryStatus.FAILED_PERMANENT,
    "ratelimited": DeliveryStatus.FAILED_TEMPORARY,
    "internal_error": DeliveryStatus.FAILED_TEMPORARY,
    "something_new": DeliveryStatus.FAILED_TEMPORARY,
}


@pytest.mark.parametrize("code", CODES)
def test_an_error_in_a_good_answer_is_an_error(code: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        body = json.dumps({"ok": False, "error": code})
        peers.slack.faults.inject(Fault(status=200, body=body))
        (receipt,) = await tell(channel, notification(ADDRESS))
        await channel.close()
        assert receipt.status is CODES[code]
        assert receipt.detail.startswith(code)

    with_peers(tmp_path, story)


def test_a_channel_that_is_not_there_says_so(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack._known = frozenset({"#other"})
        channel = BENCHES["slack"].make(peers)
        (receipt,) = await tell(channel, notification(ADDRESS))
        await channel.close()
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert "invite the bot" in receipt.detail

    with_peers(tmp_path, story)


def test_an_address_without_a_path_gets_the_api_path() -> None:
    for url in ("http://h:1", "http://h:1/", "http://h:1/api/"):
        api = SlackApi(token=Secret("x"), base_url=url, timeout_s=1)
        assert api.base_url.rstrip("/") == "http://h:1/api"


def text_of(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False)


def test_no_label_can_call_everybody() -> None:
    text = text_of(SLACK.render(hostile(ADDRESS)).payload)
    assert "<!" not in text
    assert "<@" not in text
    assert "|click>" not in text


def test_what_matters_is_there() -> None:
    text = text_of(SLACK.render(notification(ADDRESS)).payload)
    for said in ("747 ms", "97 to 153 ms", "1 in 2.5 million", "ana (PagerDuty)", "Open incident"):
        assert said in text


def test_button_leads_to_where_an_incident_is_said_to_be_not_useful() -> None:
    given_ = notification(ADDRESS)
    assert f"{given_.url}#feedback" in text_of(SLACK.render(given_).payload)
    outside = incident(alerts={"f": alert(evidence=None)})
    assert "#feedback" not in text_of(SLACK.render(notification(ADDRESS, incident=outside)).payload)


def test_labels_go_first_where_room_is_short_and_the_finding_stays() -> None:
    long = "&" * 120
    labels = {f"label{i}": long for i in range(40)}
    notes = {f"link{i}": f"https://x.example/{long * 4}" for i in range(5)}
    one = alert(labels=labels, annotations=notes | {"description": "&" * 600})
    given_ = notification(ADDRESS, incident=incident(alerts={"f": one}))
    text = text_of(SLACK.render(given_).payload["blocks"])
    assert len(text) <= BUDGET
    assert "747 ms" in text
    assert "Open incident" in text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=4000), st.dictionaries(st.text(max_size=300), st.text(max_size=900)))
def test_any_text_stays_within_the_limits(text: str, labels: dict[str, str]) -> None:
    one = alert(
        labels=labels, annotations=labels | {"description": text}, evidence=evidence(unit=text)
    )
    given_ = notification(ADDRESS, incident=incident(title=text, alerts={"f": one}))
    payload = SLACK.render(given_).payload
    assert len(text_of(payload["blocks"])) <= BUDGET
    assert len(payload["blocks"]) <= 50
    assert all(_is_good(block) for block in payload["blocks"])
    assert len(payload["text"]) <= 4000
    assert payload["text"]


def test_the_peer_refuses_what_slack_refuses() -> None:
    too_long = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    assert not _is_good(too_long)
