"""Socket Mode: Slack tells us of pressed buttons over a connection that we open."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence

from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from routing.channels.answer import Answer, Unheard
from routing.channels.slack_hook import answers
from routing.secret import Secret

_SILENT = logging.Logger("slack", logging.CRITICAL + 1)  # the SDK logs addresses with tickets
CONNECTED_WITHIN_S = 20.0
LOOK_EVERY_S = 5.0
AWAY = 6  # looks in a row at a lost connection, then a new one is made

Listener = Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]
Take = Callable[[Sequence[Answer]], Awaitable[object]]


class SlackSocket:
    """The socket of one app; `app_token` needs the scope connections:write."""

    def __init__(self, *, app_token: Secret, base_url: str, proxy: str | None) -> None:
        self._app_token = app_token
        self._base_url = base_url
        self._proxy = proxy
        self.is_connected = False

    async def run(self, take: Take, *, said: Callable[[bool], None]) -> None:
        """Listen until cancelled. `said` is called when the connection is there, or is not."""
        while True:
            client = self._client()
            client.socket_mode_request_listeners.append(_listener(take))
            try:
                async with asyncio.timeout(CONNECTED_WITHIN_S):
                    await client.connect()  # type: ignore[no-untyped-call]
                self._note(True, said)
                await self._watch(client)
            except (TimeoutError, OSError, SlackClientError):
                await asyncio.sleep(LOOK_EVERY_S)
            finally:
                self._note(False, said)
                await client.close()  # type: ignore[no-untyped-call]

    async def _watch(self, client: SocketModeClient) -> None:
        """Return once the connection is lost, and the SDK does not bring it back."""
        lost = 0
        while lost < AWAY:
            await asyncio.sleep(LOOK_EVERY_S)
            lost = 0 if await client.is_connected() else lost + 1

    def _note(self, is_connected: bool, said: Callable[[bool], None]) -> None:
        if is_connected is not self.is_connected:
            self.is_connected = is_connected
            said(is_connected)

    def _client(self) -> SocketModeClient:
        web = AsyncWebClient(base_url=self._base_url, retry_handlers=[], logger=_SILENT)
        web.proxy = self._proxy
        client = SocketModeClient(
            app_token=self._app_token.reveal(), web_client=web, logger=_SILENT, proxy=self._proxy
        )
        client.proxy = self._proxy  # by itself it would ask one even for this machine
        return client


def _listener(take: Take) -> Listener:
    async def listen(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Say first that we have it, as Slack waits for 3 s only, then do it."""
        await client.send_socket_mode_response({"envelope_id": request.envelope_id})
        if request.type != "interactive":
            return
        try:
            found = answers(json.dumps(request.payload).encode("utf-8", "replace"))
        except Unheard:
            return
        await take(found)

    return listen
