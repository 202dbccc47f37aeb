"""Jira: one issue an incident, found again rather than made again."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from routing.channels.jira import Jira
from routing.channels.jira_labels import label
from routing.channels.samples import HOSTILE, follow_up, incident, notification
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
from routing.secret import Secret
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import Peers
from tests.routing.channels.benches import BENCHES, tell, with_peers

ADDRESS = "OPS"


def whats(peers: Peers) -> list[str]:
    return [one.what for one in peers.journal.received]


def test_an_issue_is_made_commented_and_closed(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["jira"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        (taken,) = await tell(channel, follow_up(first, NotifyReason.ACKNOWLEDGED))
        (last,) = await tell(channel, follow_up(taken, NotifyReason.RESOLVED))
        await channel.close()
        assert last.handle["key"] == "OPS-1"
        assert last.handle["url"].endswith("/browse/OPS-1")
        assert whats(peers) == ["create", "comment", "comment", "transition"]
        issue = peers.jira.issues["OPS-1"]
        assert issue["fields"]["status"]["statusCategory"]["key"] == "done"
        assert issue["comments"][0]["body"].startswith("ana has taken this.")

    with_peers(tmp_path, story)


def test_an_issue_that_people_closed_keeps_their_resolution(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["jira"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        fields = peers.jira.issues["OPS-1"]["fields"]
        fields["status"] = {"name": "Verworfen", "statusCategory": {"key": "done"}}
        (last,) = await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        await channel.close()
        assert last.status is DeliveryStatus.SENT
        assert whats(peers) == ["create", "comment"]
        assert fields["status"]["name"] == "Verworfen"

    with_peers(tmp_path, story)


def test_a_dead_site_at_start_up_is_no_error_until_it_is_used(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.jira.faults.inject(Fault(status=503))
        channel = BENCHES["jira"].make(peers)
        given = notification(ADDRESS)
        (first,) = await tell(channel, given)
        (second,) = await tell(channel, replace(given, attempt=2))
        await channel.close()
        assert first.status is DeliveryStatus.FAILED_TEMPORARY
        assert second.status is DeliveryStatus.SENT
        assert whats(peers) == ["create"]

    with_peers(tmp_path, story)


def test_a_repeated_change_does_not_repeat_its_comment(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["jira"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        change = follow_up(first, NotifyReason.ESCALATED)
        await tell(channel, change, replace(change, attempt=2))
        await channel.close()
        assert whats(peers) == ["create", "comment"]

    with_peers(tmp_path, story)


def test_an_issue_that_was_deleted_is_made_again_while_it_matters(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["jira"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        peers.jira.issues.clear()
        (ended,) = await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        (again,) = await tell(channel, follow_up(first, NotifyReason.REPEAT))
        await channel.close()
        assert ended.status is DeliveryStatus.FAILED_PERMANENT
        assert again.status is DeliveryStatus.SENT
        assert whats(peers) == ["create", "create"]

    with_peers(tmp_path, story)


@pytest.mark.parametrize("status", [408, 423, 425, 429, 503])
def test_a_refusal_for_the_moment_does_not_leave_the_issue_open(
    tmp_path: Path, status: int
) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["jira"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        end = follow_up(first, NotifyReason.RESOLVED)
        peers.jira.faults.inject(Fault(status=status, path="transitions"))
        refused, closed = await tell(channel, end, replace(end, attempt=2))
        await channel.close()
        assert refused.status is DeliveryStatus.FAILED_TEMPORARY
        assert closed.status is DeliveryStatus.SENT
        assert whats(peers) == ["create", "comment", "transition"]

    with_peers(tmp_path, story)


def test_a_workflow_without_a_way_out_is_told_but_not_closed(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.jira._can_close = False
        channel = BENCHES["jira"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        (last,) = await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        await channel.close()
        assert last.status is DeliveryStatus.SENT
        assert "not closed" in last.detail

    with_peers(tmp_path, story)


@pytest.mark.parametrize("has_field", [True, False])
def test_a_priority_that_the_screen_does_not_have_is_left_out(
    has_field: bool, tmp_path: Path
) -> None:
    async def story(peers: Peers) -> None:
        peers.jira._priorities = has_field
        channel = Jira(
            name="jira",
            base_url=peers.url("jira"),
            user=peers.credentials.jira_user,
            token=Secret(peers.credentials.jira_token),
            priorities={"critical": "Highest"},
        )
        (receipt,) = await tell(channel, notification(ADDRESS))
        await channel.close()
        assert receipt.status is DeliveryStatus.SENT
        assert ("priority" in peers.jira.issues["OPS-1"]["fields"]) is has_field

    with_peers(tmp_path, story)


def test_data_center_is_spoken_to_with_a_bearer_token(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.jira._user = ""
        token = Secret(peers.credentials.jira_token)
        channel = Jira(name="jira", base_url=peers.url("jira"), token=token)
        given = notification(ADDRESS)
        (first,) = await tell(channel, given)
        (found,) = await tell(channel, replace(given, attempt=2))
        await channel.close()
        assert (first.status, found.handle) == (DeliveryStatus.SENT, first.handle)
        assert whats(peers) == ["create"]

    with_peers(tmp_path, story)


def test_an_end_that_finds_no_issue_makes_none(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["jira"].make(peers)
        (receipt,) = await tell(channel, notification(ADDRESS, NotifyReason.RESOLVED))
        await channel.close()
        assert receipt.status is DeliveryStatus.SENT
        assert whats(peers) == []

    with_peers(tmp_path, story)


@pytest.mark.parametrize("address", ["", "ops team", 'OPS" OR project = "X', "é"])
def test_what_is_no_project_key_is_final_and_asks_nothing(address: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["jira"].make(peers)
        (receipt,) = await tell(channel, notification(address))
        await channel.close()
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert "not a project key" in receipt.detail

    with_peers(tmp_path, story)


@pytest.mark.parametrize("text", [*HOSTILE.values(), "", "a b"])
def test_a_label_is_always_one_that_jira_takes(text: str) -> None:
    assert label(text).isascii()
    assert " " not in label(text)
    assert len(label(text)) <= 255


def test_an_attempt_that_was_given_up_begins_nothing_new(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.jira.faults.inject(Fault(kind="hang", path="/search"))
        channel = BENCHES["jira"].make(peers, timeout_s=0.3)
        (receipt,) = await tell(channel, notification(ADDRESS))
        peers.jira.faults.release()
        await channel.close()
        assert receipt.status is DeliveryStatus.FAILED_TEMPORARY
        assert whats(peers) == []

    with_peers(tmp_path, story)


def again(peers: Peers, **given_: Any) -> Jira:
    return Jira(
        name="jira",
        base_url=peers.url("jira"),
        user=peers.credentials.jira_user,
        token=Secret(peers.credentials.jira_token),
        **given_,
    )


NEXT = notification(ADDRESS, id="next", incident=incident(id="inc-next"))


async def ended(channel: Jira) -> None:
    (first,) = await tell(channel, notification(ADDRESS))
    await tell(channel, follow_up(first, NotifyReason.RESOLVED))


def test_the_same_trouble_opens_its_issue_again(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = again(peers, reopen_within_s=3600)
        await ended(channel)
        (receipt,) = await tell(channel, NEXT)
        (repeat,) = await tell(channel, replace(NEXT, attempt=2))
        (over,) = await tell(channel, replace(follow_up(receipt, NotifyReason.RESOLVED), id="end"))
        await channel.close()
        assert {receipt.handle["key"], repeat.handle["key"], over.handle["key"]} == {"OPS-1"}
        assert list(peers.jira.issues) == ["OPS-1"]
        assert "tocsin-inc-next" in peers.jira.issues["OPS-1"]["fields"]["labels"]
        steps = [
            "create",
            "comment",
            "transition",
            "transition",
            "comment",
            "comment",
            "transition",
        ]
        assert whats(peers) == steps

    with_peers(tmp_path, story)


def test_without_the_wish_every_incident_has_an_issue_of_its_own(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = again(peers)
        await ended(channel)
        await tell(channel, NEXT)
        await channel.close()
        assert list(peers.jira.issues) == ["OPS-1", "OPS-2"]

    with_peers(tmp_path, story)


def test_other_trouble_does_not_open_it_again(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = again(peers, reopen_within_s=3600)
        await ended(channel)
        other = incident(id="inc-other", group_key="root/0:service=cart")
        await tell(channel, notification(ADDRESS, incident=other))
        await channel.close()
        assert list(peers.jira.issues) == ["OPS-1", "OPS-2"]

    with_peers(tmp_path, story)


def test_what_people_will_not_fix_stays_closed(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = again(peers, reopen_within_s=3600, wont_fix="won't do")
        await ended(channel)
        peers.jira.issues["OPS-1"]["fields"]["resolution"] = {"name": "Won't Do"}
        (receipt,) = await tell(channel, NEXT)
        (over,) = await tell(channel, follow_up(receipt, NotifyReason.RESOLVED))
        await channel.close()
        assert receipt.detail == "OPS-1 was closed as won't do: left as it is"
        assert over.detail == "there was no issue to close"
        assert whats(peers) == ["create", "comment", "transition"]

    with_peers(tmp_path, story)


@pytest.mark.parametrize("path", ["/search", "/transitions", "/issue/OPS-1", "/comment"])
def test_an_answer_lost_while_it_is_opened_again_makes_no_second_issue(
    path: str, tmp_path: Path
) -> None:
    async def story(peers: Peers) -> None:
        channel = again(peers, reopen_within_s=3600)
        await ended(channel)
        peers.jira.faults.inject(Fault(kind="lost", path=path))
        await tell(channel, NEXT)
        (receipt,) = await tell(channel, replace(NEXT, attempt=2))
        await channel.close()
        assert receipt.handle["key"] == "OPS-1"
        assert list(peers.jira.issues) == ["OPS-1"]
        state = peers.jira.issues["OPS-1"]["fields"]["status"]["statusCategory"]["key"]
        assert state != "done"

    with_peers(tmp_path, story)
