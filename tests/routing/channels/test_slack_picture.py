"""Slack's picture: in the message soon after it, and never in its way."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from routing.channels import chart
from routing.channels.samples import alert, evidence, follow_up, incident, notification
from routing.channels.slack_picture import SlackPictures
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus, Receipt
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import Peers
from streams.demo.peers.slack_files import shown_files
from tests.routing.channels.benches import BENCHES, tell, with_peers

ADDRESS = "#ops"


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """The first picture of a process takes seconds where others work as well."""
    assert chart.png(evidence())


def whats(peers: Peers) -> list[str]:
    return [one.what for one in peers.journal.received]


def parent(peers: Peers) -> dict[str, object]:
    (messages,) = peers.slack.messages.values()
    found: dict[str, object] = messages[0]
    return found


async def told(peers: Peers, *faults: Fault, timeout_s: float = 5) -> Receipt:
    channel = BENCHES["slack"].make(peers, timeout_s=timeout_s)
    peers.slack.faults.inject(*faults)
    (receipt,) = await tell(channel, notification(ADDRESS))
    await channel.close()
    assert receipt.status is DeliveryStatus.SENT
    return receipt


def test_the_page_comes_first_and_then_its_picture_which_stays(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        (last,) = await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        await channel.close()
        assert whats(peers) == ["post", "picture", "update", "reply"]
        assert shown_files(parent(peers)) == [first.handle["file"]] == [last.handle["file"]]
        assert len(peers.slack.files.contents) == 1
        kinds = [block["type"] for block in parent(peers)["blocks"]]  # type: ignore[attr-defined]
        assert kinds.index("image") < kinds.index("context")

    with_peers(tmp_path, story)


def test_a_picture_says_in_words_what_it_shows(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        await told(peers)
        (image,) = [b for b in parent(peers)["blocks"] if b["type"] == "image"]  # type: ignore[attr-defined]
        assert image["alt_text"].startswith("latency_ms")
        assert "747 ms" in image["alt_text"]

    with_peers(tmp_path, story)


def test_without_the_permission_pages_go_on_and_nobody_asks_again(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.scopes.discard("files:write")
        asked: list[str] = []
        peers.slack.faults.witness = lambda request, _: asked.append(request.path)
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        other = notification(ADDRESS, incident=incident(id="inc-other"))
        (second,) = await tell(channel, other)
        await channel.close()
        assert first.detail.startswith("without its picture: missing_scope")
        assert "add files:write" in first.detail
        assert (second.status, second.detail) == (DeliveryStatus.SENT, "")
        assert asked.count("/api/files.getUploadURLExternal") == 1

    with_peers(tmp_path, story)


TROUBLE = {
    "no ticket": Fault(status=500, path="getUploadURL"),
    "the upload is refused": Fault(status=413, path="/upload/"),
    "a cut upload": Fault(kind="cut", path="/upload/"),
    "senseless": Fault(status=200, body="[]", path="completeUpload"),
    "no change": Fault(status=429, path="chat.update"),
}


@pytest.mark.parametrize("what", TROUBLE)
def test_whatever_becomes_of_the_picture_the_page_is_sent(what: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        receipt = await told(peers, TROUBLE[what])
        assert receipt.detail.startswith("without its picture: ")
        assert whats(peers) == ["post"]

    with_peers(tmp_path, story)


def test_an_upload_that_hangs_is_given_up_within_the_attempt(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        began = asyncio.get_running_loop().time()
        receipt = await told(peers, Fault(kind="hang", path="/upload/"), timeout_s=0.8)
        assert asyncio.get_running_loop().time() - began < 3
        assert receipt.detail == "without its picture: TimeoutError"

    with_peers(tmp_path, story)


def test_a_file_that_slack_is_not_ready_with_is_shown_by_the_next_change(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers, timeout_s=0.9)
        peers.slack.busy_for = 9
        (first,) = await tell(channel, notification(ADDRESS))
        assert first.handle["file"]
        assert not shown_files(parent(peers))
        (second,) = await tell(channel, follow_up(first, NotifyReason.REPEAT))
        assert second.status is DeliveryStatus.SENT
        peers.slack.busy_for = 0
        await tell(channel, follow_up(second, NotifyReason.REPEAT, 2))
        await channel.close()
        assert shown_files(parent(peers)) == [first.handle["file"]]

    with_peers(tmp_path, story)


def test_a_repeat_that_finds_its_message_finds_its_picture(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        (again,) = await tell(channel, replace(notification(ADDRESS), attempt=2))
        await channel.close()
        assert again.handle == first.handle
        assert len(peers.slack.files.contents) == 1

    with_peers(tmp_path, story)


def test_what_came_from_outside_has_no_picture(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        plain = incident(alerts={"f": alert(evidence=None)})
        (receipt,) = await tell(channel, notification(ADDRESS, incident=plain))
        await channel.close()
        assert (whats(peers), receipt.detail) == (["post"], "")

    with_peers(tmp_path, story)


def test_of_many_at_once_only_some_draw(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        many = [notification(ADDRESS, incident=incident(id=f"inc-{n}")) for n in range(6)]
        receipts = await asyncio.gather(*(tell(channel, one) for one in many))
        await channel.close()
        assert {one.status for (one,) in receipts} == {DeliveryStatus.SENT}
        assert 1 <= len(peers.slack.files.contents) <= 2

    with_peers(tmp_path, story)


def test_nothing_to_draw_is_no_picture() -> None:
    async def story() -> None:
        pictures = SlackPictures(None)  # type: ignore[arg-type]
        assert pictures.can_make(evidence())
        assert not pictures.can_make(None)
        assert not pictures.can_make(evidence(points=()))

    asyncio.run(story())
