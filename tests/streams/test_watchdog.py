"""The watchdog: what it makes of what it sees, with a clock of the test's own."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from streams.chunk import Chunk
from streams.watchdog import Concern, Look, Patience, Place, Stalled, Vigil, Watchdog, finding
from tests.streams.in_loop import machine, until
from tests.streams.memory_log import MemoryLog

IN, LOG = TP("in", 0), TP("t-words-changelog", 0)
PATIENCE = Patience(stalled_s=60, settles_s=180, slow_s=60, stuck_s=900)


def at(position: int | None, end: int | None, told_ms: int = 0) -> Look:
    """A look at one partition."""
    return Look(places={IN: Place(position, end, told_ms)})


def chunk(start: int = 0, *, is_taken: bool = True) -> Chunk:
    made = Chunk(
        tp=IN,
        start=start,
        next_offset=start + 1,
        values=[b""],
        keys=[None],
        timestamps=[0],
        offsets=[start],
    )
    made.is_taken = is_taken
    return made


def judge(looks: Sequence[tuple[float, Look]], patience: Patience = PATIENCE) -> Concern:
    """What is of concern after the last of some looks."""
    vigil = Vigil(patience)
    return [vigil.judge(look, now) for now, look in looks][-1]


IDLE = [(float(now), at(9, 9, told_ms=now)) for now in range(0, 600, 5)]
READING = [(float(now), at(now, 10_000, told_ms=now)) for now in range(0, 600, 5)]
STILL = [(float(now), at(5, 9, told_ms=now)) for now in range(0, 65, 5)]


@pytest.mark.parametrize(
    ("description", "looks", "suspects"),
    [
        ("nothing to read, and fetches are answered", IDLE, {}),
        ("reading", READING, {}),
        ("records wait, for a minute less a moment", STILL[:-1], {}),
        ("records wait, for a minute", STILL, {IN: 5}),
        ("fetches are not answered", [(0, at(9, 9)), (60, at(9, 9))], {IN: 9}),
        ("no position has been found", [(0, at(None, None)), (60, at(None, None))], {IN: None}),
        ("beyond the end", [(0, at(9, 2, 1)), (60, at(9, 2, 2))], {IN: 9}),
        ("held back for a while", [(0, at(5, 9)), (30, Look()), (60, at(5, 9))], {}),
        ("rebalancing", [(0, at(5, 9)), (60, Look(is_settled=False))], {}),
        ("again after asking", [*STILL, *[(now + 60, look) for now, look in STILL]], {IN: 5}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_partition_that_is_not_read_is_suspect(
    description: str, looks: Sequence[tuple[float, Look]], suspects: dict[TP, int]
) -> None:
    assert judge(looks).suspects == suspects


def test_partition_that_waits_its_turn_is_suspect_only_after_long() -> None:
    vigil, other = Vigil(PATIENCE), TP("in", 1)

    def look(now: int) -> Look:
        return Look(places={IN: Place(5, 9, 1), other: Place(now, 10_000, now)})

    suspected = [now for now in range(0, 320, 20) if vigil.judge(look(now), float(now)).suspects]
    assert suspected == [300]


def test_after_the_brokers_were_asked_the_time_begins_again() -> None:
    vigil = Vigil(PATIENCE)
    assert [vigil.judge(look, now).needs_asking for now, look in STILL][-1]
    vigil.begin_again()
    assert not vigil.judge(STILL[-1][1], 65.0).needs_asking
    assert vigil.judge(STILL[-1][1], 125.0).needs_asking


def unsettled(progress: int) -> Look:
    return Look(is_settled=False, progress=progress)


@pytest.mark.parametrize(
    ("description", "looks", "is_unsettled"),
    [
        ("a long recovery", [(60.0 * n, unsettled(n)) for n in range(20)], False),
        ("one that stands still", [(0, unsettled(1)), (180, unsettled(1))], True),
        ("settled in between", [(0, unsettled(1)), (90, Look()), (180, unsettled(1))], False),
    ],
)
def test_rebalance_that_does_not_move_on_is_of_concern(
    description: str, looks: Sequence[tuple[float, Look]], is_unsettled: bool
) -> None:
    assert judge(looks).is_unsettled is is_unsettled


def test_end_of_the_coordination_is_grave_at_once() -> None:
    assert judge([(0, Look(has_coordinator=False))]).grave == "the group's coordination has ended"


def test_slow_chunk_is_told_of_once_and_a_stuck_one_is_grave() -> None:
    held = chunk(7)
    look = Look(handling={IN: held}, first={IN: held})
    vigil = Vigil(PATIENCE)
    told = [vigil.judge(look, float(now)) for now in range(0, 905, 5)]
    assert [words for concern in told for words in concern.slow] == [
        "<Chunk in/0 [7, 8)> was not handled for 60 s as yet"
    ]
    assert [concern.grave for concern in told if concern.grave] == [
        "<Chunk in/0 [7, 8)> was not handled for 900 s"
    ]


@pytest.mark.parametrize(
    ("description", "look", "grave"),
    [
        ("nobody takes it", Look(first={IN: chunk(is_taken=False)}), "was not taken up for 900 s"),
        ("its future may last", Look(first={IN: chunk()}), ""),
        (
            "another one is handled meanwhile",
            Look(first={IN: chunk(is_taken=False)}, handling={IN: chunk(1)}),
            r"\[1, 2\)> was not handled",
        ),
    ],
)
def test_chunk_may_last_only_where_its_handler_knows_why(
    description: str, look: Look, grave: str
) -> None:
    concern = judge([(0, look), (900, look)])
    assert re.search(grave, concern.grave) if grave else not concern.grave


@pytest.mark.parametrize(
    ("description", "concern", "ends", "words"),
    [
        (
            "records",
            Concern(suspects={IN: 5}),
            {IN: 9},
            "in/0: offset 5 of 9 was not read for 60 s",
        ),
        ("beyond", Concern(suspects={IN: 9}), {IN: 2}, "in/0: offset 9 is beyond the end, 2"),
        ("at the end", Concern(suspects={IN: 9}), {IN: 9}, ""),
        ("an input is gone", Concern(suspects={IN: 9}), {IN: None, LOG: 4}, ""),
        ("all is gone", Concern(suspects={IN: 9}), {IN: None, LOG: None}, f"{LOG.topic} is gone"),
        ("unsettled", Concern(is_unsettled=True), {}, "neither rebalance nor recovery"),
    ],
)
def test_brokers_tell_what_a_concern_is(
    description: str, concern: Concern, ends: dict[TP, int | None], words: str
) -> None:
    found = finding(concern, ends, {LOG.topic}, PATIENCE)
    assert words in found
    assert bool(words) == bool(found)


def test_consumer_that_stopped_fetching_crashes_its_app(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        log = MemoryLog()
        log.append("in", b"a")
        async with machine("ours", log) as m:
            m.read("in")
            await m.start()
            await m.rebalance(IN)
            await until(lambda: m.seen["in"] == [0])
            m.thread._consumer._fetcher._fetch_task.cancel()  # as when it dies of an error
            await asyncio.sleep(0.05)
            log.append("in", b"b")
            asked: list[Any] = [KafkaConnectionError("nobody there"), {IN: 2}]
            watchdog = Watchdog(m.app, Patience(stalled_s=0.0))

            async def ends() -> Any:
                answer = asked.pop(0)
                if isinstance(answer, Exception):
                    raise answer
                return answer

            m.consumer.ends = ends
            await watchdog.tick()
            assert not m.app.crashed  # a worker cannot mend brokers
            await watchdog.tick()
            assert isinstance(m.app.crash_reason, Stalled)

    asyncio.run(asyncio.wait_for(story(), 10))
    assert "no broker answers" in caplog.text
    assert "stalled: in/0: offset 1 of 2 was not read for 0 s" in caplog.text
