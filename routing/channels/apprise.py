"""Apprise: one text to any of the services that the Apprise library knows, about a hundred."""

import importlib
import logging
import re
import threading
from collections.abc import Collection
from functools import partial
from importlib.util import find_spec
from typing import Any

from routing.channels.attempt import Delivered, Refusal, attempt
from routing.channels.channel import Message
from routing.channels.diagnosis import Finding, look
from routing.channels.finding import figures
from routing.channels.loose import Loose
from routing.channels.summary import Summary
from routing.channels.text import clean, paragraphs
from routing.channels.texts import Texts
from routing.notification import Notification
from routing.receipt import Receipt
from routing.secret import Secret

MISSING = "kind apprise is not installed here: pip install 'tocsin[apprise]'"
REFUSED = (
    "not sent; Apprise says no more than that. Check the address and its credentials: "
    "`apprise -vv` with that URL says why"
)
THREAD = "tocsin-apprise"
_MOST = 16  # attempts that hang and were given up
_LONGEST = 1500  # of a text, which most services take whole
_MENTIONS = re.compile(r"@(?=everyone|here|channel|all\b)|<(?=[!@#])", re.IGNORECASE)
_TYPES = {"critical": "failure", "error": "failure", "warning": "warning", "resolved": "success"}
_LOUD = ("apprise", "urllib3.connectionpool")  # they log addresses, secrets among them


class Apprise:
    """Any service that Apprise knows (https://appriseit.com/services/), by its URLs.

    Parameters: `name` of the channel; `urls`, from an address of your choosing such as `phones` to
    an Apprise URL, which as a whole is a secret; `title` and `text`: templates in place of the
    usual words; `timeout_s` for one attempt.

    Needs the extra `apprise`. Apprise says no more than that a message went or did not go: every
    failure counts as temporary, no `Retry-After` is known, and a repeat cannot be recognised. Each
    change of an incident is a message of its own.
    """

    kind = "apprise"

    def __init__(
        self,
        *,
        name: str,
        urls: dict[str, Secret],
        title: str = "",
        text: str = "",
        timeout_s: float = 15.0,
    ) -> None:
        if not _is_installed():
            raise ValueError(MISSING)
        self.name = name
        self._urls = dict(urls)
        self._timeout_s = timeout_s
        self.texts = Texts(title=title, text=text)
        self._loose = Loose(THREAD, most=_MOST)

    def render(self, notification: Notification) -> Message:
        """A title and a plain text."""
        summary = self.texts.summarise(notification)
        word = summary.severity.value if summary.state == "firing" else summary.state
        payload = {
            "title": _harmless(clean(summary.headline, 200)),
            "body": _harmless(_text(summary)),
            "type": _TYPES.get(word, "info"),
        }
        return Message(notification=notification, payload=payload, note=summary.note)

    async def send(self, message: Message) -> Receipt:
        """Hand it to Apprise, in a thread."""
        return await attempt(
            message,
            self._deliver(message),
            timeout_s=self._timeout_s,
            secrets=self._urls.values(),
        )

    async def diagnose(self, addresses: Collection[str]) -> list[Finding]:
        """Whether Apprise can read each URL; nobody is asked whether it is right."""
        return [
            await look(
                each,
                self._read(each),
                timeout_s=self._timeout_s,
                secrets=self._urls.values(),
            )
            for each in addresses
        ]

    async def close(self) -> None:
        """Nothing to give back: a connection lives as long as its message."""

    async def _read(self, address: str) -> Finding:
        url = self._url(address)
        service = await self._loose.run(partial(_service, url, self._timeout_s))
        said = f"is a URL of {service.service_name}; tocsin test-notify tries it"
        return Finding(address, "unsure", said)

    async def _deliver(self, message: Message) -> Delivered:
        url = self._url(message.notification.contact.address)
        if not await self._loose.run(partial(_notify, url, self._timeout_s, message.payload)):
            raise Refusal(REFUSED, is_final=False)
        return Delivered(handle={"id": message.notification.incident.id})

    def _url(self, address: str) -> Secret:
        url = self._urls.get(address)
        if url is None:
            lost = f"no URL for {clean(address, 60)!r}: add it under `urls`"
            raise Refusal(lost, is_final=True)
        return url


def _is_installed() -> bool:
    try:
        return find_spec("apprise") is not None
    except ValueError:  # somebody hid it
        return False


def _notify(url: Secret, timeout_s: float, payload: dict[str, Any]) -> bool:
    """The one place that knows the library. Runs in a thread."""
    service = _service(url, timeout_s)
    told = importlib.import_module("apprise").Apprise(asset=service.asset)
    told.add(service)
    return bool(
        told.notify(
            title=payload["title"],
            body=payload["body"],
            notify_type=payload["type"],
            body_format="text",
        )
    )


def _service(url: Secret, timeout_s: float) -> Any:
    """What stands behind a URL, told to make one attempt, follow nobody, and keep no files."""
    apprise = importlib.import_module("apprise")
    _hush()
    asset = apprise.AppriseAsset(
        async_mode=False,
        http_redirects=False,
        default_service_retry=0,
        service_timeout=0,  # with one it would use threads of its own
        storage_mode="memory",
    )
    service = apprise.Apprise.instantiate(url.reveal(), asset=asset)
    if service is None:
        raise Refusal("not a URL that Apprise can read, or lacks a package", is_final=True)
    service.retry = 0
    service.redirects = False
    service.socket_connect_timeout = min(3.0, timeout_s)
    service.socket_read_timeout = timeout_s
    return service


def _hush() -> None:
    """Once, keep what is logged in our threads out of every log."""
    for name in _LOUD:
        if _is_elsewhere not in (logger := logging.getLogger(name)).filters:
            logger.addFilter(_is_elsewhere)


def _is_elsewhere(_: logging.LogRecord) -> bool:
    return not threading.current_thread().name.startswith(THREAD)


def _text(summary: Summary) -> str:
    said = [" ".join(summary.sentences)]
    said += [f"{name}: {value}" for name, value in figures(summary.evidence)]
    links = [("Open", summary.url), ("Runbook", summary.runbook)]
    said += [f"{name}: {url}" for name, url in links if url]
    last = f"Incident {summary.incident_id}"
    above = paragraphs("\n".join(said), _LONGEST - len(last) - 1)
    return f"{above}\n{last}"


def _harmless(text: str) -> str:
    """Nothing in it calls everybody, in whatever service it is read.

    >>> _harmless("@everyone <!channel>").encode("ascii", "replace")
    b'@?everyone <?!channel>'
    """
    return _MENTIONS.sub("\\g<0>\u200b", text)
