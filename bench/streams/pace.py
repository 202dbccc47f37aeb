"""From what workers say each second to a rate, and what the processors did meanwhile."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from bench.streams.worker import Setup, Worker, statuses
from config.status import WorkerStatus

LONGEST_S = 300.0


@dataclass(frozen=True, slots=True)
class Point:
    """All workers together at an instant."""

    at: float
    records: int
    samples: int
    anomalies: int
    active: int  # workers that have read anything
    series: int


@dataclass(frozen=True, slots=True)
class Pace:
    """A run: samples a second, cores that workers and broker used, and memory at the end.

    `left_out` is the share of the samples that were read but not judged when the counting began:
    that they are judged is in the time, and they are not in the rate.
    """

    rate: float
    worker_cores: float
    broker_cores: float
    rss_mb: float
    anomalies: int
    left_out: float

    @property
    def per_cpu_s(self) -> float:
        """Samples for each second of a worker's processor time."""
        return self.rate / max(self.worker_cores, 1e-9)


async def pace(
    setup: Setup, started: Sequence[Worker], samples: int, *, per_record: int = 1, series: int = 0
) -> Pace:
    """Wait until all samples are judged.

    The rate counts from the first status in which every worker has read something (and so many
    series are known), and leaves out all that was read by then, judged or not; it ends where the
    last samples were judged, taken to be at the pace of the second before. So it is rather too
    low: by `left_out` at the most, which is little only where there are samples for many seconds.
    """
    points: list[Point] = []
    used: list[tuple[float, float]] = []
    newest: dict[str, Point] = {}
    try:
        async with asyncio.timeout(LONGEST_S):
            async for status in statuses(setup, started):
                newest[status.worker] = _point(status)
                point = _together(list(newest.values()))
                if point.active < len(started) or (point.series < series and not points):
                    continue
                points.append(point)
                used.append((_seconds(_pids(started)), _seconds(broker_pids())))
                if point.samples >= samples:
                    break
    except TimeoutError:
        words = "".join(worker.last_words() for worker in started)
        raise RuntimeError(f"stuck at {newest} of {samples} samples:\n{words}") from None
    took = _end(points, samples) - points[0].at
    passed = max(points[-1].at - points[0].at, 1e-9)
    return Pace(
        rate=(samples - points[0].records * per_record) / max(took, 1e-9),
        worker_cores=(used[-1][0] - used[0][0]) / passed,
        broker_cores=(used[-1][1] - used[0][1]) / passed,
        rss_mb=sum(worker.process().memory_info().rss for worker in started) / 2**20,
        anomalies=points[-1].anomalies,
        left_out=(points[0].records * per_record - points[0].samples) / samples,
    )


def _point(status: WorkerStatus) -> Point:
    is_active = int(status.records > 0)
    return Point(
        status.at, status.records, status.samples, status.anomalies, is_active, status.series
    )


def _together(parts: Sequence[Point]) -> Point:
    return Point(
        max(one.at for one in parts),
        sum(one.records for one in parts),
        sum(one.samples for one in parts),
        sum(one.anomalies for one in parts),
        sum(one.active for one in parts),
        sum(one.series for one in parts),
    )


def _end(points: Sequence[Point], samples: int) -> float:
    """When the last sample was judged, between the last two points.

    >>> _end([Point(t, 0, s, 0, 1, 1) for t, s in ((1, 100), (2, 200), (3, 250))], 250)
    2.5
    """
    if len(points) < 3:
        return points[-1].at
    before, last, end = points[-3:]
    speed = (last.samples - before.samples) / max(last.at - before.at, 1e-9)
    if speed <= 0:
        return end.at
    return min(end.at, last.at + (samples - last.samples) / speed)


def broker_pids() -> list[int]:
    """The broker is what we started that is no worker and no agent."""
    return [
        child.pid
        for child in psutil.Process().children(recursive=True)
        if child.name().startswith(("tansu", "java"))
    ]


def _pids(started: Sequence[Worker]) -> list[int]:
    return [worker.process().pid for worker in started]


def _seconds(pids: Sequence[int]) -> float:
    """Processor time of processes so far."""
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return float(sum(time.user + time.system for time in times))
