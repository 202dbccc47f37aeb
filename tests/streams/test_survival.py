"""Chunked consumer and state on a real broker, with workers that are killed."""

import asyncio
import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from streams.state import CHANGELOG
from streams.topics import Topic, ensure_topics
from tests.streams.log import Log

pytestmark = pytest.mark.long


class Case:
    """Numbers in, totals out, and the worker between them."""

    def __init__(self, bootstrap: str, prefix: str, *, partitions: int = 2) -> None:
        self.bootstrap, self.prefix, self.partitions = bootstrap, prefix, partitions
        self.numbers, self.totals = f"{prefix}.numbers", f"{prefix}.totals"
        self.sent = 0

    async def prepare(self) -> None:
        await ensure_topics(
            self.bootstrap,
            [
                Topic(self.numbers, self.partitions),
                Topic(self.totals),
                Topic(f"{self.prefix}-totals-changelog", self.partitions, CHANGELOG),
            ],
        )

    def argv(self) -> list[str]:
        app = "tests.streams.apps.counting"
        return [sys.executable, "-m", app, self.bootstrap, self.prefix, str(self.partitions)]

    def worker(self, *args: str, **options: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([*self.argv(), *args], **{"stderr": subprocess.DEVNULL, **options})

    async def feed(self, log: Log, count: int) -> None:
        """Send the next numbers, in batches of a hundred so that chunks stay small."""
        for start in range(self.sent, self.sent + count, 100):
            numbers = range(start, min(start + 100, self.sent + count))
            for partition in range(self.partitions):
                mine = [str(n).encode() for n in numbers if n % self.partitions == partition]
                await log.write(self.numbers, *mine, partition=partition)
        self.sent += count

    def is_exact(self, log: Log) -> bool:
        """Each partition's highest total equals what was sent to it: nothing lost, none twice.

        A worker that was stopped may tell an old total late.
        """
        highest: dict[int, list[int]] = {}
        for record in log.records[self.totals]:
            partition, *total = json.loads(record.value)[:3]
            highest[partition] = max(total, highest.get(partition, total))
        expected = (range(p, self.sent, self.partitions) for p in range(self.partitions))
        return highest == {p: [len(ns), sum(ns)] for p, ns in enumerate(expected)}


def test_state_is_exact_whenever_the_worker_is_killed(bootstrap: str, prefix: str) -> None:
    async def story() -> None:
        case = Case(bootstrap, prefix)
        await case.prepare()
        async with Log(bootstrap, case.totals) as log:
            worker = case.worker()
            try:
                await case.feed(log, 300)
                await log.read_until(lambda: case.is_exact(log))
                for seen in (1, 5):  # killed early, and later, in the middle of its work
                    before = len(log.records[case.totals])
                    await case.feed(log, 2000)
                    await log.read_until(
                        lambda n=before + seen: len(log.records[case.totals]) >= n  # type: ignore[misc]
                    )
                    worker.kill()
                    worker.wait()
                    await case.feed(log, 200)
                    worker = case.worker()
                    await log.read_until(lambda: case.is_exact(log))
            finally:
                worker.kill()
                worker.wait()

    asyncio.run(story())


def test_failing_agent_never_loses_its_chunk(bootstrap: str, prefix: str) -> None:
    async def story() -> None:
        case = Case(bootstrap, prefix)
        await case.prepare()
        async with Log(bootstrap, case.totals) as log:
            worker = case.worker()
            try:
                await case.feed(log, 100)
                await log.read_until(lambda: case.is_exact(log))
                await log.write(case.numbers, b"poison", partition=0)
                assert await asyncio.to_thread(worker.wait, 30) == 1
                again = case.worker()  # the poison is read again, not skipped
                assert await asyncio.to_thread(again.wait, 60) == 1
            finally:
                worker.kill()
                worker.wait()

    asyncio.run(story())


def test_worker_stops_at_a_signal_with_its_offsets_committed(bootstrap: str, prefix: str) -> None:
    async def story() -> None:
        case = Case(bootstrap, prefix)
        await case.prepare()
        async with Log(bootstrap, case.totals) as log:
            worker = case.worker()
            try:
                await case.feed(log, 100)
                await log.read_until(lambda: case.is_exact(log))
                worker.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(worker.wait, 30) == 0
                before = len(log.records[case.totals])
                worker = case.worker()
                await case.feed(log, 100)
                await log.read_until(lambda: case.is_exact(log))
                again = [json.loads(r.value)[1] for r in log.records[case.totals][before:]]
                assert min(again) > 50  # neither partition began anew
            finally:
                worker.kill()
                worker.wait()

    asyncio.run(story())
