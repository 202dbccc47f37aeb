"""The conformance suite passes a small channel of somebody else's, and fails each bad one."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from msgspec.structs import replace

from routing.channels import checks
from routing.channels.attempt import Delivered, attempt, refused_with
from routing.channels.bench import Bench, Peer
from routing.channels.channel import Message
from routing.channels.checks import Check, check_channel, run
from routing.channels.trouble import HOST
from routing.notification import Notification
from routing.receipt import DeliveryStatus, Receipt
from routing.secret import Secret

TOKEN = "t0ken-of-the-pager"


class Pager:
    """A provider with an idempotency key and bodies of at most 1,000 bytes."""

    def __init__(self) -> None:
        self.port = 0
        self.keys: set[str] = set()

    @property
    def told(self) -> int:
        return len(self.keys)

    async def page(self, request: web.Request) -> web.Response:
        given = await request.json()
        if len(await request.read()) > 1000:
            return web.Response(status=413)
        self.keys.add(given["key"])
        return web.json_response({"ok": True})


@contextlib.asynccontextmanager
async def pager() -> AsyncIterator[Peer]:
    peer, app = Pager(), web.Application(client_max_size=1 << 24)
    app.router.add_post("/page", peer.page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    peer.port = runner.addresses[0][1]
    yield peer
    await runner.cleanup()


class Good:
    """A channel as somebody else may write it."""

    kind = "pager"

    def __init__(self, port: int, timeout_s: float) -> None:
        self.name = "pager"
        self.url = f"http://{HOST}:{port}/page"
        self.timeout_s = timeout_s
        self.token = Secret(TOKEN)

    def render(self, notification: Notification) -> Message:
        said = {"key": notification.incident.id, "title": notification.incident.title[:50]}
        return Message(notification=notification, payload=said)

    async def send(self, message: Message) -> Receipt:
        return await attempt(
            message,
            self.deliver(message),
            timeout_s=self.timeout_s,
            secrets=[self.token],
            network_errors=(aiohttp.ClientError,),
        )

    async def deliver(self, message: Message) -> Delivered:
        headers = {"Authorization": f"Bearer {self.token.reveal()}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                self.url, json=message.payload, headers=headers, allow_redirects=False
            ) as answer,
        ):
            if answer.status != 200:
                raise refused_with(answer.status, await answer.text(), answer.headers)
            if (await answer.json())["ok"] is not True:
                raise ValueError
        return Delivered(handle={"key": message.payload["key"]})

    async def close(self) -> None:
        pass


def bench(make: Callable[[int, float], Any] = Good) -> Bench:
    return Bench(address="ana", peer=pager, make=make, secrets=(TOKEN,))


class Raising(Good):
    async def send(self, message: Message) -> Receipt:
        await self.deliver(message)
        raise AssertionError


class Insisting(Good):
    async def deliver(self, message: Message) -> Delivered:
        try:
            return await super().deliver(message)
        except Exception:  # noqa: BLE001  as an SDK does
            return await super().deliver(message)


class Waiting(Good):
    async def send(self, message: Message) -> Receipt:
        self.timeout_s = 30
        return await super().send(message)


class Blocking(Good):
    async def deliver(self, message: Message) -> Delivered:
        time.sleep(1.0)
        return await super().deliver(message)


class Hopeless(Good):
    async def send(self, message: Message) -> Receipt:
        receipt = await super().send(message)
        is_bad = receipt.status is DeliveryStatus.FAILED_TEMPORARY
        return replace(receipt, status=DeliveryStatus.FAILED_PERMANENT) if is_bad else receipt


class Hasty(Good):
    async def send(self, message: Message) -> Receipt:
        return replace(await super().send(message), retry_after=None)


class Believing(Good):
    async def deliver(self, message: Message) -> Delivered:
        with contextlib.suppress(ValueError, KeyError, TypeError, aiohttp.ContentTypeError):
            return await super().deliver(message)
        return Delivered()


class Chatty(Good):
    async def send(self, message: Message) -> Receipt:
        logging.getLogger("chatty").debug("sending with %s", self.token.reveal())
        return await super().send(message)


class Moaning(Good):
    """Whose error, logged with its stack, names the token."""

    async def deliver(self, message: Message) -> Delivered:
        try:
            return await super().deliver(message)
        except aiohttp.ClientError:
            logging.getLogger("moaning").debug("no", exc_info=ValueError(self.token.reveal()))
            raise


class Open(Good):
    def render(self, notification: Notification) -> Message:
        made = super().render(notification)
        return replace(made, payload=made.payload | {"token": self.token.reveal()})


class Parroting(Good):
    async def send(self, message: Message) -> Receipt:
        self.token = Secret("")
        receipt = await super().send(message)
        return replace(receipt, detail=receipt.detail + TOKEN[:6])


class Moody(Good):
    count = 0

    def render(self, notification: Notification) -> Message:
        Moody.count += 1
        made = super().render(notification)
        return replace(made, payload=made.payload | {"n": Moody.count})


class Forgetful(Good):
    def render(self, notification: Notification) -> Message:
        made = super().render(notification)
        key = f"{notification.incident.id}{notification.reason}{notification.attempt}"
        return replace(made, payload=made.payload | {"key": key})


class Verbatim(Good):
    def render(self, notification: Notification) -> Message:
        made = super().render(notification)
        return replace(made, payload=made.payload | {"title": notification.incident.title})


class Fragile(Good):
    is_closed = False

    async def close(self) -> None:
        if self.is_closed:
            raise RuntimeError
        self.is_closed = True


class Despairing(Good):
    """Nobody tells it why, and it takes everything for final."""

    async def send(self, message: Message) -> Receipt:
        receipt = await super().send(message)
        is_bad = receipt.status is not DeliveryStatus.SENT
        return replace(receipt, status=DeliveryStatus.FAILED_PERMANENT) if is_bad else receipt


BAD: tuple[tuple[type[Good], Check], ...] = (
    (Raising, checks.a_page_is_told_once_and_changes),
    (Forgetful, checks.a_page_is_told_once_and_changes),
    (Hopeless, checks.a_status_says_whether_to_try_again),
    (Hasty, checks.a_rate_limit_passes_on_the_wait),
    (Insisting, checks.one_attempt_is_one_request_that_fails),
    (Believing, checks.nonsense_is_temporary),
    (Hopeless, checks.a_cut_connection_is_temporary),
    (Waiting, checks.a_hanging_provider_is_given_up_in_time),
    (Waiting, checks.an_answer_that_never_ends_is_given_up_in_time),
    (Blocking, checks.a_channel_that_waits_does_not_stop_the_loop),
    (Hopeless, checks.a_dead_address_is_temporary),
    (Parroting, checks.an_echoed_secret_is_not_repeated),
    (Chatty, checks.a_page_is_told_once_and_changes),
    (Moaning, checks.a_cut_connection_is_temporary),
    (Hopeless, checks.an_answer_torn_in_its_middle_is_no_yes),
    (Verbatim, checks.hostile_content_is_delivered),
    (Moody, checks.rendering_is_pure),
    (Open, checks.no_secret_is_in_a_message),
    (Forgetful, checks.a_lost_answer_tells_nobody_twice),
    (Fragile, checks.it_may_be_closed_twice),
)


def test_a_good_channel_passes_every_check() -> None:
    check_channel(bench())


@pytest.mark.parametrize(("bad", "check"), BAD, ids=[f"{b.__name__}-{c.__name__}" for b, c in BAD])
def test_a_bad_channel_is_found(
    bad: type[Good], check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "LONGEST_S", 2.0)
    with pytest.raises(AssertionError, match=check.__name__):
        run(bench(bad), [check])


def test_every_check_has_a_channel_that_breaks_it() -> None:
    assert {check for _, check in BAD} == set(checks.checks(bench()))


def test_where_no_reason_is_told_a_refusal_must_be_temporary() -> None:
    made = replace(bench(Despairing), is_told_why=False)
    assert checks.a_status_says_whether_to_try_again not in checks.checks(made)
    with pytest.raises(AssertionError, match="HTTP 300 became failed_permanent"):
        run(made, [checks.an_unexplained_refusal_is_temporary])


def test_no_check_at_all_is_a_failure() -> None:
    with pytest.raises(AssertionError, match="not one check"):
        run(bench(), [])


def test_a_relay_is_asked_for_replies_rather_than_statuses() -> None:
    made = checks.checks(replace(bench(), speaks="smtp"))
    assert checks.a_reply_says_whether_to_try_again in made
    assert checks.a_status_says_whether_to_try_again not in made


def test_a_relay_whose_replies_are_misread_is_found() -> None:
    """A channel that never says that an attempt may be repeated."""
    made = replace(bench(Hopeless), speaks="smtp")
    with pytest.raises(AssertionError, match="SMTP 421 became failed_permanent"):
        asyncio.run(checks.a_reply_says_whether_to_try_again(made))
