"""A broker that is stopped for long, or killed, under workers that go on."""

import asyncio
import signal
from pathlib import Path

import pytest

from bench.chaos.broker import Broker
from streams.supervisor import Child, Supervisor
from tests.streams.log import Log
from tests.streams.test_survival import Case
from tests.streams.works import Works, works

pytestmark = [pytest.mark.kafka, pytest.mark.broker, pytest.mark.long]
LONG_S = 20.0  # longer than any session, and than a broker takes to be restarted


def test_nothing_is_lost_or_told_twice_over_a_long_outage_and_a_crash_of_the_broker(
    prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        (tmp_path / "kafka").mkdir()
        broker = Broker(tmp_path / "kafka")
        await broker.start()
        case = Case(broker.bootstrap, prefix)
        await case.prepare()
        counting = Child("counting", case.argv(), restart=True, log=tmp_path / "counting.log")
        try:
            async with (
                Supervisor() as parent,
                works(broker.bootstrap, f"{prefix}w", tmp_path) as tocsin,
                Log(broker.bootstrap, case.totals) as totals,
            ):
                await parent.start(counting)
                supervisor = tocsin.supervise(1)
                await tocsin.send(1, 2, 3)
                await tocsin.until(lambda: was_read(tocsin, 3))
                await case.feed(totals, 5000)  # some of it is not yet counted when the broker goes
                for how, away_s in ((signal.SIGTERM, LONG_S), (signal.SIGKILL, 0)):
                    broker.stop(how)
                    await asyncio.sleep(away_s)
                    await broker.start()
                    await case.feed(totals, 500)
                    await totals.read_until(lambda: case.is_exact(totals))
                    await tocsin.send(4, 400)
                    await tocsin.until(lambda: len(tocsin.received("slack")) >= 1)
                    assert supervisor.poll() is None
                assert len(tocsin.received("slack")) == 1
                assert len(tocsin.incidents()) == 1
        finally:
            broker.stop(signal.SIGKILL)

    asyncio.run(story())


def was_read(tocsin: Works, count: int) -> bool:
    status = tocsin.status()
    return status is not None and status.records >= count
