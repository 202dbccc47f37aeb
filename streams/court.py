"""The court: judges what the partitions of a worker have at hand, in the same rounds.

Who brings samples waits for what is found in them. What is brought while the court sits is judged
in its next session, all of it together; the event loop goes on in between.
"""

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from detectors import abreast
from detectors.abreast import Load, Steps
from detectors.anomaly import Anomaly

_SLICE_S = 0.005  # of judging, until the loop has its turn

Found = list[Anomaly]
Observing = Generator[Load, Found, Found]
"""Says what each bank has to be judged, is told what was found, and gives it all in the end."""


def together(parts: Sequence[Observing]) -> Steps:
    """Judge what several have to be judged, side by side, and rest between rounds."""
    found: list[Found] = [[] for _ in parts]
    told: dict[int, Found | None] = dict.fromkeys(range(len(parts)))
    while told:
        loads: dict[int, Load] = {}
        for number, mine in told.items():
            try:
                loads[number] = (
                    parts[number].send(mine) if mine is not None else next(parts[number])
                )
            except StopIteration as end:
                found[number] = end.value
            yield
        judged = yield from abreast.observe([*loads.values()])
        told = dict(zip(loads, judged, strict=True))
    return found


def at_once(steps: Steps) -> list[Found]:
    """Take steps without a rest."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: list[Found] = end.value
            return found


@dataclass(slots=True)
class _Brought:
    observing: Observing
    found: "asyncio.Future[Found]"


class Court:
    """Judges in sessions, a slice of time at once."""

    def __init__(self) -> None:
        self._waiting: list[_Brought] = []
        self._session: asyncio.Task[None] | None = None

    async def judge(self, observing: Observing) -> Found:
        """What is found; whatever is judged must be left alone until then."""
        brought = _Brought(observing, asyncio.get_running_loop().create_future())
        self._waiting.append(brought)
        if self._session is None:
            self._session = asyncio.create_task(self._sit())
        return await brought.found

    async def _sit(self) -> None:
        try:
            while self._waiting:
                brought, self._waiting = self._waiting, []
                await self._hear([one for one in brought if not one.found.done()])
        finally:
            self._session = None

    async def _hear(self, brought: Sequence[_Brought]) -> None:
        try:
            found = await _in_slices(together([one.observing for one in brought]))
        except Exception as fault:  # noqa: BLE001 - it is of those who wait
            for one in brought:
                if not one.found.done():
                    one.found.set_exception(fault)
            return
        for one, mine in zip(brought, found, strict=True):
            if not one.found.done():
                one.found.set_result(mine)


async def _in_slices(steps: Steps) -> list[Found]:
    now = asyncio.get_running_loop().time
    until = now() + _SLICE_S
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: list[Found] = end.value
            return found
        if now() >= until:
            await asyncio.sleep(0)
            until = now() + _SLICE_S
