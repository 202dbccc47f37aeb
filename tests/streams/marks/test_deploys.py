"""Deploys: told to PagerDuty once for each address, and again where that failed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from config.marks.mark import Span
from config.marks.marks import Marks
from routing.channels.channel import Channel
from routing.channels.pagerduty import PagerDuty
from routing.receipt import DeliveryStatus, Receipt
from routing.secret import Secret
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import Peers
from streams.ledger import Ledger
from streams.marks.deploys import LATEST, Deploys
from tests.routing.channels.benches import CREDENTIALS, with_peers
from tests.streams.marks.making import matching

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
KEY = CREDENTIALS.pagerduty_keys["oncall"]


def deploy(id_: str = "d1", *, begun: timedelta = timedelta(minutes=1), **given: Any) -> Span:
    made = {"kind": "deploy", "by": "ana", "note": "checkout v12"} | given
    starts_at = NOW - begun
    return Span(
        id=id_,
        matchers=matching(service="checkout"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        **made,
    )


class Stage(Struct):
    """Deploys, with marks and a ledger, and PagerDuty's stand-in."""

    peers: Peers
    deploys: Deploys
    ledger: Ledger

    async def tick(self, after: timedelta = timedelta(0)) -> None:
        self.deploys.tick(NOW + after)
        if self.deploys._telling is not None:
            await self.deploys._telling

    @property
    def told(self) -> list[str]:
        return [one.text for one in self.peers.journal.received if one.what == "change"]


def play(
    folder: Path, story: Callable[[Stage], Awaitable[None]], *spans: Span, wants: bool = True
) -> None:
    async def run(peers: Peers) -> None:
        pager = PagerDuty(
            name="pager",
            routing_keys={"oncall": Secret(KEY)},
            base_url=peers.url("pagerduty"),
            change_events=wants,
        )
        channels: dict[str, Channel] = {"pager": pager}
        ledger = Ledger()

        async def keep(receipt: Receipt) -> None:
            ledger.enter(receipt)

        deploys = Deploys(
            marks=lambda: Marks(spans), channels=lambda: channels, ledger=lambda: ledger, keep=keep
        )
        await story(Stage(peers, deploys, ledger))
        await deploys.close()
        await pager.close()

    with_peers(folder, run)


def test_a_deploy_is_told_once_to_each_address(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        for _ in range(3):
            await stage.tick()
        assert stage.told == ["Deploy of checkout v12 (ana)"]
        body = stage.peers.journal.received[0].body["payload"]
        assert body["timestamp"] == "2026-11-27T11:59:00.000000Z"
        assert body["source"] == 'service="checkout"'
        assert body["custom_details"]["mark"] == "d1"

    play(tmp_path, story, deploy())


def test_another_worker_that_takes_the_ledger_over_tells_it_not_again(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.tick()
        receipts = list(stage.ledger.receipts.values())
        stage.deploys._again.clear()
        await stage.tick(timedelta(minutes=5))
        assert [one.status for one in receipts] == [DeliveryStatus.SENT]
        assert len(stage.told) == 1

    play(tmp_path, story, deploy())


def test_only_deploys_that_have_just_begun_are_told(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.tick()
        assert stage.told == []

    play(
        tmp_path,
        story,
        deploy("old", begun=LATEST + timedelta(seconds=1)),
        deploy("to come", begun=timedelta(seconds=-1)),
        deploy("works", kind="maintenance"),
    )


def test_a_channel_that_wants_none_is_told_none(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.tick()
        assert stage.told == []

    play(tmp_path, story, deploy(), wants=False)


def test_what_failed_for_the_moment_is_told_again_but_not_for_ever(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.peers.pagerduty.faults.inject(*[Fault(status=500, path="/v2/change")] * 9)
        await stage.tick()
        await stage.tick(timedelta(seconds=29))
        (receipt,) = stage.ledger.receipts.values()
        assert (receipt.status, receipt.attempt) == (DeliveryStatus.FAILED_TEMPORARY, 1)
        stage.peers.pagerduty.faults.clear()
        await stage.tick(timedelta(seconds=31))
        assert len(stage.told) == 1

    play(tmp_path, story, deploy())


def test_a_key_that_is_refused_is_not_tried_again(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.peers.pagerduty.faults.inject(Fault(status=400, path="/v2/change"))
        for minutes in range(3):
            await stage.tick(timedelta(minutes=minutes))
        (receipt,) = stage.ledger.receipts.values()
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert stage.told == []

    play(tmp_path, story, deploy())


def test_a_channel_that_breaks_stops_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> Receipt:
        raise RuntimeError

    async def story(stage: Stage) -> None:
        await stage.tick()
        await stage.tick(timedelta(minutes=5))
        (receipt,) = stage.ledger.receipts.values()
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert receipt.detail == "the channel failed: RuntimeError"

    monkeypatch.setattr(PagerDuty, "tell_change", breaks)
    play(tmp_path, story, deploy())


def test_what_a_closing_channel_leaves_is_told_again(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.deploys.tick(NOW)
        assert stage.deploys._telling is not None
        stage.deploys._telling.cancel()
        await asyncio.gather(stage.deploys._telling, return_exceptions=True)
        await stage.tick(timedelta(minutes=1))
        assert len(stage.told) == 1

    play(tmp_path, story, deploy())
