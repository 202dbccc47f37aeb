"""Trouble: a proxy between a channel and its provider, which does what networks and providers do.

For the conformance suite (`routing/channels/checks.py`), and for tests of channels of one's own.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Literal, Protocol

import aiohttp
from aiohttp import web
from msgspec import Struct, field

HOST = "127.0.0.1"
Kind = Literal["answer", "hang", "cut", "lost", "drip", "torn"]

_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "date"})
_DRIP_S = 0.02
_END_OF_MAIL = b"\r\n.\r\n"


class Fault(Struct, frozen=True, kw_only=True):
    """What becomes of a request.

    `answer` answers in the provider's place; `hang` never answers; `cut` closes the connection
    before anything was done, `lost` after all of it was; `drip` begins an answer that never ends,
    `torn` one whose connection closes in its middle. Over SMTP `status` and `body` are the
    greeting, and `drip` and `torn` are hangs.
    """

    kind: Kind = "answer"
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


class Trouble(Protocol):
    """The proxy. `seen` counts the requests (over SMTP the connections) since the last fault."""

    port: int
    seen: int

    def make(self, fault: Fault | None, *, only: int | None = None) -> None:
        """Do this to every request from now on; `only` to that one of them, counted from 0."""


class _Making:
    """Which fault is due."""

    def __init__(self, upstream: int) -> None:
        self.port = 0
        self.seen = 0
        self._upstream = upstream
        self._fault: Fault | None = None
        self._only: int | None = None
        self._over = asyncio.Event()

    def make(self, fault: Fault | None, *, only: int | None = None) -> None:
        self._fault, self._only, self.seen = fault, only, 0

    def _next(self) -> Fault | None:
        number, self.seen = self.seen, self.seen + 1
        return self._fault if self._only in (None, number) else None


class WebTrouble(_Making):
    """Trouble over HTTP."""

    def __init__(self, upstream: int) -> None:
        super().__init__(upstream)
        self._session: aiohttp.ClientSession | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        raw, fault = await request.read(), self._next()
        if fault is None:
            return await self._pass_on(request, raw)
        if fault.kind == "answer":
            headers = {"Content-Type": "application/json"} | fault.headers
            return web.Response(status=fault.status, headers=headers, text=fault.body)
        if fault.kind == "drip":
            await self._drip(request)
        if fault.kind == "torn":
            await self._begin(request)
        if fault.kind == "hang":
            await self._over.wait()
        if fault.kind == "lost":
            await self._pass_on(request, raw)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)

    async def _drip(self, request: web.Request) -> None:
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        with contextlib.suppress(OSError, aiohttp.ClientError):
            await answer.prepare(request)
            while not self._over.is_set():
                await answer.write(b" ")
                await asyncio.sleep(_DRIP_S)

    async def _begin(self, request: web.Request) -> None:
        headers = {"Content-Type": "application/json", "Content-Length": "1000"}
        answer = web.StreamResponse(headers=headers)
        with contextlib.suppress(OSError, aiohttp.ClientError):
            await answer.prepare(request)
            await answer.write(b'{"ok": true, "half":')

    async def _pass_on(self, request: web.Request, raw: bytes) -> web.Response:
        if self._session is None:
            self._session = aiohttp.ClientSession(auto_decompress=False)
        async with self._session.request(
            request.method,
            f"http://{HOST}:{self._upstream}{request.rel_url.raw_path_qs}",
            headers={k: v for k, v in request.headers.items() if k.lower() not in _HOP},
            data=raw,
            allow_redirects=False,
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())

    async def close(self) -> None:
        """Let go of whoever waits."""
        self._over.set()
        if self._session is not None:
            await self._session.close()


class MailTrouble(_Making):
    """Trouble over SMTP."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        fault = self._next()
        try:
            if fault is None or fault.kind == "lost":
                await self._pass_on(reader, writer, is_lost=fault is not None)
            elif fault.kind == "answer":
                writer.write(f"{fault.status} {fault.body}\r\n".encode())
                await writer.drain()
            elif fault.kind != "cut":
                await self._over.wait()
        except OSError:
            pass
        finally:
            writer.transport.abort() if fault and fault.kind != "answer" else writer.close()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_lost: bool
    ) -> None:
        there, back = await asyncio.open_connection(HOST, self._upstream)
        is_sent = asyncio.Event()

        async def ask() -> None:
            """Pass on what the client says, and note the end of a mail."""
            said = b""
            while data := await reader.read(65536):
                said = (said + data)[-70_000:]
                if _END_OF_MAIL in said:
                    is_sent.set()
                back.write(data)

        async def answer() -> None:
            while data := await there.read(65536):
                if is_lost and is_sent.is_set():
                    return
                writer.write(data)

        done = [asyncio.ensure_future(ask()), asyncio.ensure_future(answer())]
        await asyncio.wait(done, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.cancel()
        back.close()

    async def close(self) -> None:
        """Let go of whoever waits."""
        self._over.set()


@contextlib.asynccontextmanager
async def web_trouble(
    upstream: int, make: Callable[[int], WebTrouble] = WebTrouble
) -> AsyncIterator[Trouble]:
    """A proxy in front of a provider that speaks HTTP on this port of the machine."""
    trouble = make(upstream)
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{tail:.*}", trouble.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    trouble.port = int(runner.addresses[0][1])
    try:
        yield trouble
    finally:
        await trouble.close()
        await runner.cleanup()


@contextlib.asynccontextmanager
async def mail_trouble(
    upstream: int, make: Callable[[int], MailTrouble] = MailTrouble
) -> AsyncIterator[Trouble]:
    """A proxy in front of a relay that speaks SMTP on this port of the machine."""
    trouble = make(upstream)
    server = await asyncio.start_server(trouble.handle, HOST, 0)
    trouble.port = int(server.sockets[0].getsockname()[1])
    try:
        yield trouble
    finally:
        await trouble.close()
        server.close()
