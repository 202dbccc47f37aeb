"""Slack against backlot, a workspace that others wrote by what they measured of Slack."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from routing.channels.samples import follow_up, hostile, notification
from routing.channels.slack import Slack
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
from routing.secret import Secret
from tests.routing.channels.benches import tell
from tests.routing.channels.real import workspace


@pytest.fixture(scope="module")
def team() -> Iterator[Any]:
    with workspace() as served:
        yield served


def lived(team: Any, story: Callable[[Slack], Awaitable[None]], token: str = "") -> None:
    async def run() -> None:
        secret = Secret(token or team.token)
        channel = Slack(name="it", token=secret, base_url=f"{team.base_url}/slack/api/")
        try:
            await story(channel)
        finally:
            await channel.close()

    asyncio.run(run())


def test_one_incident_is_one_message_with_a_thread(team: Any) -> None:
    async def story(channel: Slack) -> None:
        (first,) = await tell(channel, notification("#ops"))
        assert first.status is DeliveryStatus.SENT, first.detail
        (taken,) = await tell(channel, follow_up(first, NotifyReason.ACKNOWLEDGED))
        (over,) = await tell(channel, follow_up(taken, NotifyReason.RESOLVED, 2))
        assert (over.status, over.handle["ts"]) == (DeliveryStatus.SENT, first.handle["ts"])
        query = {"channel": first.handle["channel"], "ts": first.handle["ts"]}
        thread = (await channel._api.get("conversations.replies", query))["messages"]
        parent, *lines = [message["text"] for message in thread]
        assert parent.startswith("Resolved: checkout: latency_ms is far above normal. ")
        assert lines == [
            "🟡 ana has taken this.",
            "🟢 Resolved after 12 min.",
        ]

    lived(team, story)


def test_hostile_content_is_taken_and_calls_nobody(team: Any) -> None:
    async def story(channel: Slack) -> None:
        (receipt,) = await tell(channel, hostile("#ops"))
        assert receipt.status is DeliveryStatus.SENT, receipt.detail

    lived(team, story)


def test_what_is_not_there_or_not_allowed_is_final(team: Any) -> None:
    async def lost(channel: Slack) -> None:
        (receipt,) = await tell(channel, notification("#nowhere"))
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert receipt.detail.startswith("channel_not_found")

    async def refused(channel: Slack) -> None:
        (receipt,) = await tell(channel, notification("#ops"))
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert receipt.detail.startswith("invalid_auth")

    lived(team, lost)
    lived(team, refused, token="xoxb-wrong")


def test_doctor_finds_the_channel_that_is_there(team: Any) -> None:
    async def story(channel: Slack) -> None:
        findings = await channel.diagnose(["#ops", "#nowhere"])
        assert [finding.health for finding in findings] == ["good", "good", "bad"], findings

    lived(team, story)
