"""What stock Faust gets wrong, as stories that run on it and on ours: see test_stock_faults.py.

Each gives what came of it.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, cast

import pytest
from aiokafka.errors import CommitFailedError, KafkaError
from faust.tables.manager import TableManager
from faust.types import TP

from streams.producer import send_all
from tests.streams.in_loop import Machine, machine, until
from tests.streams.memory_log import MemoryLog
from tests.streams.sums import LOG, Counter, packed

IN = TP("in", 0)
WORDS = TP("t-words-changelog", 0)


class Outcome(NamedTuple):
    """What an agent was given, and up to where the group has committed."""

    seen: list[int]
    committed: int | None


async def gap(kind: str) -> Outcome:
    """Offsets 5 to 9 are compacted away; 10 is slow, and 11 is handled before it."""
    log = MemoryLog()
    log.append("in", *[b"x"] * 5)
    log.append("in", b"slow", start=10)
    log.append("in", b"fast")
    slow = asyncio.Event()

    async def handle(offsets: list[int]) -> None:
        if 10 in offsets:
            await slow.wait()

    one_by_one = {"chunk_max_records": 1} if kind == "ours" else {}
    async with machine(kind, log, **one_by_one) as m:
        m.read("in", handle, at_once=2)
        await _begin(m)
        await until(lambda: 11 in m.seen["in"])
        return await _outcome(m)


async def failing_agent(kind: str) -> Outcome:
    """The agent raises on the only record."""
    log = MemoryLog()
    log.append("in", b"poison")

    async def handle(_: list[int]) -> None:
        raise ValueError("poison")

    async with machine(kind, log) as m:
        m.read("in", handle)
        await _begin(m)
        await until(lambda: m.seen["in"])
        return await _outcome(m)


async def fetch_before_seek(kind: str) -> Outcome:
    """Recovery ends slowly: there is time to fetch between resuming partitions and seeking."""

    def slow(m: Machine, seek: Callable[[], Any]) -> Callable[[], Any]:
        async def look_away_then_seek() -> None:
            await _give_time_to_read(m)
            await seek()

        return look_away_then_seek

    return await _recovery(kind, slow)


async def queue_cleared_after_seek(kind: str) -> Outcome:
    """The same between seeking and resuming the flow, while the agent is busy."""
    busy = asyncio.Event()

    def slow(m: Machine, seek: Callable[[], Any]) -> Callable[[], Any]:
        async def seek_then_look_away() -> None:
            await seek()
            await _give_time_to_read(m)

        return seek_then_look_away

    async def handle(_: list[int]) -> None:
        await busy.wait()

    return await _recovery(kind, slow, handle, busy.set)


async def _recovery(
    kind: str,
    slow: Callable[[Machine, Callable[[], Any]], Callable[[], Any]],
    handle: Any = None,
    then: Callable[[], None] = lambda: None,
) -> Outcome:
    """Ten records, three of them committed, three more in the end; and a table to recover."""
    log = MemoryLog()
    log.append("in", *[b"x"] * 10)
    log.committed[IN] = 3
    log.append(WORDS.topic, b'"b"', b'"c"')
    async with machine(kind, log) as m:
        m.app.Table("words", partitions=1)
        m.read("in", handle)
        await m.start()
        m.consumer.perform_seek = slow(m, m.consumer.perform_seek)
        await m.rebalance(IN, WORDS)
        await m.ready()
        then()
        log.append("in", *[b"x"] * 3)
        await until(lambda: 12 in m.seen["in"])
        return await _outcome(m)


async def _give_time_to_read(m: Machine) -> None:
    with suppress(TimeoutError):
        await until(lambda: m.consumer._read_offset[IN] == 9, within_s=0.2)


async def busy_standby(kind: str) -> set[Any]:
    """A standby's records wait to be applied while recovery ends: which keys has it then?"""
    log = MemoryLog()
    log.write(WORDS.topic, *((b'"%d"' % key, b'"x"') for key in range(5)))
    ready = asyncio.Event()

    async def apply_slowly(_: Any) -> None:
        await ready.wait()

    async with machine(kind, log) as m:
        table = m.app.Table(
            "words", partitions=1, on_changelog_event=apply_slowly, standby_buffer_size=1
        )

        async def look_on(*_: Any, **__: Any) -> None:
            await until(lambda: m.consumer._read_offset[WORDS] == 4)

        await m.start()
        await m.rebalance()  # from then on records are fetched while recovery ends
        await m.ready()
        m.app.on_rebalance_complete.connect(look_on)
        await m.rebalance(standbys=(WORDS,))
        await m.ready()
        ready.set()
        log.write(WORDS.topic, (b'"5"', b'"x"'))
        await until(lambda: "5" in table.data)
        return set(table.data)


async def changelog_read_again(kind: str, *, was_standby: bool) -> int:
    """How much of a changelog is read after a rebalance by who has the partition already.

    A standby, which becomes the owner, has copied 30 records; an owner has written 10.
    """
    log = MemoryLog()
    value = packed(1, 1) if kind == "ours" else b'"x"'
    records = [(b'"%d"' % key, value) for key in range(40)]
    read: list[Any] = []

    async def note(event: Any) -> None:
        read.extend(event.value.keys if kind == "ours" else [event.key])

    async with machine(kind, log) as m:
        counter = Counter(m) if kind == "ours" else None
        table = counter.table if counter else m.app.Table("sums", partitions=2)
        table.on_changelog_event = note
        await m.start(IN.topic)
        await m.rebalance()
        await m.ready()
        await m.rebalance(*(() if was_standby else (IN, LOG)), standbys=(LOG,) * was_standby)
        await m.ready()
        if was_standby:
            log.write(LOG.topic, *records[:30])
            await until(lambda: len(read) == 30)
        elif counter:
            await counter.table.write(cast(Any, counter.producer), 0, records[30:])
        else:
            log.write(LOG.topic, *records[30:])
        read.clear()
        await m.rebalance(IN, LOG)
        await m.ready()
        return len(read)


async def revoked_before_the_commit(kind: str) -> Outcome:
    """Five records are handled; then the partition is taken away before the commit interval."""
    log = MemoryLog()
    log.append("in", *[b"x"] * 5)
    async with machine(kind, log) as m:
        m.read("in")
        await _begin(m)
        await until(lambda: len(m.seen["in"]) == 5)
        await asyncio.sleep(0.01)  # for the last acknowledgement
        await m.rebalance()
        return Outcome(m.seen["in"], m.committed("in"))


async def refused_commit(kind: str) -> Outcome:
    """The group refuses one commit, as while it rebalances, and would take the next."""
    log = MemoryLog()
    log.append("in", *[b"x"] * 5)
    async with machine(kind, log) as m:
        m.read("in")
        await _begin(m)
        await until(lambda: len(m.seen["in"]) == 5)
        coordinator = m.thread._consumer._coordinator
        coordinator.refused = CommitFailedError("the group has already rebalanced")
        await _outcome(m)
        coordinator.refused = None
        return await _outcome(m)


class DeadProducer:
    """A producer whose broker has gone."""

    async def start(self) -> None:
        """It could be reached then."""

    async def send(self, *_: Any, **__: Any) -> "asyncio.Future[None]":
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sent.set_exception(KafkaError("the broker has gone"))
        return sent

    async def flush(self) -> None:
        """Nothing is left to send: all of it has failed."""

    async def stop(self) -> None:
        """There is nothing to stop."""


async def lost_while_sending(kind: str) -> Outcome:
    """What an agent sends on does not reach the broker: is the agent's record committed?"""
    log = MemoryLog()
    log.append("in", b"x")
    async with machine(kind, log) as m:
        m.app.producer._new_producer = DeadProducer
        out = m.app.topic("out", value_type=bytes, value_serializer="raw")

        async def handle(_: list[int]) -> None:
            if kind == "stock":
                await out.send(value=b"x")
            else:
                await send_all(cast(Any, DeadProducer()), [("out", None, b"x", 0)])

        m.read("in", handle)
        await _begin(m)
        await until(lambda: m.seen["in"])
        outcome = await _outcome(m)
        await m.app.producer.stop()
        return outcome


async def stopped_fetching(kind: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Nothing was fetched for an hour; records wait. What does the stall detection say?"""
    log = MemoryLog()
    async with machine(kind, log) as m:
        m.read("in")
        await _begin(m)
        now = asyncio.get_running_loop().time()
        assignment = m.thread._consumer._subscription.subscription.assignment
        state = assignment.state_value(IN)
        await until(lambda: state.timestamp is not None)
        state.timestamp -= 3_600_000
        m.thread._verify_aiokafka_event_path(now, IN)
        return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


async def sleeps_at_start(manager: type[TableManager], app: Any) -> list[float]:
    """For how long a table manager sleeps before it begins."""
    slept: list[float] = []
    tables = manager(app)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    tables.sleep = sleep
    tables._stopped.set()  # so that it goes no further
    await tables.on_start()
    return slept


async def _begin(m: Machine) -> None:
    await m.start()
    await m.rebalance(IN)
    await m.ready()


async def _outcome(m: Machine) -> Outcome:
    await m.commit()
    return Outcome(m.seen["in"], m.committed("in"))
