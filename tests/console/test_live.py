"""The console as a process of its own beside a worker, on a real broker."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from routing.incident import IncidentState
from streams.demo.console_client import ConsoleClient
from tests.streams.works import Works, works


@asynccontextmanager
async def console(tocsin: Works) -> AsyncIterator["tuple[str, subprocess.Popen[str]]"]:
    """A console process on a free port: its address."""
    argv = [sys.executable, "-m", "console", "--config", str(tocsin.config), "--port", "0"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        line = await asyncio.to_thread(process.stdout.readline)
        yield line.removeprefix("console: ").strip().rstrip("/"), process
    finally:
        process.kill()
        process.wait()


async def metric(session: aiohttp.ClientSession, url: str, start: str) -> float | None:
    """The value of the first metric line that begins so."""
    async with session.get(f"{url}/metrics") as answer:
        for line in (await answer.text()).splitlines():
            if line.startswith(start):
                return float(line.rsplit(" ", 1)[1])
    return None


def test_incident_is_shown_and_acknowledged_through_the_page(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin, console(tocsin) as (url, process):
            await tocsin.log.write(tocsin.input, b"junk", partition=0)
            await tocsin.send(50, 60, 500)
            await tocsin.until(lambda: len(tocsin.received("email")) == 1)
            incident = tocsin.the_incident()
            async with asyncio.timeout(30), aiohttp.ClientSession() as session:
                while await metric(session, url, "tocsin_dead_letters_total{") != 1:
                    await asyncio.sleep(0.1)
                async with session.get(f"{url}/incident/{incident.id}") as answer:
                    page = await answer.text()
                assert "load of web is 500" in page
                assert "<svg" in page
                async with ConsoleClient(url) as person:
                    await person.acknowledge(incident.id, "ana")
            await tocsin.until(
                lambda: (
                    tocsin.the_incident().state is IncidentState.ACKNOWLEDGED
                    and len(tocsin.received("email")) == 2
                )
            )
            assert tocsin.the_incident().acknowledged_by == "ana"
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 10) == 0

    asyncio.run(story())
