"""Three workers that are killed, stopped and joined at random moments, on Apache Kafka."""

import asyncio
import os
import random
import signal
import subprocess

import pytest

from tests.streams.log import Log
from tests.streams.test_survival import Case

pytestmark = pytest.mark.kafka

MOMENTS = int(os.environ.get("UPHEAVALS", "6"))
SESSION_S = 3.0  # of apps/counting.py


class Workers:
    """Three workers, and what is done to them."""

    def __init__(self, case: Case, chance: random.Random) -> None:
        self.case = case
        self.chance = chance
        self.running = [case.worker() for _ in range(3)]

    def end(self) -> None:
        for worker in self.running:
            worker.send_signal(signal.SIGCONT)
            worker.kill()
            worker.wait()

    async def upset(self) -> str:
        """Something happens to one of them; a word for it."""
        what = self.chance.choice((self.kill, self.leave, self.freeze, self.join))
        await what()
        return what.__name__

    async def kill(self) -> None:
        """One dies, and a new one comes."""
        worker = self._one()
        worker.kill()
        worker.wait()
        self.running.append(self.case.worker())

    async def leave(self) -> None:
        """One goes in peace, and a new one comes."""
        await self._let_go()
        self.running.append(self.case.worker())

    async def freeze(self) -> None:
        """One is stopped until the group has forgotten it, and goes on in the midst of its work."""
        worker = self.chance.choice(self.running)
        worker.send_signal(signal.SIGSTOP)
        await asyncio.sleep(SESSION_S + 1.5)
        worker.send_signal(signal.SIGCONT)

    async def join(self) -> None:
        """A new one comes, and another goes."""
        self.running.append(self.case.worker())
        await self._let_go()

    async def _let_go(self) -> None:
        worker = self._one()
        worker.terminate()
        code = await asyncio.to_thread(worker.wait, 30)
        assert code in (0, -signal.SIGTERM)  # the latter where it had hardly begun

    def _one(self) -> "subprocess.Popen[bytes]":
        return self.running.pop(self.chance.randrange(len(self.running)))

    def restart_crashed(self) -> None:
        """As their parent would: a worker that wrote when it was no member any more has crashed."""
        for worker in [worker for worker in self.running if worker.poll() is not None]:
            assert worker.returncode == 1
            self.running.remove(worker)
            self.running.append(self.case.worker())


def test_totals_are_exact_whatever_happens_to_three_workers(bootstrap: str, prefix: str) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    done: list[str] = []

    async def story() -> None:
        case = Case(bootstrap, prefix, partitions=6)
        await case.prepare()
        async with Log(bootstrap, case.totals) as log:
            workers = Workers(case, chance)
            try:
                await case.feed(log, 300)
                await log.read_until(lambda: case.is_exact(log))
                for _ in range(MOMENTS):
                    seen = len(log.records[case.totals]) + chance.randrange(1, 12)
                    await case.feed(log, 3000)
                    await log.read_until(lambda n=seen: len(log.records[case.totals]) >= n)  # type: ignore[misc]
                    done.append(await workers.upset())
                    workers.restart_crashed()
                await log.read_until(lambda: case.is_exact(log))
            finally:
                workers.end()

    try:
        asyncio.run(story())
    except AssertionError as error:
        raise AssertionError(f"seed {seed}, after {done}: {error}") from error
