"""What becomes of connections: cut, hanging, without end, not there, or lost with the answer."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from routing.channels.bench import PATIENT_S, Bench, Scene, expect, scene
from routing.channels.samples import alert, incident, notification
from routing.channels.trouble import HOST, Fault
from routing.notification import Notification
from routing.receipt import DeliveryStatus

SENT, TEMPORARY = DeliveryStatus.SENT, DeliveryStatus.FAILED_TEMPORARY
_HASTY_S = 0.4
_TICK_S = 0.01


async def a_cut_connection_is_temporary(bench: Bench) -> None:
    """Also one that is cut in the middle of an attempt of several requests."""
    async with scene(bench) as it:
        for number in range(await _requests(it)):
            receipt = await it.meet(Fault(kind="cut"), only=number)
            expect(receipt, TEMPORARY, bench, f"a cut of request {number}", or_else=SENT)
        expect(await it.meet(Fault(kind="cut")), TEMPORARY, bench, "a cut of all")


async def an_answer_torn_in_its_middle_is_no_yes(bench: Bench) -> None:
    """Half of an answer says nothing, where the answer is read at all."""
    async with scene(bench) as it:
        wanted = TEMPORARY if bench.is_read else SENT
        expect(await it.meet(Fault(kind="torn")), wanted, bench, "half of an answer")


async def a_hanging_provider_is_given_up_in_time(bench: Bench) -> None:
    """After its timeout, and the message after it does not wait for it."""
    await _given_up(bench, Fault(kind="hang"), TEMPORARY)


async def an_answer_that_never_ends_is_given_up_in_time(bench: Bench) -> None:
    """A byte now and then keeps most clients waiting for ever."""
    await _given_up(bench, Fault(kind="drip"), TEMPORARY if bench.is_read else SENT)


async def _given_up(bench: Bench, fault: Fault, wanted: DeliveryStatus) -> None:
    async with scene(bench, timeout_s=_HASTY_S) as it:
        began = _now()
        for _ in range(4):  # as many as a channel has threads, if it has any
            expect(await it.meet(fault), wanted, bench, f"a {fault.kind}")
        took = _now() - began
        assert took < 4 * (_HASTY_S + 1.5), f"four attempts of {_HASTY_S} s took {took:.1f} s"
        it.trouble.make(None)
        for _ in range(10):  # the first may be late because it waits for what was given up
            after = await it.tell(_without_picture(bench.address))
            if after.status is SENT:
                return
        expect(after, SENT, bench, f"a message after a {fault.kind}")


async def a_channel_that_waits_does_not_stop_the_loop(bench: Bench) -> None:
    """Others are told meanwhile.

    How long the loop stood still is counted by a thread beside it, which a busy machine keeps
    waiting as it does the loop: by the clock alone that could not be told from a channel's fault.
    """
    async with scene(bench, timeout_s=_HASTY_S) as it:
        it.trouble.make(Fault(kind="hang"))
        with _witness() as witness:
            sending = asyncio.ensure_future(it.tell(_without_picture(bench.address)))
            most, before = 0, witness.ticks
            while not sending.done():
                await asyncio.sleep(_TICK_S)
                most, before = max(most, witness.ticks - before), witness.ticks
        assert most * _TICK_S < _HASTY_S / 2, f"the loop stood still for {most * _TICK_S:.1f} s"


class _Witness(threading.Thread):
    """Counts how often it was its turn."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ticks = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(_TICK_S):
            self.ticks += 1


@contextmanager
def _witness() -> Iterator[_Witness]:
    thread = _Witness()
    thread.start()
    try:
        yield thread
    finally:
        thread.over.set()
        thread.join()


async def a_dead_address_is_temporary(bench: Bench) -> None:
    """Nobody listens there."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port = int(taken.getsockname()[1])
        channel = bench.make(port, PATIENT_S)
        try:
            receipt = await channel.send(channel.render(notification(bench.address)))
        finally:
            await channel.close()
    expect(receipt, TEMPORARY, bench, "a dead address")


async def a_lost_answer_tells_nobody_twice(bench: Bench) -> None:
    """Whichever answer of an attempt is lost: the second attempt looks before it repeats."""
    async with scene(bench) as it:
        count = await _requests(it)
    for number in range(count):
        async with scene(bench) as it:
            first = await it.meet(Fault(kind="lost"), only=number)
            expect(first, TEMPORARY, bench, f"the loss of answer {number}", or_else=SENT)
            it.trouble.make(None)
            second = replace(notification(bench.address), attempt=2)
            expect(await it.tell(second), SENT, bench, "a second attempt")
            assert it.peer.told == 1, (
                f"after answer {number} was lost {it.peer.told} pages are seen"
            )


def _without_picture(address: str) -> Notification:
    """One that is soon made, where little time is given."""
    plain = incident(alerts={"f1": alert(evidence=None)})
    return notification(address, incident=plain)


async def _requests(it: Scene) -> int:
    """How many requests the first message to the provider takes."""
    it.trouble.make(None)
    await it.tell()
    return it.trouble.seen


def _now() -> float:
    return asyncio.get_running_loop().time()
