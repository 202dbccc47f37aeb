"""What all workers said of each input lately, as figures that alarms are decided by."""

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from config.status import InputStatus, WorkerStatus, inputs_of

FRESH_S = 30.0  # older words say nothing of the present
WINDOW_S = 600.0  # what is counted is kept for so long
_STEP_S = 5.0


class Counts(NamedTuple):
    """What came of one input in a while."""

    records: int = 0
    bad: int = 0
    shed: int = 0
    overflow: int = 0

    def __add__(self, other: object) -> "Counts":
        """Both together."""
        assert isinstance(other, Counts)
        return Counts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Vitals:
    """Hears the workers' statuses, and remembers ten minutes of them."""

    def __init__(self) -> None:
        self._began_at: float | None = None
        self._newest: dict[str, WorkerStatus] = {}
        self._windows: dict[str, deque[tuple[float, Counts]]] = {}

    def hear(self, status: WorkerStatus, *, now: float) -> None:
        """A worker's word, as it comes; those of a worker come in order."""
        if self._began_at is None:
            self._began_at = now
        before = self._newest.get(status.worker)
        self._newest[status.worker] = status
        if status.at < now - FRESH_S:
            return  # read late: what it counts is not of now
        known = before.inputs if before else self._baseline(status)
        for name, total in status.inputs.items():
            self._count(name, _since(known.get(name), total), now)

    def _baseline(self, status: WorkerStatus) -> Mapping[str, InputStatus]:
        """What a worker had counted before anybody listened: nobody knows when."""
        is_new = status.at - status.uptime_s >= (self._began_at or 0.0)
        return {} if is_new else status.inputs

    def _count(self, name: str, counts: Counts, now: float) -> None:
        window = self._windows.setdefault(name, deque())
        while window and window[0][0] < now - WINDOW_S:
            window.popleft()
        if window and window[-1][0] > now - _STEP_S:
            at, last = window.pop()
            window.append((at, last + counts))
        elif any(counts):
            window.append((now, counts))

    def inputs(self, *, now: float) -> dict[str, InputStatus]:
        """Each input as the workers that spoke lately see it."""
        return inputs_of(self._fresh(now))

    def within(self, name: str, seconds: float, *, now: float) -> Counts:
        """What came of an input in the last so many seconds, ten minutes at the most."""
        window = self._windows.get(name, ())
        return sum((each for at, each in window if at > now - seconds), Counts())

    def channels_down(self, *, now: float) -> set[str]:
        """The channels that do not answer."""
        return {name for status in self._fresh(now) for name in status.channels_down}

    def _fresh(self, now: float) -> list[WorkerStatus]:
        self._newest = {n: s for n, s in self._newest.items() if s.at > now - WINDOW_S}
        return [status for status in self._newest.values() if status.at > now - FRESH_S]


def _since(before: InputStatus | None, total: InputStatus) -> Counts:
    then = Counts() if before is None else _totals(before)
    return Counts(*(max(0, now - was) for now, was in zip(_totals(total), then, strict=True)))


def _totals(status: InputStatus) -> Counts:
    return Counts(status.records, status.bad, status.shed, status.overflow)
