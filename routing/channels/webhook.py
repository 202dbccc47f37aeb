"""Webhook: each notification as one signed POST of JSON, in Alertmanager's form."""

import asyncio
import ssl
from collections.abc import Collection
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from routing.channels import signature
from routing.channels.attempt import Delivered, Refusal, attempt, is_loopback, is_web, refused_with
from routing.channels.channel import Message
from routing.channels.diagnosis import Finding, look, unsure
from routing.channels.summary import summarise
from routing.channels.text import clean
from routing.channels.webhook_body import body
from routing.notification import Notification
from routing.receipt import Receipt
from routing.secret import Secret

_ANSWER = 2_000  # bytes of an answer that are read, to say why it was no
_ANSWER_S = 1.0
_REDIRECTS = range(300, 400)


class Webhook:
    """A program of your own, by POST of Alertmanager's webhook payload, version 4.

    Parameters: `name` of the channel; `urls`, from an address of your choosing such as
    `deploy-bot` to where it listens, a text or a secret; `secret`: signs every request as
    standardwebhooks.com has it; `token`: goes along as a bearer token; `ca`: a file with the
    authorities to trust in place of the system's; `max_alerts` in one payload, 0 for as many as
    find room; `timeout_s` for one attempt.

    Any 2xx is a yes, whatever the answer holds. Redirects are not followed: the body would be sent
    to whom nobody named. The receiver knows a repeat by the header `webhook-id`, the same for each
    attempt.
    """

    kind = "webhook"

    def __init__(
        self,
        *,
        name: str,
        urls: dict[str, str | Secret],
        secret: Secret | None = None,
        token: Secret | None = None,
        ca: str = "",
        max_alerts: int = 0,
        timeout_s: float = 10.0,
    ) -> None:
        for address, url in urls.items():
            if isinstance(url, str) and not is_web(url):
                raise ValueError(f"urls: {address}: must be an http or https address")
        if max_alerts < 0:
            raise ValueError("max_alerts must not be negative")
        self.name = name
        self._urls = dict(urls)
        self._secret = secret
        self._token = token
        self._ca = ca
        self._max_alerts = max_alerts
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    def render(self, notification: Notification) -> Message:
        """The body, as it goes out."""
        summary = summarise(notification)
        made = body(notification, summary, most=self._max_alerts)
        return Message(notification=notification, payload={"body": made, "at": summary.at})

    async def send(self, message: Message) -> Receipt:
        """POST it once."""
        return await attempt(
            message,
            self._deliver(message),
            timeout_s=self._timeout_s,
            secrets=self._secrets(),
            network_errors=(aiohttp.ClientError,),
        )

    async def diagnose(self, addresses: Collection[str]) -> list[Finding]:
        """Whether something answers there, with a certificate we trust. It gets a HEAD."""
        return [
            await look(
                each,
                self._knock(each),
                timeout_s=self._timeout_s,
                secrets=self._secrets(),
                network_errors=(aiohttp.ClientError,),
            )
            for each in addresses
        ]

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _deliver(self, message: Message) -> Delivered:
        address = message.notification.contact.address
        url = self._url(address)
        async with self._client().post(
            url,
            data=message.payload["body"],
            headers=self._headers(message),
            allow_redirects=False,
        ) as answer:
            if answer.status // 100 != 2:
                raise refused_with(answer.status, await _said(answer), answer.headers)
        return Delivered(handle={"id": message.notification.incident.id})

    async def _knock(self, address: str) -> str | Finding:
        async with self._client().head(self._url(address), allow_redirects=False) as answer:
            if answer.status in _REDIRECTS:
                raise refused_with(answer.status, await _said(answer), answer.headers)
            if answer.status < 400 or answer.status == 405:
                return "answers"
            return unsure(f"answers {answer.status} to HEAD; tocsin test-notify tries a POST")

    def _url(self, address: str) -> str:
        known = self._urls.get(address)
        if known is None:
            lost = f"no address for {clean(address, 60)!r}: add it under `urls`"
            raise Refusal(lost, is_final=True)
        url = known.reveal() if isinstance(known, Secret) else known
        if not is_web(url):
            raise Refusal("the secret is not an http or https address", is_final=True)
        return url

    def _headers(self, message: Message) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "tocsin"}
        identity = clean(message.notification.said, 200).encode("ascii", "replace").decode()
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.reveal()}"
        if not self._secret:
            return headers | {signature.ID: identity}
        at = (message.at or message.payload["at"]).timestamp()
        return headers | signature.signed(
            message.payload["body"], id=identity, at=at, secret=self._secret
        )

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                connector=aiohttp.TCPConnector(ssl=_trust(self._ca)),
                trust_env=not all(is_loopback(url) for url in self._plain_urls()),
            )
        return self._session

    def _plain_urls(self) -> list[str]:
        return [url.reveal() if isinstance(url, Secret) else url for url in self._urls.values()]

    def _secrets(self) -> list[Secret]:
        kept = [url for url in self._urls.values() if isinstance(url, Secret)]
        return [*kept, *(each for each in (self._secret, self._token) if each)]


async def _said(answer: aiohttp.ClientResponse) -> str:
    """Why it was no, as far as the answer says so soon."""
    if answer.status in _REDIRECTS:
        return "redirects elsewhere: put the final address under `urls`"
    try:
        async with asyncio.timeout(_ANSWER_S):
            raw = await answer.content.read(_ANSWER)
    except (TimeoutError, aiohttp.ClientError):
        return ""
    text = raw.decode("utf-8", "replace")
    return text if answer.content_type == "text/plain" else _message(text)


def _message(text: str) -> str:
    try:
        given: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return ""
    words = (
        (given.get(key) for key in ("message", "error", "detail"))
        if isinstance(given, dict)
        else ()
    )
    return next((word for word in words if isinstance(word, str)), "")


def _trust(ca: str) -> ssl.SSLContext | bool:
    return ssl.create_default_context(cafile=str(Path(ca).expanduser())) if ca else True
