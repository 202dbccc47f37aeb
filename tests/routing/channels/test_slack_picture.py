"""Slack's picture: in the message soon after it, and never in its way."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from routing.channels import chart
from routing.channels.channel import Channel
from routing.channels.samples import alert, evidence, follow_up, incident, notification
from routing.channels.slack import Slack
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
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


async def drawn(channel: Channel) -> None:
    """Wait for the pictures that are being made."""
    assert isinstance(channel, Slack)
    await asyncio.gather(*channel._pictures._making)


async def told(peers: Peers, *faults: Fault) -> str:
    """What is said of pictures after a page with these faults."""
    channel = BENCHES["slack"].make(peers)
    peers.slack.faults.inject(*faults)
    (receipt,) = await tell(channel, notification(ADDRESS))
    assert (receipt.status, receipt.detail) == (DeliveryStatus.SENT, "")
    await channel.close()
    assert isinstance(channel, Slack)
    return channel._pictures.fault


def test_the_page_comes_first_and_then_its_picture_which_stays(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        await drawn(channel)
        (last,) = await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        await channel.close()
        assert whats(peers) == ["post", "picture", "update", "reply"]
        assert shown_files(parent(peers)) == [last.handle["file"]]
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
        await tell(channel, notification(ADDRESS))
        await drawn(channel)
        other = notification(ADDRESS, incident=incident(id="inc-other"))
        (second,) = await tell(channel, other)
        await channel.close()
        assert second.status is DeliveryStatus.SENT
        assert second.detail.startswith("pictures fail: missing_scope")
        assert "add files:write" in second.detail
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
        assert await told(peers, TROUBLE[what])
        assert whats(peers) == ["post"]

    with_peers(tmp_path, story)


def test_an_upload_that_hangs_delays_nothing(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers, timeout_s=0.5)
        peers.slack.faults.inject(Fault(kind="hang", path="/upload/"))
        (first,) = await tell(channel, notification(ADDRESS))
        await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        assert isinstance(channel, Slack)
        assert channel._pictures._making
        await channel.close()
        assert whats(peers) == ["post", "update", "reply"]


def test_a_change_meanwhile_is_not_undone_by_the_picture(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        await drawn(channel)
        await channel.close()
        assert shown_files(parent(peers))
        assert parent(peers)["blocks"][0]["text"]["text"].startswith("🟢 Resolved")  # type: ignore[index]

    with_peers(tmp_path, story)


def test_a_file_that_slack_is_not_ready_with_is_shown_by_the_next_change(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        peers.slack.busy_for = 4
        (first,) = await tell(channel, notification(ADDRESS))
        await drawn(channel)
        assert not shown_files(parent(peers))
        (second,) = await tell(channel, follow_up(first, NotifyReason.REPEAT))
        assert second.status is DeliveryStatus.SENT
        assert second.handle["file"]
        assert not shown_files(parent(peers))
        peers.slack.busy_for = 0
        await tell(channel, follow_up(second, NotifyReason.REPEAT, 2))
        await channel.close()
        assert shown_files(parent(peers)) == [second.handle["file"]]

    with_peers(tmp_path, story)


def test_a_repeat_that_finds_its_message_finds_its_picture(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        await tell(channel, notification(ADDRESS))
        await channel.close()
        channel = BENCHES["slack"].make(peers)
        (again,) = await tell(channel, replace(notification(ADDRESS), attempt=2))
        await channel.close()
        assert [again.handle["file"]] == shown_files(parent(peers))
        assert len(peers.slack.files.contents) == 1

    with_peers(tmp_path, story)


@pytest.mark.parametrize("reason", [NotifyReason.RESOLVED, NotifyReason.REPEAT])
def test_the_first_change_after_a_restart_keeps_the_picture(
    reason: NotifyReason, tmp_path: Path
) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        await channel.close()
        assert "file" not in first.handle
        shown = shown_files(parent(peers))
        channel = BENCHES["slack"].make(peers)
        (second,) = await tell(channel, follow_up(first, reason))
        await channel.close()
        assert shown == [second.handle["file"]]
        assert shown_files(parent(peers)) == shown
        assert len(peers.slack.files.contents) == 1

    with_peers(tmp_path, story)


def test_a_picture_that_cannot_be_asked_for_costs_no_change(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        await channel.close()
        peers.slack.scopes.discard("channels:history")
        channel = BENCHES["slack"].make(peers)
        (second,) = await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        await channel.close()
        assert second.status is DeliveryStatus.SENT
        assert parent(peers)["blocks"][0]["text"]["text"].startswith("🟢 Resolved")  # type: ignore[index]

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


@pytest.mark.parametrize(("waits", "is_shown"), [((0.01, 0.0), True), ((3600.0,), False)])
def test_a_picture_waits_for_room_among_the_changes_and_not_for_long(
    waits: tuple[float, ...], is_shown: bool, tmp_path: Path
) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        assert isinstance(channel, Slack)
        channel.spend = iter(waits).__next__
        (first,) = await tell(channel, notification(ADDRESS))
        await drawn(channel)
        assert bool(shown_files(parent(peers))) is is_shown
        assert bool(channel._pictures.fault) is not is_shown
        await tell(channel, follow_up(first, NotifyReason.REPEAT))
        await channel.close()
        assert shown_files(parent(peers))

    with_peers(tmp_path, story)


def test_nothing_to_draw_is_no_picture(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        empty = incident(alerts={"f": alert(evidence=evidence(points=()))})
        await tell(channel, notification(ADDRESS, incident=empty))
        await channel.close()
        assert whats(peers) == ["post"]

    with_peers(tmp_path, story)


def fails(*_: object) -> bytes:
    raise RuntimeError("no font")


def test_a_library_that_fails_costs_no_page_and_only_its_pictures_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart, "png", fails)

    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        await tell(channel, notification(ADDRESS))
        await drawn(channel)
        shapes = {
            "drawn": incident(id="inc-2"),
            "plain": incident(id="inc-3", alerts={"f": alert(evidence=None)}),
        }
        said = {}
        for name, shape in shapes.items():
            (receipt,) = await tell(channel, notification(ADDRESS, incident=shape))
            said[name] = receipt.detail
        await channel.close()
        assert whats(peers) == ["post", "post", "post"]
        assert said == {"drawn": "pictures fail: RuntimeError", "plain": ""}

    with_peers(tmp_path, story)


def test_a_message_that_somebody_deletes_stops_no_other_picture(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        await tell(channel, notification(ADDRESS))
        peers.slack.messages.clear()
        await drawn(channel)
        await tell(channel, notification(ADDRESS, incident=incident(id="inc-2")))
        await drawn(channel)
        await channel.close()
        assert shown_files(parent(peers))

    with_peers(tmp_path, story)


def test_what_messages_say_is_kept_no_longer_than_their_pictures_take(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        assert isinstance(channel, Slack)
        talk = channel._pictures.talk(first.handle)
        assert talk.message is not None
        await drawn(channel)
        assert talk.message is None
        await tell(channel, follow_up(first, NotifyReason.REPEAT))
        await channel.close()
        assert talk.message is None

    with_peers(tmp_path, story)
