"""What a provider answers: whether an attempt is made again, and when."""

from datetime import timedelta
from http import HTTPStatus

import msgspec

from routing.channels.attempt import refused_with
from routing.channels.bench import Bench, expect, scene
from routing.channels.trouble import Fault
from routing.receipt import DeliveryStatus

TEMPORARY, PERMANENT = DeliveryStatus.FAILED_TEMPORARY, DeliveryStatus.FAILED_PERMANENT
_UNREGISTERED = (419, 430, 499, 509, 520, 521, 522, 524, 529, 530, 599)  # as proxies answer
STATUSES = (*(status.value for status in HTTPStatus if status >= 300), *_UNREGISTERED)
REPLIES = dict.fromkeys((421, 450, 451, 452), TEMPORARY) | dict.fromkeys((550, 554), PERMANENT)
_NOW, _LATER = "Mon, 23 Nov 2026 10:00:00 GMT", "Mon, 23 Nov 2026 10:01:00 GMT"
RETRY_AFTER: tuple[tuple[dict[str, str], timedelta | None], ...] = (
    ({"Retry-After": "17"}, timedelta(seconds=17)),
    ({"Retry-After": _LATER, "Date": _NOW}, timedelta(minutes=1)),
    ({"Retry-After": _NOW, "Date": _LATER}, timedelta(0)),
    ({"Retry-After": "soon"}, None),
    ({}, None),
)
NONSENSE = ("", "not json", "[]", "null", '"text"', "<html>login</html>", "{", "\x00")


async def a_status_says_whether_to_try_again(bench: Bench) -> None:
    """4xx is final but for those that pass; all else is worth another attempt."""
    async with scene(bench) as it:
        for status in STATUSES:
            receipt = await it.meet(Fault(status=status, body='{"message": "no"}'))
            wanted = PERMANENT if refused_with(status, "", {}).is_final else TEMPORARY
            expect(receipt, wanted, bench, f"HTTP {status}")


async def an_unexplained_refusal_is_temporary(bench: Bench) -> None:
    """Where no reason is told, the next attempt may do better."""
    async with scene(bench) as it:
        for status in STATUSES:
            expect(await it.meet(Fault(status=status)), TEMPORARY, bench, f"HTTP {status}")


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
