"""Slack: one message for each incident that changes as the incident does, with a thread."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from routing.channels import slack_hook
from routing.channels.answer import Answer, Person, is_given, lacking
from routing.channels.attempt import Delivered, attempt, check_url
from routing.channels.channel import Message, unpaced
from routing.channels.diagnosis import Finding, look, unsure
from routing.channels.slack_api import NETWORK_ERRORS, SlackApi
from routing.channels.slack_blocks import blocks, completed, escape, fallback, reply
from routing.channels.slack_errors import Gone, Lacking, Misshapen
from routing.channels.slack_history import BEGUN_WITH, SlackHistory, begun
from routing.channels.slack_people import SlackPeople, called, is_person
from routing.channels.slack_picture import Parent, SlackPictures, in_words
from routing.channels.slack_scopes import whoami
from routing.channels.slack_socket import SlackSocket
from routing.channels.summary import summarise
from routing.channels.texts import Texts
from routing.incident import NotifyReason
from routing.notification import Notification
from routing.pace import Pace, a_minute
from routing.receipt import Receipt
from routing.secret import Secret

_WHISPERS = "hooks.slack.com"


class Slack:
    """Slack by a bot token; `docs/channels.md` has the scopes, of which chat:write must be.

    To look before it repeats a message whose fate is unknown it needs those of histories; without
    them it repeats rather than stays silent.

    Parameters: `name` of the channel; the bot's `token`; `base_url` of the API; `title` and
    `text`: templates in place of the usual words; `timeout_s` for one attempt with all its calls;
    `signing_secret` of the app, with which Slack signs what it tells the console of pressed
    buttons; `app_token`, with which the console asks for it itself (Socket Mode). With one of
    these, which the worker needs as well, messages have buttons. `picture`: whether messages show
    the series, drawn with the extra `charts`. An address is a channel (`#ops` or `C024BE91L`) or a
    person (`U024BE91L`, `ana@shop.example` or `@ana`).
    """

    kind = "slack"
    pace = Pace(address=a_minute(60), channel=a_minute(240), changes=a_minute(50))

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
        picture: bool = True,
    ) -> None:
        check_url("base_url", base_url)
        self.name = name
        self._token = token
        self._signing_secret = signing_secret
        self._app_token = app_token
        self.lacks = lacking(signing_secret=signing_secret, app_token=app_token)
        self._timeout_s = timeout_s
        self.texts = Texts(title=title, text=text)
        self._api = SlackApi(token=token, base_url=base_url, timeout_s=timeout_s)
        self._people = SlackPeople(self._api)
        self._history = SlackHistory(self._api, self._people, within_s=timeout_s / 2)
        self.spend = unpaced
        self._pictures = SlackPictures(
            self._api, self._update, spend=lambda: self.spend(), is_wanted=picture
        )

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
                    "notification": notification.said,
                    "reason": notification.reason.value,
                },
            },
        }
        return Message(notification=notification, payload=payload, note=summary.note)

    def hear(self, body: bytes, headers: Mapping[str, str], *, now: float) -> Sequence[Answer]:
        """What was answered by buttons. Raises `Unheard`."""
        return slack_hook.heard(body, headers, secret=self._signing_secret, now=now)

    async def recognise(self, person: Person) -> Person:
        """The person with the mail address that Slack has; soon, and it never raises."""
        mail = await self._people.mail_of(next(iter(person.addresses), ""))
        return replace(person, addresses=(*person.addresses, mail)) if mail else person

    def socket(self) -> SlackSocket | None:
        """The socket by which buttons can be heard, where there is a token for it."""
        if not is_given(self._app_token):
            return None
        api = self._api
        return SlackSocket(app_token=self._app_token, base_url=api.base_url, proxy=api.proxy)

    async def whisper(self, address: str, text: str) -> str:
        """Say something to a person alone, where Slack told us to; what went wrong, or nothing."""
        if urlsplit(address).hostname not in (_WHISPERS, urlsplit(self._api.base_url).hostname):
            return "not an address of Slack's"
        said = {"response_type": "ephemeral", "replace_original": False, "text": escape(text)}
        return await self._api.say(address, said)

    @property
    def _can_be_answered(self) -> bool:
        return is_given(self._signing_secret) or is_given(self._app_token)

    async def send(self, message: Message) -> Receipt:
        """Post the incident's message, or change it and say so in its thread."""
        return await attempt(
            message,
            self._deliver(message),
            timeout_s=self._timeout_s,
            secrets=[self._token],
            network_errors=NETWORK_ERRORS,
        )

    async def diagnose(self, addresses: Collection[str]) -> list[Finding]:
        """Who the bot is and what it may, and whether it finds these channels and people."""
        works = {"": whoami(self._api), **{each: self._found(each) for each in addresses}}
        return [
            await look(
                about,
                work,
                timeout_s=self._timeout_s,
                secrets=[self._token],
                network_errors=NETWORK_ERRORS,
            )
            for about, work in works.items()
        ]

    async def close(self) -> None:
        """Close the connections, once pictures on their way had a moment."""
        await self._pictures.close()
        await self._api.close()

    async def _found(self, address: str) -> str | Finding:
        try:
            return f"there it is: {await self._people.channel_id(address)}"
        except Lacking:
            if is_person(address):
                raise
            return unsure("cannot be looked up without channels:read; tocsin test-notify tries it")

    async def _deliver(self, message: Message) -> Delivered:
        parent = await self._told(message)
        fault = self._pictures.begin(message, parent)
        file = self._pictures.talk(parent).file
        return Delivered(
            handle=parent | ({"file": file} if file else {}),
            detail=f"pictures fail: {fault}" if fault else "",
        )

    async def _told(self, message: Message) -> Parent:
        """Where the message is that says it, with its thread."""
        notification = message.notification
        parent, is_said = dict(notification.handle), notification.reason is NotifyReason.FIRST
        if not parent.get("ts") and notification.attempt > 1:
            parent = await self._history.parent(notification)
            if parent.pop(BEGUN_WITH, "") == notification.said:
                message, is_said = begun(message), True
        if not parent.get("ts"):
            return await self._post(message)
        if self._pictures.may_have_forgotten(message, parent):
            parent |= await self._history.picture(parent)
        try:
            await self._change(message, parent)
        except Gone:
            return await self._post(message)
        if not is_said:
            await self._reply(message, parent)
        return parent

    async def _post(self, message: Message) -> Parent:
        there = await self._people.place(message.notification.contact.address)
        message = begun(message)
        body = await self._body(message)
        answer = await self._api.post("chat.postMessage", body | {"channel": there})
        parent = {"channel": str(answer["channel"]), "ts": str(answer["ts"])}
        self._people.learn(message.notification.contact.address, parent["channel"])
        self._pictures.talk(parent).message = message
        return parent

    async def _change(self, message: Message, parent: Parent) -> None:
        """Change the message; without its picture where Slack does not take that."""
        talk = self._pictures.talk(parent)
        async with talk.lock:
            talk.message = message
            try:
                await self._update(message, parent, talk.file)
                talk.is_shown = bool(talk.file)
            except Misshapen:
                if not talk.file:
                    raise
                await self._update(message, parent, "")

    async def _update(self, message: Message, parent: Parent, file: str) -> None:
        body = await self._body(message, file=file)
        await self._api.post("chat.update", body | _place(parent))

    async def _body(self, message: Message, *, file: str = "") -> dict[str, Any]:
        kept = {name: message.payload[name] for name in ("text", "metadata")}
        made = completed(
            message.payload["blocks"],
            file=file,
            alt=in_words(summarise(message.notification).evidence),
            mentions=await self._mentions(message.notification),
        )
        return kept | {"blocks": made, "unfurl_links": False}

    async def _mentions(self, notification: Notification, *, level: int | None = None) -> str:
        if is_person(notification.contact.address):
            return ""
        whom = called(notification.incident, self.name, level=level)
        return await self._people.mentions(whom) if whom else ""

    async def _reply(self, message: Message, parent: Parent) -> None:
        notification = message.notification
        if notification.attempt > 1 and await self._history.has_reply(notification, parent):
            return
        said = message.payload["reply"]
        if notification.reason is NotifyReason.ESCALATED:
            level = notification.incident.level
            said = f"{said} {await self._mentions(notification, level=level)}".rstrip()
        body = {
            "channel": parent["channel"],
            "thread_ts": parent["ts"],
            "text": said,
            "reply_broadcast": message.payload["broadcast"],
            "metadata": message.payload["metadata"],
            "unfurl_links": False,
        }
        await self._api.post("chat.postMessage", body)


def _place(parent: Mapping[str, str]) -> dict[str, str]:
    return {"channel": parent["channel"], "ts": parent["ts"]}
