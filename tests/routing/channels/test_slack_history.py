"""Slack's history: what is looked for before anything is said again."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from routing.channels.channel import Channel
from routing.channels.samples import follow_up, incident, notification
from routing.incident import NotifyReason
from routing.notification import Notification
from routing.receipt import DeliveryStatus, Receipt
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import Peers
from tests.routing.channels.benches import BENCHES, later, tell, whats, with_peers

ADDRESS = "#ops"


async def attempts(channel: Channel, given: Notification) -> list[Receipt]:
    """The second to the fifth of a message, as far apart as they are by default."""
    receipts = []
    for number, wait_s in ((2, 5.0), (3, 10.0), (4, 20.0), (5, 40.0)):
        later(wait_s)
        receipts += await tell(channel, replace(given, attempt=number))
        if receipts[-1].status is DeliveryStatus.SENT:
            break
    return receipts


def test_a_repeat_looks_in_the_history_first_and_changes_what_is_there(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        given_ = notification(ADDRESS)
        await tell(channel, given_)
        (second,) = await tell(channel, replace(given_, attempt=2))
        await channel.close()
        assert second.handle["ts"]
        assert whats(peers) == ["post", "update"]

    with_peers(tmp_path, story)


def test_a_repeat_finds_its_message_behind_hundreds_of_others(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        given_ = notification(ADDRESS)
        (first,) = await tell(channel, given_)
        (messages,) = peers.slack.messages.values()
        messages += [{"ts": f"{9_000_000_000 + n}.0", "text": "another"} for n in range(450)]
        (second,) = await tell(channel, replace(given_, attempt=2))
        await channel.close()
        assert second.handle["ts"] == first.handle["ts"]
        assert whats(peers) == ["post", "update"]

    with_peers(tmp_path, story)


def test_a_repeat_reads_no_further_back_than_its_incident(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        await tell(channel, notification(ADDRESS, incident=incident(id="inc-1")))
        (messages,) = peers.slack.messages.values()
        messages[:0] = [{"ts": f"{number}.0", "text": "of long ago"} for number in range(450)]
        asked: list[str] = []
        peers.slack.faults.witness = lambda request, _: asked.append(request.path)
        await tell(channel, replace(notification(ADDRESS), attempt=2))
        await channel.close()
        assert asked.count("/api/conversations.history") == 1
        assert whats(peers) == ["post", "post"]

    with_peers(tmp_path, story)


def test_a_repeated_change_does_not_repeat_its_line(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        change = follow_up(first, NotifyReason.ESCALATED)
        await tell(channel, change, replace(change, attempt=2))
        await channel.close()
        assert whats(peers) == ["post", "update", "reply", "update"]

    with_peers(tmp_path, story)


def test_an_incident_first_told_as_over_is_one_message_that_says_so_once(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        end = notification(ADDRESS, NotifyReason.RESOLVED)
        await tell(channel, end, replace(end, attempt=2))
        await channel.close()
        assert whats(peers) == ["post", "update"]
        ((message,),) = peers.slack.messages.values()
        assert message["blocks"][0]["text"]["text"].startswith("🟢 Resolved: checkout")

    with_peers(tmp_path, story)


def test_an_end_whose_page_arrived_unheard_gets_its_line_once(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        await tell(channel, notification(ADDRESS))
        end = replace(notification(ADDRESS, NotifyReason.RESOLVED), id="the-end", sequence=1)
        await tell(channel, replace(end, attempt=2), replace(end, attempt=3))
        await channel.close()
        assert whats(peers) == ["post", "update", "reply", "update"]

    with_peers(tmp_path, story)


def test_where_looking_is_not_allowed_it_tells_rather_than_stays_silent(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        missing = '{"ok": false, "error": "missing_scope"}'
        peers.slack.faults.inject(Fault(status=200, body=missing, path="conversations"))
        (receipt,) = await tell(channel, replace(notification(ADDRESS), attempt=2))
        await channel.close()
        assert receipt.status is DeliveryStatus.SENT

    with_peers(tmp_path, story)


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(kind="hang")], ids=["error", "hang"])
def test_no_page_is_lost_for_a_history_that_never_answers(fault: Fault, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.faults.inject(*[replace(fault, path="conversations.history")] * 4)
        channel = BENCHES["slack"].make(peers, timeout_s=1.5)
        await tell(channel, notification(ADDRESS, incident=incident(id="inc-1")))
        *failed, last = await attempts(channel, notification(ADDRESS))
        await channel.close()
        assert {one.status for one in failed} == {DeliveryStatus.FAILED_TEMPORARY}
        assert last.status is DeliveryStatus.SENT
        assert whats(peers) == ["post", "post"]

    with_peers(tmp_path, story)


def test_a_late_attempt_posts_nothing_unseen_while_others_find_their_history(
    tmp_path: Path,
) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        await tell(channel, notification(ADDRESS))
        other = notification(ADDRESS, incident=incident(id="inc-1"))
        await tell(channel, other)
        for number in range(2, 9):
            peers.slack.faults.inject(Fault(path="conversations.history"))
            (again,) = await tell(channel, replace(notification(ADDRESS), attempt=number))
            assert again.status is DeliveryStatus.FAILED_TEMPORARY
            await tell(channel, replace(other, attempt=2))
            later(30.0)
        (found,) = await tell(channel, replace(notification(ADDRESS), attempt=9))
        await channel.close()
        assert found.status is DeliveryStatus.SENT
        assert whats(peers).count("post") == 2

    with_peers(tmp_path, story)


def test_no_line_of_a_thread_is_lost_for_replies_that_never_come(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.faults.inject(*[Fault(path="conversations.replies")] * 4)
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        *failed, last = await attempts(channel, follow_up(first, NotifyReason.ESCALATED))
        await channel.close()
        assert {one.status for one in failed} == {DeliveryStatus.FAILED_TEMPORARY}
        assert last.status is DeliveryStatus.SENT
        assert whats(peers).count("reply") == 1

    with_peers(tmp_path, story)


def test_a_channel_that_was_posted_to_need_not_be_looked_up(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        asked: list[str] = []
        peers.slack.faults.witness = lambda request, _: asked.append(request.path)
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        (again,) = await tell(channel, replace(notification(ADDRESS), attempt=2))
        await channel.close()
        assert again.handle["ts"] == first.handle["ts"]
        assert "/api/conversations.list" not in asked

    with_peers(tmp_path, story)
