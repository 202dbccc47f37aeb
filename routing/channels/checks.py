"""Conformance: what every channel must hold to, ours and third parties'.

    from routing.channels.bench import Bench
    from routing.channels.checks import check_channel

    def test_mine_conforms() -> None:
        check_channel(Bench(address="#ops", peer=my_stand_in, make=my_channel, secrets=("t0ken",)))

runs all checks, and says which are broken; :func:`checks` gives them one by one, for a test of
each. A check raises AssertionError with a sentence when it is broken.

`peer` serves a stand-in of the provider on loopback, `make` sets the channel up against a port.
Between them stands a proxy (`routing/channels/trouble.py`) that does what networks and providers
do. The stand-in should refuse what the provider refuses (sizes, markup): then hostile content is
tried against that too.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from routing.channels.attempt import refused_with
from routing.channels.bench import PATIENT_S, Bench, Scene, expect, logged, scene
from routing.channels.samples import alert, follow_up, hostile, incident, notification
from routing.channels.trouble import HOST, Fault
from routing.incident import NotifyReason
from routing.notification import Notification
from routing.receipt import DeliveryStatus

SENT = DeliveryStatus.SENT
TEMPORARY, PERMANENT = DeliveryStatus.FAILED_TEMPORARY, DeliveryStatus.FAILED_PERMANENT
STATUSES = (
    *(
        300,
        301,
        302,
        303,
        304,
        307,
        308,
        400,
        401,
        402,
        403,
        404,
        405,
        406,
        408,
        409,
        410,
        411,
        413,
    ),
    *(
        414,
        415,
        421,
        422,
        423,
        425,
        426,
        428,
        429,
        431,
        451,
        499,
        500,
        501,
        502,
        503,
        504,
        507,
        508,
    ),
    *(511, 520, 524, 529, 599),
)
REPLIES = {
    421: TEMPORARY,
    450: TEMPORARY,
    451: TEMPORARY,
    452: TEMPORARY,
    550: PERMANENT,
    554: PERMANENT,
}
_NOW, _LATER = "Mon, 23 Nov 2026 10:00:00 GMT", "Mon, 23 Nov 2026 10:01:00 GMT"
RETRY_AFTER: tuple[tuple[dict[str, str], timedelta | None], ...] = (
    ({"Retry-After": "17"}, timedelta(seconds=17)),
    ({"Retry-After": _LATER, "Date": _NOW}, timedelta(minutes=1)),
    ({"Retry-After": _NOW, "Date": _LATER}, timedelta(0)),
    ({"Retry-After": "soon"}, None),
    ({}, None),
)
NONSENSE = ("", "not json", "[]", "null", '"text"', "<html>login</html>", "{", "\x00")

_HASTY_S = 0.4
LONGEST_S = 60.0  # of one check


Check = Callable[[Bench], Awaitable[None]]


def check_channel(bench: Bench) -> None:
    """Run all checks. Raises AssertionError that names the broken ones, with their reasons."""
    run(bench, checks(bench))


def run(bench: Bench, suite: Sequence[Check]) -> None:
    """Run some checks; none at all is a failure, and so are checks that cannot fail."""
    if not __debug__:
        raise RuntimeError("checks are assertions: run them without -O")
    assert suite, "there is not one check to run"
    broken = [reason for check in suite if (reason := _broken(check, bench))]
    assert not broken, "\n".join(broken)


def _broken(check: Check, bench: Bench) -> str:
    with logged() as lines:
        try:
            asyncio.run(_timed(check, bench))
        except AssertionError as error:
            return f"{check.__name__}: {error}"
        except Exception as error:  # noqa: BLE001  a channel that raises breaks the check
            return f"{check.__name__}: it raised {error!r}"
    leaked = [secret for secret in bench.secrets if any(secret in line for line in lines)]
    return f"{check.__name__}: a secret is in the log" if leaked else ""


async def _timed(check: Check, bench: Bench) -> None:
    async with asyncio.timeout(LONGEST_S):
        await check(bench)


def checks(bench: Bench) -> tuple[Check, ...]:
    """All checks that concern a channel of this bench."""
    always = (
        a_page_is_told_once_and_changes,
        a_cut_connection_is_temporary,
        a_hanging_provider_is_given_up_in_time,
        a_channel_that_waits_does_not_stop_the_loop,
        a_dead_address_is_temporary,
        hostile_content_is_delivered,
        rendering_is_pure,
        no_secret_is_in_a_message,
        it_may_be_closed_twice,
    )
    over_http = (
        a_status_says_whether_to_try_again,
        a_rate_limit_passes_on_the_wait,
        one_attempt_is_one_request_that_fails,
        an_answer_that_never_ends_is_given_up_in_time,
        an_echoed_secret_is_not_repeated,
    )
    rules: tuple[tuple[bool, tuple[Check, ...]], ...] = (
        (True, always),
        (bench.speaks == "http", over_http),
        (bench.speaks == "http" and bench.is_read, (nonsense_is_temporary,)),
        (bench.speaks == "smtp", (a_reply_says_whether_to_try_again,)),
        (bench.knows_repeats, (a_lost_answer_tells_nobody_twice,)),
    )
    return tuple(check for applies, some in rules if applies for check in some)


async def a_page_is_told_once_and_changes(bench: Bench) -> None:
    """The first message is a page, and those of every other reason are none."""
    async with scene(bench) as it:
        receipt = await it.tell()
        expect(receipt, SENT, bench, "the first message")
        for sequence, reason in enumerate(list(NotifyReason)[1:], start=1):
            receipt = await it.tell(follow_up(receipt, reason, sequence))
            expect(receipt, SENT, bench, f"a message because of {reason}")
        assert it.peer.told == 1, f"one incident was told as {it.peer.told} pages"


async def a_status_says_whether_to_try_again(bench: Bench) -> None:
    """4xx is final but for those that pass; all else is worth another attempt."""
    async with scene(bench) as it:
        for status in STATUSES:
            receipt = await it.meet(Fault(status=status, body='{"message": "no"}'))
            wanted = PERMANENT if refused_with(status, "", {}).is_final else TEMPORARY
            expect(receipt, wanted, bench, f"HTTP {status}")


async def a_reply_says_whether_to_try_again(bench: Bench) -> None:
    """4yz is worth another attempt, 5yz is final."""
    async with scene(bench) as it:
        for code, wanted in REPLIES.items():
            receipt = await it.meet(Fault(status=code, body="no"))
            expect(receipt, wanted, bench, f"SMTP {code}")


async def a_rate_limit_passes_on_the_wait(bench: Bench) -> None:
    """Retry-After in seconds, or as a date against the provider's own clock."""
    async with scene(bench) as it:
        for headers, wait in RETRY_AFTER:
            receipt = await it.meet(Fault(status=429, headers=headers))
            expect(receipt, TEMPORARY, bench, "HTTP 429")
            said = headers.get("Retry-After", "nothing")
            assert receipt.retry_after == wait, f"Retry-After {said} became {receipt.retry_after}"


async def one_attempt_is_one_request_that_fails(bench: Bench) -> None:
    """Nothing is tried again within an attempt: the engine decides about that."""
    async with scene(bench) as it:
        for fault in (Fault(status=503), Fault(status=429), Fault(kind="cut")):
            await it.meet(fault)
            assert it.trouble.seen == 1, f"{it.trouble.seen} requests failed in one attempt"


async def nonsense_is_temporary(bench: Bench) -> None:
    """200 with a body that says neither yes nor no: a proxy, a login page, a fault of theirs."""
    async with scene(bench) as it:
        for body in NONSENSE:
            for kind in ("application/json", "text/html"):
                fault = Fault(status=200, headers={"Content-Type": kind}, body=body)
                expect(await it.meet(fault), TEMPORARY, bench, f"200 with {body!r} as {kind}")


async def a_cut_connection_is_temporary(bench: Bench) -> None:
    """Also one that is cut in the middle of an attempt of several requests."""
    async with scene(bench) as it:
        for number in range(await _requests(it)):
            receipt = await it.meet(Fault(kind="cut"), only=number)
            expect(receipt, TEMPORARY, bench, f"a cut of request {number}", or_else=SENT)
        expect(await it.meet(Fault(kind="cut")), TEMPORARY, bench, "a cut of all")


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
    """Others are told meanwhile."""
    async with scene(bench, timeout_s=_HASTY_S) as it:
        sending = asyncio.ensure_future(it.meet(Fault(kind="hang")))
        longest, before = 0.0, _now()
        while not sending.done():
            await asyncio.sleep(0.01)
            longest, before = max(longest, _now() - before), _now()
        assert longest < _HASTY_S / 2, f"the loop stood still for {longest:.1f} s"


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


async def an_echoed_secret_is_not_repeated(bench: Bench) -> None:
    """Not whole, and not cut where a receipt ends."""
    async with scene(bench) as it:
        for secret in bench.secrets:
            for padding in (0, 180, 285, 295):
                said = f"{'x' * padding} {secret}"
                words = dict.fromkeys(("error", "message", "detail", "errorMessages"), said)
                body = msgspec.json.encode({"ok": False} | words).decode()
                receipt = await it.meet(Fault(status=400, body=body))
                assert secret[:6] not in receipt.detail, "part of a secret is in a receipt"


async def hostile_content_is_delivered(bench: Bench) -> None:
    """Labels of 10,000 characters, line feeds, markup, control characters, half characters."""
    async with scene(bench) as it:
        bad = hostile(bench.address)
        first = await it.tell(bad)
        expect(first, SENT, bench, "hostile content")
        for sequence, reason in enumerate(NotifyReason, start=1):
            given = replace(bad, reason=reason, handle=first.handle, sequence=sequence)
            expect(await it.tell(given), SENT, bench, f"hostile content because of {reason}")
        assert it.peer.told == 1, f"one hostile incident was told as {it.peer.told} pages"


async def rendering_is_pure(bench: Bench) -> None:
    """The same notification gives the same message, from another channel of its kind as well."""
    async with scene(bench) as it, scene(bench) as other:
        for given in (notification(bench.address), hostile(bench.address)):
            one = it.channel.render(given)
            assert one.notification == given, "a message is not of its notification"
            for channel in (it.channel, other.channel):
                same = channel.render(given).payload == one.payload
                assert same, "rendering twice gives two messages"


async def no_secret_is_in_a_message(bench: Bench) -> None:
    """Messages may be looked at; a secret is added as it is sent."""
    async with scene(bench) as it:
        for given in (notification(bench.address), hostile(bench.address)):
            said = repr(it.channel.render(given).payload) + repr(it.channel)
            assert not [s for s in bench.secrets if s in said], "a secret is in a message"


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


async def it_may_be_closed_twice(bench: Bench) -> None:
    """Also without having sent anything."""
    async with scene(bench) as it:
        await it.channel.close()
        await it.channel.close()


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
