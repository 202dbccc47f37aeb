"""What every channel must do, whatever its provider does. A new kind needs a bench, no test."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from routing.channels.registry import CHANNELS
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus, Receipt
from streams.demo.peers.faults import Fault
from streams.demo.peers.received import endings, pages
from streams.demo.peers.serve import Peers
from streams.demo.peers.smtp import MailFault
from tests.routing.channels.benches import BENCHES, SECRETS, lost, tell, with_peers
from tests.routing.channels.notifications import follow_up, hostile, notification

KINDS = sorted(CHANNELS)
HTTP_KINDS = [kind for kind in KINDS if BENCHES[kind].is_http]
READ_KINDS = [kind for kind in HTTP_KINDS if BENCHES[kind].is_read]
TEMPORARY, PERMANENT = DeliveryStatus.FAILED_TEMPORARY, DeliveryStatus.FAILED_PERMANENT
STATUSES = {
    400: PERMANENT,
    401: PERMANENT,
    403: PERMANENT,
    404: PERMANENT,
    408: TEMPORARY,
    413: PERMANENT,
    429: TEMPORARY,
    500: TEMPORARY,
    502: TEMPORARY,
    503: TEMPORARY,
    504: TEMPORARY,
}
REPLIES = {
    "421 4.3.2 Shutting down": TEMPORARY,
    "451 4.7.1 Greylisted": TEMPORARY,
    "452 4.2.2 Mailbox full": TEMPORARY,
    "550 5.1.1 No such user": PERMANENT,
    "554 5.7.1 Refused": PERMANENT,
}


def test_every_registered_channel_has_a_bench() -> None:
    assert set(BENCHES) == set(CHANNELS)


@pytest.fixture(autouse=True)
def _no_secret_in_logs(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.DEBUG)
    yield
    assert not [secret for secret in SECRETS if secret in caplog.text]


def one_attempt(folder: Path, kind: str, *faults: Any, **given: Any) -> Receipt:
    found: list[Receipt] = []

    async def story(peers: Peers) -> None:
        bench = BENCHES[kind]
        bench.faults(peers).inject(*faults)
        channel = bench.make(peers, **given)
        found.extend(await tell(channel, notification(bench.address)))
        await channel.close()

    with_peers(folder, story)
    text = msgspec.json.encode(found[0]).decode()
    assert not [secret for secret in SECRETS if secret in text]
    assert "\n" not in found[0].detail
    return found[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_delivered_once_changes_and_ends(kind: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        bench = BENCHES[kind]
        channel = bench.make(peers)
        (first,) = await tell(channel, notification(bench.address))
        assert first.status is DeliveryStatus.SENT, first.detail
        assert first.handle
        later = [
            NotifyReason.NEW_ALERTS,
            NotifyReason.REPEAT,
            NotifyReason.ESCALATED,
            NotifyReason.ACKNOWLEDGED,
            NotifyReason.RESOLVED,
        ]
        receipt = first
        for sequence, reason in enumerate(later, start=1):
            (receipt,) = await tell(channel, follow_up(receipt, reason, sequence))
            assert receipt.status is DeliveryStatus.SENT, receipt.detail
        await channel.close()
        key = ("inc-7f3a", kind, bench.address)
        assert pages(peers.journal.received) == {key: 1}
        assert endings(peers.journal.received) == {key: 1}

    with_peers(tmp_path, story)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", HTTP_KINDS)
def test_an_http_status_says_whether_another_attempt_is_worth_it(
    kind: str, status: int, tmp_path: Path
) -> None:
    receipt = one_attempt(tmp_path, kind, Fault(status=status))
    assert receipt.status is STATUSES[status]
    assert str(status) in receipt.detail


@pytest.mark.parametrize("reply", REPLIES)
def test_an_smtp_reply_says_whether_another_attempt_is_worth_it(reply: str, tmp_path: Path) -> None:
    receipt = one_attempt(tmp_path, "email", MailFault(reply=reply))
    assert receipt.status is REPLIES[reply]
    assert reply.split()[0] in receipt.detail


RETRY_AFTER = {
    "seconds": ({"Retry-After": "17"}, timedelta(seconds=17)),
    "a date": (
        {
            "Retry-After": "Mon, 23 Nov 2026 10:01:00 GMT",
            "Date": "Mon, 23 Nov 2026 10:00:00 GMT",
        },
        timedelta(minutes=1),
    ),
    "a date that has passed": (
        {
            "Retry-After": "Mon, 23 Nov 2026 09:00:00 GMT",
            "Date": "Mon, 23 Nov 2026 10:00:00 GMT",
        },
        timedelta(0),
    ),
    "nonsense": ({"Retry-After": "soon"}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize("form", RETRY_AFTER)
@pytest.mark.parametrize("kind", HTTP_KINDS)
def test_a_rate_limit_passes_on_the_wait_that_is_asked_for(
    kind: str, form: str, tmp_path: Path
) -> None:
    headers, wait = RETRY_AFTER[form]
    receipt = one_attempt(tmp_path, kind, Fault(status=429, headers=headers))
    assert (receipt.status, receipt.retry_after) == (TEMPORARY, wait)


@pytest.mark.parametrize("body", ["", "not json", "[]", "null", '"text"', "<html>login</html>"])
@pytest.mark.parametrize("type_", ["application/json", "text/html", "text/plain"])
@pytest.mark.parametrize("kind", READ_KINDS)
def test_an_answer_that_makes_no_sense_is_temporary(
    kind: str, type_: str, body: str, tmp_path: Path
) -> None:
    fault = Fault(status=200, headers={"Content-Type": type_}, body=body)
    assert one_attempt(tmp_path, kind, *[fault] * 9).status is TEMPORARY


@pytest.mark.parametrize("status", [302, 401, 500])
@pytest.mark.parametrize("kind", HTTP_KINDS)
def test_a_proxy_that_answers_in_html_is_survived(kind: str, status: int, tmp_path: Path) -> None:
    fault = Fault(status=status, headers={"Content-Type": "text/html"}, body="<h1>No</h1>")
    assert one_attempt(tmp_path, kind, fault).status in (TEMPORARY, PERMANENT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_connection_is_temporary(kind: str, tmp_path: Path) -> None:
    cut = Fault(kind="cut") if BENCHES[kind].is_http else MailFault(kind="cut")
    receipt = one_attempt(tmp_path, kind, cut)
    assert receipt.status is TEMPORARY
    assert receipt.detail


@pytest.mark.parametrize("kind", KINDS)
def test_a_hanging_provider_is_given_up_in_time(kind: str, tmp_path: Path) -> None:
    hang = Fault(kind="hang") if BENCHES[kind].is_http else MailFault(kind="hang")
    receipt = one_attempt(tmp_path, kind, hang, timeout_s=0.3)
    assert receipt.status is TEMPORARY


@pytest.mark.parametrize("kind", KINDS)
def test_a_dead_address_is_temporary(kind: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        bench = BENCHES[kind]
        channel = bench.make(peers)
        await peers.close()
        (receipt,) = await tell(channel, notification(bench.address))
        assert receipt.status is TEMPORARY
        await channel.close()

    with_peers(tmp_path, story)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_secret_is_final_and_not_repeated_in_the_receipt(kind: str, tmp_path: Path) -> None:
    receipt = one_attempt(tmp_path, kind, secret="wrong-secret")
    assert receipt.status is PERMANENT
    assert receipt.detail


@pytest.mark.parametrize("padding", [0, 180, 285, 295])
@pytest.mark.parametrize("kind", HTTP_KINDS)
def test_a_provider_that_echoes_the_secret_is_not_repeated(
    kind: str, padding: int, tmp_path: Path
) -> None:
    secret = BENCHES[kind].secret
    said = f"{'x' * padding} {secret}"
    body = {"ok": False, "error": said, "message": said, "errorMessages": [said]}
    fault = Fault(status=400, body=msgspec.json.encode(body).decode())
    receipt = one_attempt(tmp_path, kind, fault)
    assert secret[:6] not in receipt.detail
    assert "***" in receipt.detail or padding > 200


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_content_is_still_delivered(kind: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        bench = BENCHES[kind]
        channel = bench.make(peers)
        (first,) = await tell(channel, hostile(bench.address))
        assert first.status is DeliveryStatus.SENT, first.detail
        bad = hostile(bench.address)
        for sequence, reason in enumerate(NotifyReason, start=1):
            again = msgspec.structs.replace(
                bad, reason=reason, handle=first.handle, sequence=sequence
            )
            (receipt,) = await tell(channel, again)
            assert receipt.status is DeliveryStatus.SENT, receipt.detail
        await channel.close()
        assert pages(peers.journal.received).total() == 1

    with_peers(tmp_path, story)


@pytest.mark.parametrize("kind", KINDS)
def test_rendering_twice_gives_the_same_message(kind: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES[kind].make(peers)
        given = hostile(BENCHES[kind].address)
        assert channel.render(given).payload == channel.render(given).payload
        await channel.close()

    with_peers(tmp_path, story)


@pytest.mark.parametrize("kind", KINDS)
def test_a_repeat_after_a_lost_answer_tells_nobody_twice(kind: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        bench = BENCHES[kind]
        channel = bench.make(peers)
        given = notification(bench.address)
        _lose_the_answer(peers, kind)
        (first,) = await tell(channel, given)
        assert first.status is TEMPORARY
        (second,) = await tell(channel, msgspec.structs.replace(given, attempt=2))
        assert second.status is DeliveryStatus.SENT, second.detail
        assert _distinct_pages(peers) == 1
        await channel.close()

    with_peers(tmp_path, story)


def _lose_the_answer(peers: Peers, kind: str) -> None:
    if kind == "jira":
        peers.jira.faults.inject(Fault(kind="lost", path="/issue"))
    else:
        BENCHES[kind].faults(peers).inject(lost(kind))


def _distinct_pages(peers: Peers) -> int:
    """Mail with one Message-ID is one mail: mailboxes and our engine know it by that."""
    return len({one.ref for one in peers.journal.received if one.opens})


@pytest.mark.parametrize("kind", KINDS)
def test_a_hanging_channel_does_not_stop_the_loop(kind: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        bench = BENCHES[kind]
        hang = Fault(kind="hang") if bench.is_http else MailFault(kind="hang")
        bench.faults(peers).inject(hang)
        channel = bench.make(peers, timeout_s=0.5)
        sending = asyncio.create_task(tell(channel, notification(bench.address)))
        turns = 0
        while not sending.done():
            turns += 1
            await asyncio.sleep(0.02)
        assert turns > 10
        await channel.close()

    with_peers(tmp_path, story)
