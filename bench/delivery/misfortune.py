"""Misfortune: proxies that fail some requests by chance, in each way that networks have."""

import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from routing.channels.trouble import (
    Fault,
    MailTrouble,
    Trouble,
    WebTrouble,
    mail_trouble,
    web_trouble,
)
from streams import clock

STATUSES = (408, 423, 425, 500, 502, 503, 504)
WAYS = ("status", "limit", "date", "cut", "lost", "hang", "drip")
_JIRA_ASKS = 3  # requests for one message: so that of its messages no more fail than of others


class Luck:
    """Which of the requests to one peer fail, and how; `met` counts them."""

    def __init__(self, name: str, *, seed: int, share: float) -> None:
        self._chance = random.Random(f"{name}-{seed}")
        self._share = share
        self.met: Counter[str] = Counter()

    def draw(self) -> Fault | None:
        """The fault of the next request, if it meets one."""
        if self._chance.random() >= self._share:
            self.met["none"] += 1
            return None
        way = self._chance.choice(WAYS)
        self.met[way] += 1
        return _FAULTS[way](self._chance)

    def draw_mail(self) -> Fault | None:
        """The same for a mail: what is a status elsewhere is its greeting."""
        fault = self.draw()
        if fault is None or fault.kind != "answer":
            return fault
        return Fault(status=self._chance.choice((421, 450, 451)), body="4.3.2 try again later")


def _status(chance: random.Random) -> Fault:
    return Fault(status=chance.choice(STATUSES), body='{"error": "misfortune"}')


def _limit(_: random.Random) -> Fault:
    return Fault(status=429, headers={"Retry-After": "1"}, body='{"ok": false}')


def _date(_: random.Random) -> Fault:
    then = datetime.fromtimestamp(clock.epoch_s(), UTC) + timedelta(seconds=1)
    return Fault(status=429, headers={"Retry-After": format_datetime(then, usegmt=True)}, body="{}")


_FAULTS: Mapping[str, Callable[[random.Random], Fault]] = {
    "status": _status,
    "limit": _limit,
    "date": _date,
    "cut": lambda _: Fault(kind="cut"),
    "lost": lambda _: Fault(kind="lost"),
    "hang": lambda _: Fault(kind="hang"),
    "drip": lambda _: Fault(kind="drip"),
}


class _Web(WebTrouble):
    def __init__(self, upstream: int, luck: Luck) -> None:
        super().__init__(upstream)
        self._luck = luck

    def _next(self) -> Fault | None:
        return self._luck.draw()

    async def _drip(self, request: web.Request) -> None:
        """Whoever begins an answer has accepted what it answers."""
        await self._pass_on(request, await request.read())
        await super()._drip(request)


class _Mail(MailTrouble):
    def __init__(self, upstream: int, luck: Luck) -> None:
        super().__init__(upstream)
        self._luck = luck

    def _next(self) -> Fault | None:
        return self._luck.draw_mail()


@contextlib.asynccontextmanager
async def misfortune(
    ports: Mapping[str, int], *, seed: int, share: float
) -> AsyncIterator[tuple[dict[str, int], dict[str, Luck]]]:
    """A proxy in front of each peer: their ports, and their luck."""
    shares = {"jira": share / _JIRA_ASKS}
    lucks = {name: Luck(name, seed=seed, share=shares.get(name, share)) for name in ports}
    async with AsyncExitStack() as stack:
        there = {}
        for name, port in ports.items():
            proxy = _proxy(port, lucks[name], is_mail=name == "smtp")
            there[name] = (await stack.enter_async_context(proxy)).port
        yield there, lucks


def _proxy(port: int, luck: Luck, *, is_mail: bool) -> AbstractAsyncContextManager[Trouble]:
    if is_mail:
        return mail_trouble(port, lambda upstream: _Mail(upstream, luck))
    return web_trouble(port, lambda upstream: _Web(upstream, luck))
