"""Pauses of a flush: a second in all, and none when it is urgent."""

import asyncio

import pytest

from streams.changelog import Pauses


async def _paused(pieces: int, urgent_from: int) -> float:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pauses = Pauses(lambda: len(slept) >= urgent_from, sleep)
    for _ in range(pieces):
        await pauses.pause()
    assert len(slept) == pieces  # the loop has its turn each time
    return sum(slept)


@pytest.mark.parametrize(
    ("description", "pieces", "urgent_from", "seconds"),
    [
        ("few pieces", 10, 1000, 0.2),
        ("many pieces", 1000, 1000, 1.0),
        ("urgent at once", 10, 0, 0.0),
        ("urgent in the midst", 10, 4, 0.08),
    ],
)
def test_flush_pauses_for_a_second_at_most_and_not_when_it_is_urgent(
    description: str, pieces: int, urgent_from: int, seconds: float
) -> None:
    assert asyncio.run(_paused(pieces, urgent_from)) == pytest.approx(seconds), description
