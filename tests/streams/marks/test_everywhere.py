"""A mark on a real broker: every worker has it, and keeps it through `kill -9`."""

import asyncio
from pathlib import Path
from typing import Any

import psutil
import pytest

from config import status
from config.loader import load
from config.marks.mark import encode
from config.status import WorkerStatus
from streams import clock
from streams.marks.book import mark_book
from streams.producer import send_all
from tests.streams.letters.post import tocsin as run
from tests.streams.marks.making import matching, opinion, span
from tests.streams.test_processes import slots_of
from tests.streams.works import Works, works

pytestmark = pytest.mark.long


def newest_words(tocsin: Works) -> dict[int, WorkerStatus]:
    """What each worker said last, by process id."""
    values = (record.value for record in tocsin.log.records[tocsin.topics.workers])
    return {word.pid: word for word in map(status.decode, filter(None, values))}


async def send(tocsin: Works, mark: Any) -> None:
    record = (tocsin.topics.marks, mark.id.encode(), encode(mark), 0)
    await send_all(tocsin.log._producer, [record])


async def go_on_until(tocsin: Works, holds: Any) -> None:
    """Send calm values until something holds: marks come in force with a commit."""
    async with asyncio.timeout(90):
        while not holds():
            await tocsin.send(1.0, service="calm")
            seen = len(tocsin.log.records[tocsin.topics.workers])
            await tocsin.until(
                lambda n=seen: len(tocsin.log.records[tocsin.topics.workers]) > n  # type: ignore[misc]
            )


def have(tocsin: Works, workers: set[int], marks: int) -> bool:
    words = newest_words(tocsin)
    return all(pid in words and words[pid].marks == marks for pid in workers)


def test_maintenance_is_in_force_in_a_worker_that_was_killed(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            quiet = matching(service="web")
            await send(tocsin, span(matchers=quiet, begins_at=tocsin._at, lasts=3e7))
            assert tocsin.worker is not None
            await go_on_until(tocsin, lambda: have(tocsin, {tocsin.worker.pid}, 1))  # type: ignore[union-attr]
            tocsin.kill()
            tocsin.start()
            await tocsin.send(1, 500, service="web")
            await tocsin.send(1, 500, service="shop")
            await tocsin.until(lambda: len(tocsin.received("slack")) == 1)
            assert tocsin.the_incident().group_labels == {"service": "shop"}

    asyncio.run(story())


def test_what_waited_is_judged_under_the_marks_that_were_made_meanwhile(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            tocsin.kill()
            quiet = matching(service="web")
            await send(tocsin, span(matchers=quiet, begins_at=tocsin._at, lasts=3e7))
            await tocsin.send(1, 500, service="web")
            await tocsin.send(1, 500, service="shop")
            tocsin.start()
            await tocsin.until(lambda: len(tocsin.received("slack")) == 1)
            assert tocsin.the_incident().group_labels == {"service": "shop"}

    asyncio.run(story())


def test_marks_are_in_force_before_the_next_sample_however_long_that_takes(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            await tocsin.send(1, service="web")
            for number in (1, 2, 3):  # only the first may come with a commit of the sample
                await send(tocsin, opinion(f"f{number}"))
                assert tocsin.worker is not None
                workers = {tocsin.worker.pid}
                await tocsin.until(lambda n=number, w=workers: have(tocsin, w, n))  # type: ignore[misc]

    asyncio.run(story())


def test_every_worker_has_a_mark_that_was_made_and_loses_it_with_its_end(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            supervisor = tocsin.supervise(2)
            await tocsin.until(lambda: len(slots_of(supervisor.pid)) == 2)
            workers = set(slots_of(supervisor.pid).values())
            await send(tocsin, opinion())
            await go_on_until(tocsin, lambda: have(tocsin, workers, 1))
            listed = await asyncio.to_thread(
                run, "feedback", "undo", "--config", str(tocsin.config), "f1"
            )
            assert listed.exit_code == 0, listed.output
            await go_on_until(tocsin, lambda: have(tocsin, workers, 0))
            for pid in workers:
                assert psutil.pid_exists(pid)
            await asyncio.to_thread(supervisor.terminate)
            await asyncio.to_thread(supervisor.wait, 20)

    asyncio.run(story())


def test_worker_deletes_the_spans_that_are_long_over(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            await send(tocsin, span("old", begins_at=0.0))
            await send(tocsin, span("new", begins_at=clock.epoch_s()))
            await go_on_until(
                tocsin,
                lambda: tocsin.worker and have(tocsin, {tocsin.worker.pid}, 1),
            )
            config = load(tocsin.config, environ={"SLACK_TOKEN": "x"})
            async with mark_book(config) as book:
                assert [mark.id for mark in book.marks] == ["new"]

    asyncio.run(story())
