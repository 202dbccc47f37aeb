"""Faults on demand: what a provider may do to the next requests."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct, field

Kind = Literal["answer", "hang", "cut", "lost"]


class Fault(Struct, frozen=True, kw_only=True):
    """One fault for one request whose path contains `path`.

    `answer` replies with `status`, `headers` and `body` and does nothing; `hang` never replies;
    `cut` closes the connection before doing anything, `lost` after having done it all.
    """

    kind: Kind = "answer"
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"message": "an injected fault"}'
    path: str = ""


class Faults:
    """A queue of faults, used up one a request."""

    def __init__(self) -> None:
        self._waiting: deque[Fault] = deque()
        self._released = asyncio.Event()
        self.witness: Callable[[web.Request, bytes], None] | None = None  # sees every request

    def inject(self, *faults: Fault) -> None:
        """Let the next requests meet these faults, in this order."""
        self._waiting.extend(faults)

    def clear(self) -> None:
        """Forget the faults that no request has met yet."""
        self._waiting.clear()

    def release(self) -> None:
        """Let go of every request that hangs."""
        self._released.set()

    def take(self, path: str) -> Fault | None:
        """The fault for this request, if it is to meet one."""
        for fault in self._waiting:
            if fault.path in path:
                self._waiting.remove(fault)
                return fault
        return None

    async def hang(self) -> None:
        """Wait until the peer closes."""
        await self._released.wait()


def application(faults: Faults) -> web.Application:
    """An application that meets the faults before its own handlers."""

    @web.middleware
    async def meet(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer with the fault whose turn it is, or let the request through."""
        if request.path == "/__received":
            return await handler(request)
        if faults.witness is not None:
            faults.witness(request, await request.read())
        fault = faults.take(request.path)
        if fault is None:
            return await handler(request)
        if fault.kind == "answer":
            headers = {"Content-Type": "application/json"} | fault.headers
            return web.Response(status=fault.status, headers=headers, text=fault.body)
        if fault.kind == "hang":
            await faults.hang()
        if fault.kind == "lost":
            await handler(request)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)

    return web.Application(middlewares=[meet], client_max_size=8 * 1024 * 1024)
