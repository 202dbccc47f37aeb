"""PagerDuty: one PagerDuty incident for each of ours, by Events API v2."""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from msgspec.structs import replace

from routing.channels import pagerduty_hook
from routing.channels.answer import Answer, lacking
from routing.channels.attempt import Delivered, Refusal, attempt, check_url
from routing.channels.change import Change
from routing.channels.channel import Message
from routing.channels.cord import Cord
from routing.channels.diagnosis import Finding, look
from routing.channels.pagerduty_clients import CHANGE, CLIENTS, ClientName
from routing.channels.pagerduty_event import change_event, dedup_key, trigger
from routing.channels.samples import notification
from routing.channels.text import clean
from routing.channels.texts import Texts
from routing.incident import NotifyReason
from routing.notification import Notification
from routing.pace import Pace, a_minute
from routing.receipt import Receipt
from routing.secret import Secret

_ACTIONS = {NotifyReason.ACKNOWLEDGED: "acknowledge", NotifyReason.RESOLVED: "resolve"}
_KEY = re.compile(r"[A-Za-z0-9]{32}")


class PagerDuty:
    """PagerDuty by one integration (routing) key for each address.

    Parameters: `name` of the channel; `routing_keys`, from an address of your choosing such as
    `checkout` to the integration key of the PagerDuty service behind it; `base_url` of the Events
    API; `title` and `text`: templates in place of the usual words; `timeout_s` for one attempt;
    `webhook_secret`, with which PagerDuty signs what it tells the console: acknowledgements and
    resolutions there are ours then; `webhook_secrets`, others that count as well, while one takes
    the place of another or there are several webhooks; `change_events`: whether each address is
    told of deploys (`tocsin mark deploy`), which PagerDuty shows beside its incidents; `client`:
    the library that talks to PagerDuty, of which `pagerduty` needs the extra of that name.
    """

    kind = "pagerduty"
    pace = Pace(address=a_minute(120))

    def __init__(
        self,
        *,
        name: str,
        routing_keys: dict[str, Secret],
        base_url: str = "https://events.pagerduty.com",
        title: str = "",
        text: str = "",
        timeout_s: float = 10.0,
        webhook_secret: Secret | None = None,
        webhook_secrets: tuple[Secret, ...] = (),
        change_events: bool = False,
        client: ClientName = "pdpyras",
    ) -> None:
        check_url("base_url", base_url)
        self.name = name
        self._routing_keys = dict(routing_keys)
        self._client = CLIENTS[client](base_url, timeout_s)
        self._timeout_s = timeout_s
        self.texts = Texts(title=title, text=text)
        self._webhook_secrets = (webhook_secret, *webhook_secrets)
        missing = next((one for one in webhook_secrets if one.is_missing), None)
        self.lacks = lacking(webhook_secret=webhook_secret, webhook_secrets=missing)
        self._is_told_of_changes = change_events
        # One more than messages are sent at once: none waits for a change that is told.
        self._threads = ThreadPoolExecutor(5, thread_name_prefix=f"pagerduty-{name}")

    def render(self, notification: Notification) -> Message:
        """The event: a trigger, an acknowledgement or a resolution."""
        action = _ACTIONS.get(notification.reason, "trigger")
        event: dict[str, Any] = {"dedup_key": dedup_key(notification)}
        summary = self.texts.summarise(notification)
        if action == "trigger":
            event |= trigger(notification, summary)
        payload = {"action": action, "event": event}
        return Message(notification=notification, payload=payload, note=summary.note)

    def hear(self, body: bytes, headers: Mapping[str, str], *, now: float) -> Sequence[Answer]:
        """What people did in PagerDuty. Raises `Unheard`."""
        return pagerduty_hook.heard(body, headers, secrets=self._webhook_secrets, now=now)

    async def send(self, message: Message) -> Receipt:
        """Send the event, through the key that opened the incident."""
        return await attempt(
            message,
            self._deliver(message),
            timeout_s=self._timeout_s + 1,
            secrets=self._routing_keys.values(),
        )

    @property
    def told_of_changes(self) -> tuple[str, ...]:
        """Every address, with `change_events`."""
        return tuple(self._routing_keys) if self._is_told_of_changes else ()

    async def tell_change(self, change: Change, address: str) -> Receipt:
        """Send a change event through the key of an address."""
        about = replace(notification(address), id=change.id)
        payload = {"action": CHANGE, "event": change_event(change)}
        return await self.send(Message(notification=about, payload=payload))

    async def diagnose(self, addresses: Collection[str]) -> list[Finding]:
        """Whether PagerDuty takes each key: it is asked to acknowledge what it does not know.

        That opens nothing and tells nobody.
        """
        return [
            await look(
                each,
                self._try(each),
                timeout_s=self._timeout_s + 1,
                secrets=self._routing_keys.values(),
            )
            for each in addresses
        ]

    async def close(self) -> None:
        """Let the threads go; one that waits for an answer ends with its timeout."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _try(self, address: str) -> str:
        given = notification(address, NotifyReason.ACKNOWLEDGED)
        unknown = {"dedup_key": "tocsin:doctor"}
        payload = {"action": "acknowledge", "event": unknown}
        await self._deliver(Message(notification=given, payload=payload))
        key = self._routing_keys[address].reveal()
        if not _KEY.fullmatch(key):
            raise Refusal(f"an integration key has 32 characters, not {len(key)}", is_final=True)
        return "the key is taken"

    async def _deliver(self, message: Message) -> Delivered:
        notification = message.notification
        address = notification.handle.get("address", notification.contact.address)
        key = self._routing_keys.get(address)
        if key is None or not key.reveal():
            lost = f"no routing key for {clean(address, 60)!r}: add it under `routing_keys`"
            raise Refusal(lost, is_final=True)
        cord = Cord()
        call = partial(self._client.enqueue, key, message.payload, cord)
        try:
            dedup_key = await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except asyncio.CancelledError:
            cord.pull()
            raise
        return Delivered(handle={"address": address, "dedup_key": dedup_key})
