"""Jira against jira820, a Data Center that others wrote."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from routing.channels.jira import Jira
from routing.channels.samples import follow_up, hostile, incident, notification
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus, Receipt
from routing.secret import Secret
from tests.routing.channels.benches import tell
from tests.routing.channels.real import data_center


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, Any]]:
    with data_center() as served:
        yield served


def lived(site: tuple[str, Any], story: Callable[[Jira], Awaitable[None]], **given: Any) -> None:
    async def run() -> None:
        channel = Jira(name="it", base_url=site[0], token=Secret("pat"), **given)
        try:
            await story(channel)
        finally:
            await channel.close()

    asyncio.run(run())


def kept(site: tuple[str, Any], receipt: Receipt) -> Any:
    assert receipt.status is DeliveryStatus.SENT, receipt.detail
    return site[1].issues[receipt.handle["key"]]


def test_one_incident_is_one_issue_from_page_to_end(site: tuple[str, Any]) -> None:
    async def story(channel: Jira) -> None:
        (first,) = await tell(channel, notification("OPS"))
        (again,) = await tell(channel, replace(notification("OPS"), attempt=2))
        assert again.handle == first.handle
        assert kept(site, first)["statusCategory"] != "done"
        (taken,) = await tell(channel, follow_up(first, NotifyReason.ACKNOWLEDGED))
        (over,) = await tell(channel, follow_up(taken, NotifyReason.RESOLVED, 2))
        issue = kept(site, over)
        assert over.detail == ""
        assert issue["statusCategory"] == "done"
        said = [comment["body"].split(". ")[0] for comment in issue["comments"]]
        assert said == ["ana has taken this", "Resolved after 12 min"]
        assert issue["labels"][:2] == ["tocsin", "tocsin-inc-7f3a"]

    lived(site, story)


def test_what_was_closed_is_opened_again(site: tuple[str, Any]) -> None:
    async def story(channel: Jira) -> None:
        ours = replace(notification("OPS"), incident=incident(id="one", group_key="again"))
        later = replace(ours, incident=incident(id="two", group_key="again"))
        (first,) = await tell(channel, ours)
        await tell(channel, replace(ours, reason=NotifyReason.RESOLVED, handle=first.handle))
        (second,) = await tell(channel, later)
        assert second.handle == first.handle
        assert kept(site, second)["statusCategory"] != "done"

    lived(site, story, reopen_within_s=86_400.0)


def test_hostile_content_becomes_an_issue(site: tuple[str, Any]) -> None:
    async def story(channel: Jira) -> None:
        bad = replace(hostile("OPS"), incident=replace(hostile("OPS").incident, id="evil"))
        (receipt,) = await tell(channel, bad)
        assert len(kept(site, receipt)["description"]) <= 32_767

    lived(site, story)


def test_what_is_wrong_is_final(site: tuple[str, Any]) -> None:
    async def story(channel: Jira) -> None:
        (receipt,) = await tell(channel, notification("NONE"))
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert receipt.detail == "HTTP 400: project is required"

    lived(site, story)


def test_doctor_is_answered(site: tuple[str, Any]) -> None:
    async def story(channel: Jira) -> None:
        findings = await channel.diagnose(["OPS"])
        assert [finding.health for finding in findings] == ["good", "good"], findings

    lived(site, story)
