"""Workers that hang or die, and what the others, or their next lives, make of it: real brokers."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from streams.exits import UNREADABLE
from streams.producer import new_producer, send_all
from streams.state import CHANGELOG
from streams.topics import Topic, ensure_topics
from tests.streams.log import Log
from tests.streams.test_survival import Case
from tests.streams.works import Works

pytestmark = pytest.mark.long


@contextmanager
def ending(*workers: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Kill workers at the end of the block."""
    try:
        yield
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def test_standby_takes_over_by_reading_only_the_tail(bootstrap: str, prefix: str) -> None:
    async def story() -> None:
        case = Case(bootstrap, prefix)
        await case.prepare()
        changelog = f"{prefix}-totals-changelog"
        async with Log(bootstrap, case.totals, changelog) as log:
            first, second = case.worker("1"), case.worker("1")
            with ending(first, second):
                while {told[4] for told in newest(case, log)} != {first.pid, second.pid}:
                    await case.feed(log, 100)  # until each has a partition, and one to copy
                    await log.read_until(lambda: case.is_exact(log))
                while len(log.records[changelog]) < 20:
                    await case.feed(log, 100)
                    await log.read_until(lambda: case.is_exact(log))
                first.kill()
                await case.feed(log, 300)
                await log.read_until(lambda: case.is_exact(log))
                assert {told[4] for told in newest(case, log)} == {second.pid}
                read = [told[3] for told in newest(case, log)]
                assert max(read) < len(log.records[changelog]) / 2, read

    asyncio.run(story())


def newest(case: Case, log: Log) -> list[list[Any]]:
    """What was told last of each partition: it, count, sum, changelog records read, process."""
    told = [json.loads(record.value) for record in log.records[case.totals]]
    return list({one[0]: one for one in told}.values())


def test_worker_whose_handler_hangs_is_ended_with_all_stacks_told(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        case = Case(bootstrap, prefix)
        await case.prepare()
        words = tmp_path / "worker.log"
        async with Log(bootstrap, case.totals) as log:
            with words.open("wb") as stderr:
                env = {**os.environ, "STUCK_AFTER_S": "2"}
                worker = case.worker(stderr=stderr, env=env)
            with ending(worker):
                await case.feed(log, 100)
                await log.read_until(lambda: case.is_exact(log))
                await log.write(case.numbers, b"hang", partition=0)
                assert await asyncio.to_thread(worker.wait, 30) == 1
        assert "Timeout" in words.read_text()
        assert "counting.py" in words.read_text()

    asyncio.run(story())


def test_state_of_another_version_ends_the_worker_for_good(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        tocsin = Works(bootstrap, prefix, tmp_path, NoPeers())  # type: ignore[arg-type]
        tocsin.configure()
        changelog = f"{prefix}-engine-changelog"
        await ensure_topics(bootstrap, [Topic(tocsin.input, 2), Topic(changelog, 1, CHANGELOG)])
        producer = new_producer(bootstrap, "test")
        await producer.start()
        await send_all(producer, [(changelog, b"engine", bytes(16) + b"of version 2", 0)])
        await producer.stop()
        tocsin.worker = subprocess.Popen(["true"])
        supervisor = tocsin.supervise(1)
        with ending(supervisor):
            assert await asyncio.to_thread(supervisor.wait, 60) == 1
        whole = tocsin.log_file.read_text()
        # A broker that has just made topics is met before all of them have a leader.
        said = [line for line in whole.splitlines() if " aiokafka." not in line]
        assert len(said) == 2, whole
        assert "state of table engine was written by another version" in said[0]
        assert said[1].endswith(f"worker ended with exit code {UNREADABLE}")

    asyncio.run(story())


class NoPeers:
    """Nobody is told anything."""

    ports: ClassVar = {"smtp": 1}

    def url(self, _: str) -> str:
        return "http://127.0.0.1:1"
