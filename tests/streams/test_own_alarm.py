"""An alarm about Tocsin itself, on a real broker, from the first sign to the page."""

import asyncio
from pathlib import Path

from config.status import InputStatus
from tests.streams.works import Works, works


def test_input_of_bad_records_is_told_once_though_the_worker_is_killed(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            await tocsin.send(1, 2)
            await tocsin.log.write(tocsin.input, *[b"not JSON"] * 150)
            await tocsin.until(lambda: is_told(tocsin))
            alert = next(iter(tocsin.the_incident().alerts.values()))
            assert alert.labels == {
                "alertname": "TocsinDeadLetters",
                "input": "app",
                "service": "tocsin",
            }
            assert alert.annotations["summary"] == (
                "99% of the records of input app cannot be used"
            )
            await tocsin.until(lambda: status_of_input(tocsin).series == 1)
            status = status_of_input(tocsin)
            assert (status.records, status.samples, status.bad) == (152, 2, 150)
            assert (status.event_at, status.waiting_s) == (1_790_000_002.0, 0.0)
            tocsin.kill()
            tocsin.start()
            before = tocsin.status()
            await tocsin.log.write(tocsin.input, *[b"not JSON"] * 150)
            await tocsin.until(lambda: has_judged_again(tocsin, before.worker if before else ""))
            assert tocsin.the_incident().alerts.popitem()[1].starts_at == alert.starts_at
            assert [one.what for one in tocsin.received("slack")].count("post") == 1

    asyncio.run(story())


def is_told(tocsin: Works) -> bool:
    """Both contacts were told."""
    views = tocsin.incidents().values()
    return [sorted(d.status for d in view.deliveries) for view in views] == [["sent", "sent"]]


def status_of_input(tocsin: Works) -> InputStatus:
    """What the worker says of the input."""
    status = tocsin.status()
    return status.inputs["app"] if status else InputStatus()


def has_judged_again(tocsin: Works, before: str) -> bool:
    """Another worker has read bad records, and has had a while to think of it."""
    status = tocsin.status()
    if status is None or status.worker == before or "app" not in status.inputs:
        return False
    return status.inputs["app"].bad >= 150 and status.uptime_s > 5
