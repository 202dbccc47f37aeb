"""Apprise: what is said of what it does not say, and that its URLs stay secret."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from routing.channels.apprise import REFUSED, Apprise
from routing.channels.attempt import Refusal
from routing.channels.bench import logged
from routing.channels.loose import Loose
from routing.channels.samples import follow_up, hostile, incident, notification
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
from routing.secret import Secret
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import Peers
from tests.routing.channels.benches import BENCHES, tell, with_peers

ADDRESS = "phone"
CHANNEL = Apprise(name="it", urls={ADDRESS: Secret("json://u:pass@127.0.0.1:1/x")})


def test_each_change_is_a_message_of_its_own_and_says_how_bad_it_is(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["apprise"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        await tell(channel, follow_up(first, NotifyReason.RESOLVED))
        told = [(one.what, one.body["type"]) for one in peers.journal.received]
        assert told == [("open", "failure"), ("again", "success")]
        assert peers.journal.received[1].text.startswith("Resolved: checkout")

    with_peers(tmp_path, story)


def test_a_failure_says_that_no_reason_is_known(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["apprise"].make(peers)
        peers.apprise.faults.inject(Fault(status=404))
        (receipt,) = await tell(channel, notification(ADDRESS))
        assert (receipt.status, receipt.detail) == (DeliveryStatus.FAILED_TEMPORARY, REFUSED)

    with_peers(tmp_path, story)


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["apprise"].make(peers)
        there = {"Location": f"{peers.url('apprise')}/phone"}
        peers.apprise.faults.inject(Fault(status=307, headers=there))
        (receipt,) = await tell(channel, notification(ADDRESS))
        assert receipt.status is DeliveryStatus.FAILED_TEMPORARY
        assert peers.journal.received == []

    with_peers(tmp_path, story)


def test_what_a_url_asks_of_apprise_does_not_make_it_try_again(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        url = f"json://tocsin:x@{peers.url('apprise').removeprefix('http://')}/phone?retry=3&rto=99"
        channel = Apprise(name="it", urls={ADDRESS: Secret(url)})
        seen: list[str] = []
        peers.apprise.faults.witness = lambda request, _: seen.append(request.path)
        await tell(channel, notification(ADDRESS))
        assert seen == ["/phone"]

    with_peers(tmp_path, story)


def test_text_is_what_templates_say() -> None:
    channel = Apprise(
        name="it", urls={ADDRESS: Secret("json://h")}, title="{{ severity }}!", text="{{ what }}"
    )
    payload = channel.render(notification(ADDRESS)).payload
    assert payload["title"] == "Critical: critical!"
    assert payload["body"].startswith("latency_ms")


def test_no_label_can_call_everybody() -> None:
    labels = {"a": "@everyone @here <!channel> <@U1>"}
    shape = incident(title="@everyone <@U1>", group_labels=labels)
    for given in (notification(ADDRESS, incident=shape), hostile(ADDRESS)):
        said = str(CHANNEL.render(given).payload)
        assert not any(word in said for word in ("@everyone", "@here", "<!", "<@"))


def test_a_url_that_apprise_cannot_read_is_final_and_not_shown() -> None:
    channel = Apprise(name="it", urls={ADDRESS: Secret("nonsense://s3cret")})
    (receipt,) = asyncio.run(tell(channel, notification(ADDRESS)))
    assert receipt.status is DeliveryStatus.FAILED_PERMANENT
    assert "s3cret" not in receipt.detail


def test_what_libraries_log_of_an_address_is_in_no_log(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        there = peers.url("apprise").removeprefix("http://")
        urls = {ADDRESS: Secret(f"json://tocsin:p4ssword@{there}/t0ken-in-the-path")}
        with logged() as lines:
            await tell(Apprise(name="it", urls=urls), notification(ADDRESS))
        assert not [line for line in lines if "t0ken" in line or "p4ss" in line]

    with_peers(tmp_path, story)


def test_an_address_without_a_url_is_final_and_named() -> None:
    (receipt,) = asyncio.run(tell(CHANNEL, notification("nobody")))
    assert receipt.status is DeliveryStatus.FAILED_PERMANENT
    assert receipt.detail == "no URL for 'nobody': add it under `urls`"


def test_the_doctor_reads_each_url_and_promises_nothing() -> None:
    urls = {"good": Secret("json://u:s3cret@h"), "bad": Secret("nope://s3cret")}
    found = asyncio.run(Apprise(name="it", urls=urls).diagnose(["good", "bad"]))
    assert [(one.about, one.health) for one in found] == [("good", "unsure"), ("bad", "bad")]
    assert not any("s3cret" in one.text for one in found)


def test_without_the_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['apprise'] = None\n"
        "from routing.channels.apprise import Apprise\n"
        "Apprise(name='it', urls={})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'tocsin[apprise]'" in run.stderr


def test_work_that_hangs_is_let_go_and_too_much_of_it_is_refused() -> None:
    async def story() -> None:
        loose, over = Loose("loose", most=2), threading.Event()
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(loose.run(over.wait), 0.01)
        with pytest.raises(Refusal, match="2 earlier attempts still hang"):
            await loose.run(over.wait)
        over.set()
        while loose.running:
            await asyncio.sleep(0)
        assert await loose.run(lambda: 7) == 7

    asyncio.run(story())


@pytest.mark.parametrize("error", [RuntimeError("s3cret"), StopIteration("s3cret")], ids=repr)
def test_whatever_a_library_raises_is_tried_again_and_not_repeated(error: Exception) -> None:
    def work() -> None:
        raise error

    async def story() -> None:
        loose = Loose("loose", most=2)
        with pytest.raises(Refusal) as raised:
            await asyncio.wait_for(loose.run(work), 5)
        assert not raised.value.is_final
        assert raised.value.detail == f"the library failed ({type(error).__name__})"
        assert loose.running == 0

    asyncio.run(story())


def test_without_a_thread_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def story() -> None:
        loose = Loose("loose", most=2)
        with pytest.raises(Refusal, match="no thread"):
            await loose.run(lambda: 7)
        assert loose.running == 0

    monkeypatch.setattr(threading.Thread, "start", start)
    asyncio.run(story())
