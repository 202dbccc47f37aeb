"""Slack: one message for each incident that changes as the incident does, with a thread."""

import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, TypeGuard
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from routing.channels import slack_hook
from routing.channels.answer import Answer, lacking
from routing.channels.attempt import Delivered, Refusal, attempt, is_loopback, refused_with
from routing.channels.attempt import retry_after as asked_wait
from routing.channels.channel import Message
from routing.channels.diagnosis import Finding, look, unsure
from routing.channels.slack_blocks import blocks, escape, fallback, reply
from routing.channels.slack_socket import SlackSocket
from routing.channels.texts import Texts
from routing.incident import NotifyReason
from routing.notification import Notification
from routing.receipt import Receipt
from routing.secret import Secret

_FINAL = {
    "channel_not_found": "no such channel: check the address, and invite the bot",
    "not_in_channel": "the bot is not in the channel: invite it",
    "is_archived": "the channel is archived: choose another",
    "invalid_auth": "the token is not valid: check the channel's `token`",
    "not_authed": "the token is missing: check the channel's `token`",
    "token_revoked": "the token was revoked: make a new one",
    "token_expired": "the token has expired: make a new one",
    "account_inactive": "the bot was removed from the workspace: install it again",
    "missing_scope": "the bot lacks a permission: add chat:write and install it again",
    "no_permission": "the bot lacks a permission: add chat:write and install it again",
    "restricted_action": "the workspace does not let the bot post there",
    "user_not_found": "no such person: check the address",
    "cannot_dm_bot": "a bot cannot be told: choose a person or a channel",
    "invalid_blocks": "Slack refused the layout of the message",
    "invalid_arguments": "Slack refused the layout of the message",
    "msg_blocks_too_long": "Slack refused the message as too long",
    "msg_too_long": "Slack refused the message as too long",
    "no_text": "Slack refused the message as empty",
}
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_HISTORY = 100
_LOOKS = frozenset({"channels:history", "channels:read"})
_WHISPERS = "hooks.slack.com"
_SILENT = logging.Logger("slack", logging.CRITICAL + 1)  # the SDK logs whole answers


class Slack:
    """Slack by a bot token (scopes chat:write and chat:write.public).

    To look before it repeats a message whose fate is unknown it also needs channels:history,
    groups:history, channels:read and groups:read; without them it repeats rather than stays silent.

    Parameters: `name` of the channel; the bot's `token`; `base_url` of the API; `title` and
    `text`: templates in place of the usual words; `timeout_s` for one attempt with all its calls;
    `signing_secret` of the app, with which Slack signs what it tells the console of pressed
    buttons; `app_token`, with which the console asks for it itself (Socket Mode). With one of
    these, which the worker needs as well, messages have buttons. An address is a channel (`#ops`
    or `C024BE91L`) or a person (`U024BE91L`).
    """

    kind = "slack"

    def __init__(
        self,
        *,
        name: str,
        token: Secret,
        base_url: str = "https://slack.com/api/",
        title: str = "",
        text: str = "",
        timeout_s: float = 10.0,
        signing_secret: Secret | None = None,
        app_token: Secret | None = None,
    ) -> None:
        self.name = name
        self._token = token
        self._signing_secret = signing_secret
        self._app_token = app_token
        self.lacks = lacking(signing_secret=signing_secret, app_token=app_token)
        self._base_url = (
            base_url if urlsplit(base_url).path.strip("/") else f"{base_url.rstrip('/')}/api/"
        )
        self._timeout_s = timeout_s
        self.texts = Texts(title=title, text=text)
        self._session: aiohttp.ClientSession | None = None
        self._ids: dict[str, str] = {}

    def render(self, notification: Notification) -> Message:
        """The parent message, and the line for its thread."""
        summary = self.texts.summarise(notification)
        payload = {
            "text": fallback(summary),
            "blocks": blocks(summary, can_answer=self._can_be_answered),
            "reply": reply(summary),
            "broadcast": notification.reason is NotifyReason.ESCALATED,
            "metadata": {
                "event_type": "incident",
                "event_payload": {
                    "id": notification.incident.id,
                    "seq": notification.sequence,
                    "notification": notification.id,
                    "reason": notification.reason.value,
                },
            },
        }
        return Message(notification=notification, payload=payload, note=summary.note)

    def hear(self, body: bytes, headers: Mapping[str, str], *, now: float) -> Sequence[Answer]:
        """What was answered by buttons. Raises `Unheard`."""
        return slack_hook.heard(body, headers, secret=self._signing_secret, now=now)

    def socket(self) -> SlackSocket | None:
        """The socket by which buttons can be heard, where there is a token for it."""
        if not _is_given(self._app_token):
            return None
        proxy = _proxy(self._base_url)
        return SlackSocket(app_token=self._app_token, base_url=self._base_url, proxy=proxy)

    async def whisper(self, address: str, text: str) -> str:
        """Say something to a person alone, where Slack told us to; what went wrong, or nothing."""
        if urlsplit(address).hostname not in (_WHISPERS, urlsplit(self._base_url).hostname):
            return "not an address of Slack's"
        said = {"response_type": "ephemeral", "replace_original": False, "text": escape(text)}
        client = self._client()
        try:
            async with self._shared().post(address, json=said, proxy=client.proxy) as answer:
                return "" if answer.status == 200 else f"HTTP {answer.status}"
        except (aiohttp.ClientError, OSError) as error:
            return type(error).__name__

    @property
    def _can_be_answered(self) -> bool:
        return _is_given(self._signing_secret) or _is_given(self._app_token)

    async def send(self, message: Message) -> Receipt:
        """Post the incident's message, or change it and say so in its thread."""
        return await attempt(
            message,
            self._deliver(message),
            timeout_s=self._timeout_s,
            secrets=[self._token],
            network_errors=(aiohttp.ClientError, SlackClientError),
        )

    async def diagnose(self, addresses: Collection[str]) -> list[Finding]:
        """Who the bot is and what it may, and whether it finds these channels and people."""
        works = {"": self._whoami(), **{each: self._found(each) for each in addresses}}
        return [
            await look(
                about,
                work,
                timeout_s=self._timeout_s,
                secrets=[self._token],
                network_errors=(aiohttp.ClientError, SlackClientError),
            )
            for about, work in works.items()
        ]

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _whoami(self) -> str:
        answer, headers = await self._answer("auth.test", {})
        given = {each.strip() for each in headers.get("x-oauth-scopes", "").split(",")} - {""}
        if given and "chat:write" not in given:
            raise Refusal(_explain("missing_scope"), is_final=True)
        blind = given and not given >= _LOOKS
        more = f"; without {', '.join(sorted(_LOOKS - given))} it may tell twice" if blind else ""
        return f"the bot {answer.get('user')} of {answer.get('team')}{more}"

    async def _found(self, address: str) -> str | Finding:
        try:
            channel = await self._channel_id(address)
        except Refusal as refusal:
            if not refusal.detail.startswith("missing_scope"):
                raise
            return unsure("cannot be looked up without channels:read; tocsin test-notify tries it")
        return f"there it is: {channel}"

    async def _deliver(self, message: Message) -> Delivered:
        notification = message.notification
        parent = dict(notification.handle)
        if not parent.get("ts") and notification.attempt > 1:
            parent = await self._find_parent(notification)
        if not parent.get("ts"):
            return await self._post(message)
        try:
            await self._call("chat.update", _body(message) | _place(parent))
        except _GoneError:
            return await self._post(message)
        if notification.reason is not NotifyReason.FIRST:
            await self._reply(message, parent)
        return Delivered(handle=parent)

    async def _post(self, message: Message) -> Delivered:
        address = message.notification.contact.address
        answer = await self._call("chat.postMessage", _body(message) | {"channel": address})
        handle = {"channel": str(answer["channel"]), "ts": str(answer["ts"])}
        return Delivered(handle=handle)

    async def _reply(self, message: Message, parent: Mapping[str, str]) -> None:
        if message.notification.attempt > 1 and await self._has_reply(message, parent):
            return
        body = {
            "channel": parent["channel"],
            "thread_ts": parent["ts"],
            "text": message.payload["reply"],
            "reply_broadcast": message.payload["broadcast"],
            "metadata": message.payload["metadata"],
            "unfurl_links": False,
        }
        await self._call("chat.postMessage", body)

    async def _find_parent(self, notification: Notification) -> dict[str, str]:
        """The message of an earlier attempt that went through although we never heard of it.

        Where we are not allowed to look there is none: better told twice than never.
        """
        try:
            channel = await self._channel_id(notification.contact.address)
            query = {"channel": channel, "limit": _HISTORY, "include_all_metadata": True}
            answer = await self._call("conversations.history", query, verb="GET")
        except Refusal as refusal:
            if refusal.is_final:
                return {}
            raise
        for found in answer.get("messages") or []:
            is_parent = found.get("thread_ts", found.get("ts")) == found.get("ts")
            if is_parent and _payload(found).get("id") == notification.incident.id:
                return {"channel": channel, "ts": str(found["ts"])}
        return {}

    async def _has_reply(self, message: Message, parent: Mapping[str, str]) -> bool:
        query = _place(parent) | {"limit": _HISTORY, "include_all_metadata": True}
        try:
            answer = await self._call("conversations.replies", query, verb="GET")
        except Refusal as refusal:
            if refusal.is_final:
                return False
            raise
        wanted = message.notification.id
        return any(
            _payload(found).get("notification") == wanted and found.get("ts") != parent["ts"]
            for found in answer.get("messages") or []
        )

    async def _channel_id(self, address: str) -> str:
        """The id behind an address: histories are not found by name."""
        if address[:1] in ("U", "W") and address.isalnum():
            answer = await self._call("conversations.open", {"users": address})
            return str(answer["channel"]["id"])
        if address.isalnum() and address.isupper():
            return address
        wanted = address.removeprefix("#")
        if wanted not in self._ids:
            async for channel in self._channels():
                self._ids[str(channel.get("name"))] = str(channel["id"])
        if wanted not in self._ids:
            raise Refusal(_explain("channel_not_found"), is_final=True)
        return self._ids[wanted]

    async def _channels(self) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        for _ in range(20):
            query = {"limit": 1000, "types": "public_channel,private_channel", "cursor": cursor}
            answer = await self._call("conversations.list", query, verb="GET")
            for channel in answer.get("channels") or []:
                yield channel
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _call(self, method: str, body: dict[str, Any], verb: str = "POST") -> dict[str, Any]:
        answer, _ = await self._answer(method, body, verb)
        return answer

    async def _answer(
        self, method: str, body: dict[str, Any], verb: str = "POST"
    ) -> tuple[dict[str, Any], dict[str, str]]:
        kept = {name: value for name, value in body.items() if value != ""}
        client = self._client()
        try:
            if verb == "GET":
                answer = await client.api_call(method, http_verb="GET", params=kept)
            else:
                answer = await client.api_call(method, json=kept)
        except SlackApiError as error:
            raise _refusal(error) from None
        if not isinstance(answer.data, dict):
            raise TypeError("not a JSON object")
        return answer.data, {name.lower(): value for name, value in answer.headers.items()}

    def _client(self) -> AsyncWebClient:
        """A client on the shared session."""
        client = AsyncWebClient(
            self._token.reveal(),
            base_url=self._base_url,
            session=self._shared(),
            retry_handlers=[],
            logger=_SILENT,
        )
        client.proxy = _proxy(self._base_url)
        return client

    def _shared(self) -> aiohttp.ClientSession:
        """The one session of the running loop."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=self._timeout_s)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return self._session


def _is_given(secret: Secret | None) -> TypeGuard[Secret]:
    return secret is not None and not secret.is_missing and bool(secret.reveal())


class _GoneError(Refusal):
    """The message we would change is no more."""


def _body(message: Message) -> dict[str, Any]:
    kept = ("text", "blocks", "metadata")
    return {name: message.payload[name] for name in kept} | {"unfurl_links": False}


def _place(parent: Mapping[str, str]) -> dict[str, Any]:
    return {"channel": parent["channel"], "ts": parent["ts"]}


def _payload(found: Mapping[str, Any]) -> dict[str, Any]:
    metadata = found.get("metadata") or {}
    return dict(metadata.get("event_payload") or {})


def _refusal(error: SlackApiError) -> Refusal:
    response = error.response
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 200))
    headers = getattr(response, "headers", {})
    if code in _GONE:
        return _GoneError(_explain(code), is_final=True)
    if code in _FINAL:
        return Refusal(_explain(code), is_final=True)
    if status != 200 and code != "ratelimited":
        return refused_with(status, code, headers)
    return Refusal(_explain(code), is_final=False, retry_after=asked_wait(headers))


def _explain(code: str) -> str:
    advice = _FINAL.get(code)
    return f"{code}: {advice}" if advice else code or "Slack gave no reason"


def _proxy(base_url: str) -> str | None:
    """The proxy to use; the SDK alone would ask one even for this machine or for NO_PROXY."""
    parts = urlsplit(base_url)
    if is_loopback(base_url) or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)
