"""Slack's Web API: one call, one answer, over one shared session."""

import logging
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from routing.channels.attempt import is_loopback, refused_with
from routing.channels.slack_errors import refusal
from routing.secret import Secret

Json = dict[str, Any]

NETWORK_ERRORS = (aiohttp.ClientError, SlackClientError)
_SILENT = logging.Logger("slack", logging.CRITICAL + 1)  # the SDK logs whole answers


class SlackApi:
    """The API with a bot's `token`, at `base_url`."""

    def __init__(self, *, token: Secret, base_url: str, timeout_s: float) -> None:
        has_path = urlsplit(base_url).path.strip("/")
        self.base_url = base_url if has_path else f"{base_url.rstrip('/')}/api/"
        self._token = token
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def proxy(self) -> str | None:
        """The proxy to use for the API, if any."""
        return proxy_for(self.base_url)

    async def post(self, method: str, body: Json) -> Json:
        """Call a method with JSON. Raises `Refusal`."""
        return (await self.answer(method, json=_kept(body)))[0]

    async def get(self, method: str, query: Json) -> Json:
        """Ask a method. Raises `Refusal`."""
        return (await self.answer(method, http_verb="GET", params=_kept(query)))[0]

    async def ask(self, method: str, query: Json) -> Json:
        """Call a method of those that take no JSON. Raises `Refusal`."""
        return (await self.answer(method, params=_kept(query)))[0]

    async def answer(self, method: str, **given: Any) -> tuple[Json, dict[str, str]]:
        """What a method answers, and the headers. Raises `Refusal`."""
        try:
            answer = await self._client().api_call(method, **given)
        except SlackApiError as error:
            raise refusal(error, method) from None
        if not isinstance(answer.data, dict):
            raise TypeError("not a JSON object")
        return answer.data, {name.lower(): value for name, value in answer.headers.items()}

    async def upload(self, url: str, content: bytes) -> None:
        """Send a file where Slack told us to; it goes without the token. Raises `Refusal`."""
        async with self.session.post(
            url, data=content, proxy=proxy_for(url), allow_redirects=False
        ) as answer:
            if answer.status != 200:
                raise refused_with(answer.status, "the upload", answer.headers)

    async def say(self, url: str, said: Json) -> str:
        """Post to an address of Slack's; what went wrong, or nothing."""
        try:
            async with self.session.post(url, json=said, proxy=self.proxy) as answer:
                return "" if answer.status == 200 else f"HTTP {answer.status}"
        except (aiohttp.ClientError, OSError) as error:
            return type(error).__name__

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one session of the running loop."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=self._timeout_s)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _client(self) -> AsyncWebClient:
        client = AsyncWebClient(
            self._token.reveal(),
            base_url=self.base_url,
            session=self.session,
            retry_handlers=[],
            logger=_SILENT,
        )
        client.proxy = self.proxy
        return client


def _kept(body: Json) -> Json:
    return {name: value for name, value in body.items() if value != ""}


def proxy_for(url: str) -> str | None:
    """The proxy to use; the SDK alone would ask one even for this machine or for NO_PROXY."""
    parts = urlsplit(url)
    if is_loopback(url) or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)
