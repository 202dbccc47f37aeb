"""The court: what several partitions have at hand is judged together, and the loop goes on."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from detectors import abreast
from detectors.abreast import Load, Steps
from detectors.bank import Bank
from detectors.defaults import DEFAULTS
from detectors.profile import Profile
from streams.court import Court, Found, Observing

PROFILE = Profile(name="p", detectors=DEFAULTS)


def load(samples: int) -> Load:
    bank = Bank(PROFILE)
    rows = bank.rows(["a"]).repeat(samples)
    return Load(bank, rows, np.arange(samples) * 60.0, np.ones(samples), np.arange(samples))


def brings(*loads: Load) -> Observing:
    found: Found = []
    for one in loads:
        found += yield one
    return found


def test_what_several_bring_is_judged_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sittings: list[int] = []
    real = abreast.observe

    def noted(loads: Sequence[Load]) -> Steps:
        sittings.append(len(loads))
        return real(loads)

    monkeypatch.setattr(abreast, "observe", noted)
    parts = [brings(load(2)), brings(load(2), load(2)), brings()]

    async def story() -> None:
        court = Court()
        await asyncio.gather(*map(court.judge, parts))

    asyncio.run(story())
    assert [count for count in sittings if count] == [2, 1]


def test_loop_turns_while_much_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.court._SLICE_S", 0.0)
    rounds = 30

    async def story() -> int:
        court, turns = Court(), 0
        judging = asyncio.create_task(court.judge(brings(load(rounds))))
        while not judging.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert asyncio.run(story()) >= rounds


def test_fault_is_told_to_all_who_sit_and_the_next_are_judged() -> None:
    wrong = load(1)._replace(rows=np.array([99]))

    async def story() -> list[object]:
        court = Court()
        both = (court.judge(brings(one)) for one in (wrong, load(1)))
        faults = await asyncio.gather(*both, return_exceptions=True)
        return [*map(type, faults), await court.judge(brings(load(1)))]

    assert asyncio.run(story()) == [IndexError, IndexError, []]


def test_who_goes_away_holds_up_nobody() -> None:
    async def story() -> Found:
        court = Court()
        gone = asyncio.create_task(court.judge(brings(load(5))))
        stays = asyncio.create_task(court.judge(brings(load(5))))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert asyncio.run(story()) == []
