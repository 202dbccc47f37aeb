"""Socket Mode: the real SDK against a server on loopback that speaks it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from console.sockets import open_sockets
from routing.event import Acknowledge, SetSilence
from routing.secret import Secret
from tests.console.answering import ANA, NOW, channels, pressed
from tests.console.scene import Scene, paged_incident, scene


class Workspace:
    """Slack's half of Socket Mode, and the place where it takes replies."""

    def __init__(self) -> None:
        self.sockets: asyncio.Queue[web.WebSocketResponse] = asyncio.Queue()
        self.acknowledged: asyncio.Queue[str] = asyncio.Queue()
        self.replies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.tokens: list[str] = []
        self.url = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._open)
        app.router.add_get("/link", self._link)
        app.router.add_post("/actions", self._reply)
        return app

    async def _open(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers["Authorization"])
        return web.json_response({"ok": True, "url": self.url.replace("http", "ws") + "link"})

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        await self.sockets.put(socket)
        async for message in socket:
            if message.type is web.WSMsgType.TEXT:
                await self.acknowledged.put(json.loads(message.data)["envelope_id"])
        return socket

    async def _reply(self, request: web.Request) -> web.Response:
        await self.replies.put(await request.json())
        return web.Response(text="ok")


Story = Callable[[Scene, Workspace], Awaitable[None]]


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Scene, Workspace]]:
    workspace = Workspace()
    async with TestServer(workspace.app()) as server:
        workspace.url = str(server.make_url("/"))
        ours = channels(
            signing_secret=None, app_token=Secret("xapp-1"), base_url=f"{workspace.url}api/"
        )
        async with scene(channels=ours, now=lambda: NOW, users=(ANA,)) as stage:
            stage.show(paged_incident())
            tasks = open_sockets(stage.desk)
            try:
                yield stage, workspace
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await ours["chat"].close()


def tell(story: Story) -> None:
    async def run() -> None:
        async with asyncio.timeout(20), listening() as (stage, workspace):
            await story(stage, workspace)

    asyncio.run(run())


def envelope(payload: Any, number: int = 1, kind: str = "interactive") -> dict[str, Any]:
    return {
        "type": kind,
        "envelope_id": f"e{number}",
        "payload": payload,
        "accepts_response_payload": False,
    }


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0)


def test_a_press_is_acknowledged_to_slack_and_written() -> None:
    async def story(stage: Scene, workspace: Workspace) -> None:
        socket = await workspace.sockets.get()
        await socket.send_json(envelope(pressed("acknowledge")))
        assert await workspace.acknowledged.get() == "e1"
        await until(lambda: bool(stage.log.written))
        (command,) = stage.log.written
        assert isinstance(command, Acknowledge)
        assert (command.by, command.via) == ("ana", "slack")
        assert set(workspace.tokens) == {"Bearer xapp-1"}

    tell(story)


def test_the_same_press_told_twice_is_taken_once_and_nonsense_is_passed_over() -> None:
    async def story(stage: Scene, workspace: Workspace) -> None:
        socket = await workspace.sockets.get()
        nonsense = [{"type": 5}, {"type": "view_submission"}, {"type": "block_actions"}]
        said = [pressed("acknowledge"), *nonsense, pressed("acknowledge"), pressed("resolve")]
        for number, payload in enumerate(said):
            await socket.send_json(envelope(payload, number))
        await socket.send_json(envelope({"event": {}}, 99, "events_api"))
        for _ in range(len(said) + 1):
            await workspace.acknowledged.get()
        await until(lambda: sum(stage.desk.heard.values()) == 3)
        assert len(stage.log.written) == 2
        assert stage.desk.heard["chat", "repeated"] == 1

    tell(story)


def test_a_silence_is_confirmed_to_the_person_alone() -> None:
    async def story(stage: Scene, workspace: Workspace) -> None:
        socket = await workspace.sockets.get()
        payload = pressed("silence", response_url=f"{workspace.url}actions")
        await socket.send_json(envelope(payload))
        reply = await workspace.replies.get()
        assert reply["text"] == "Silenced for an hour."
        assert reply["response_type"] == "ephemeral"
        assert reply["replace_original"] is False
        assert isinstance(stage.log.written[0], SetSilence)

    tell(story)


def test_a_press_that_could_not_be_written_is_told_to_the_person() -> None:
    async def story(stage: Scene, workspace: Workspace) -> None:
        socket = await workspace.sockets.get()
        stage.log.is_away = True
        payload = pressed("acknowledge", response_url=f"{workspace.url}actions")
        await socket.send_json(envelope(payload))
        reply = await workspace.replies.get()
        assert reply["text"].startswith("Not done: the log cannot be reached")
        assert stage.log.written == []

    tell(story)


def test_a_reply_goes_to_slack_and_nowhere_else() -> None:
    async def story(stage: Scene, workspace: Workspace) -> None:
        chat: Any = stage.desk.channels["chat"]
        for address in ("https://evil.example/x", "http://169.254.169.254/", "", "file:///etc"):
            assert await chat.whisper(address, "x") == "not an address of Slack's"
        assert await chat.whisper(f"{workspace.url}actions", "<!channel>") == ""
        assert (await workspace.replies.get())["text"] == "&lt;!channel&gt;"
        assert await chat.whisper(f"{workspace.url}gone", "x") == "HTTP 404"

    tell(story)


def test_a_connection_that_slack_ends_is_made_anew() -> None:
    async def story(stage: Scene, workspace: Workspace) -> None:
        first = await workspace.sockets.get()
        await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
        second = await workspace.sockets.get()
        await second.send_json(envelope(pressed("resolve")))
        assert await workspace.acknowledged.get() == "e1"
        await until(lambda: bool(stage.log.written))

    tell(story)


def test_a_channel_without_a_token_opens_no_socket() -> None:
    async def run() -> None:
        for token in (None, Secret("missing", is_missing=True)):
            async with scene(channels=channels(app_token=token)) as stage:
                assert open_sockets(stage.desk) == []

    asyncio.run(run())
