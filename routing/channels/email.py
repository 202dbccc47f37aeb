"""Email: one thread for each incident, in text that stands alone and HTML that does too."""

import asyncio
import contextlib
import re
import socket
from collections.abc import Collection, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from typing import Any, Literal

import aiosmtplib

from routing.channels import chart, mail_html, mail_links
from routing.channels.answer import check_key, lacking
from routing.channels.attempt import Delivered, Refusal, attempt
from routing.channels.channel import Message
from routing.channels.diagnosis import Finding, look
from routing.channels.mail_addresses import bare, is_address, recipients
from routing.channels.mail_thread import UNSAFE, handle_of, headers_of
from routing.channels.plot import plot
from routing.channels.summary import Summary, summarise
from routing.channels.text import clean
from routing.channels.texts import Texts
from routing.notification import Notification
from routing.pace import Pace, a_minute
from routing.receipt import Receipt
from routing.secret import Secret

Security = Literal["auto", "starttls", "tls", "none"]

_CANNOT = (aiosmtplib.SMTPNotSupported, aiosmtplib.SMTPException)  # itself: no such extension
_IMAGE = re.compile(r"<img [^>]*>")


class Email:
    """Email through one SMTP relay.

    Parameters: `name` of the channel; `host` and `port` of the relay; `sender`, the From address,
    whose domain also names the messages; `username` and `password` where the relay wants them;
    `security`: `tls` from the first byte (port 465), `starttls` or nothing is sent, `none`, or
    `auto`, which upgrades where the relay offers it, and insists where a password would otherwise
    cross the network in the clear; `title` and `text`: templates in place of the usual words;
    `timeout_s` for one attempt; `link_key`, any long random text, which the console has to have as
    well: with it mails hold links that acknowledge, resolve or silence; `link_lasts_s`, how long
    those work. An address may list several, separated by commas.
    """

    kind = "email"
    pace = Pace(address=a_minute(60), channel=a_minute(300))

    def __init__(
        self,
        *,
        name: str,
        host: str,
        sender: str,
        port: int = 587,
        username: str = "",
        password: Secret | None = None,
        security: Security = "auto",
        title: str = "",
        text: str = "",
        timeout_s: float = 20.0,
        link_key: Secret | None = None,
        link_lasts_s: float = 3 * 86_400.0,
    ) -> None:
        check_key("link_key", link_key)
        if not is_address(bare(sender)):
            raise ValueError(f"sender: {sender!r} is no mail address: write tocsin@shop.example")
        self.name = name
        self._host = host
        self._port = port
        self._sender = clean(sender, 320)
        self._username = username
        self._password = password
        self._security = security
        self._timeout_s = timeout_s
        self._link_key = link_key
        self.lacks = lacking(link_key=link_key)
        self._link_lasts_s = link_lasts_s
        self.texts = Texts(title=title, text=text)

    def render(self, notification: Notification) -> Message:
        """Everything of the mail but the picture, which is drawn as it is sent."""
        summary = self.texts.summarise(notification)
        evidence = summary.evidence
        has_chart = evidence is not None and chart.can_draw_png() and plot(evidence) is not None
        asked = self._links(notification, summary)
        payload = {
            "headers": headers_of(notification, summary, self._sender),
            "text": _text(summary, asked),
            "html": mail_html.page(summary, has_chart=has_chart, asked=asked),
            "chart": has_chart,
        }
        return Message(notification=notification, payload=payload, note=summary.note)

    def opened(self, token: str, *, now: float) -> mail_links.Link:
        """What a link of one of our mails stands for. Raises `Unheard` for any other."""
        return mail_links.opened(token, key=self._link_key, channel=self.name, now=now)

    def _links(self, notification: Notification, summary: Summary) -> mail_links.Asked:
        return mail_links.asked(
            notification,
            key=self._link_key,
            expires_at=int(summary.at.timestamp() + self._link_lasts_s),
        )

    async def send(self, message: Message) -> Receipt:
        """Hand the mail to the relay."""
        return await attempt(
            message,
            self._deliver(message),
            timeout_s=self._timeout_s,
            secrets=[self._password] if self._password else [],
            network_errors=(aiosmtplib.SMTPException,),
        )

    async def diagnose(self, addresses: Collection[str]) -> list[Finding]:
        """Whether the relay answers, encrypts as is asked, and takes the password."""
        secrets = [self._password] if self._password else []
        errors = (aiosmtplib.SMTPException,)
        greeted = await look(
            "", self._greet(), timeout_s=self._timeout_s, secrets=secrets, network_errors=errors
        )
        return [greeted, *(_written(each) for each in addresses)]

    async def close(self) -> None:
        """Nothing to give back: a connection lives as long as its mail."""

    async def _deliver(self, message: Message) -> Delivered:
        told = recipients(message.notification.contact.address)
        picture, fault = await asyncio.to_thread(_drawn, message)
        mail = await asyncio.to_thread(build, message, picture)
        with _refusals():
            async with self._relay() as relay:
                sender = bare(self._sender)
                refused, _ = await relay.send_message(mail, sender=sender, recipients=told)
        said = "; ".join(part for part in (_partly(refused), fault) if part)
        return Delivered(handle=handle_of(message), detail=said)

    async def _greet(self) -> str:
        with _refusals():
            async with self._relay() as relay:
                await relay.noop()
                is_safe = relay.get_transport_info("sslcontext") is not None
        how = "encrypted" if is_safe else "not encrypted"
        return f"{self._host}:{self._port} answers, {how}{', logged in' if self._username else ''}"

    def _relay(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._username or None,
            password=self._password.reveal() if self._username and self._password else None,
            local_hostname=UNSAFE.sub("-", socket.gethostname()) or "localhost",
            timeout=self._timeout_s,
            use_tls=self._security == "tls",
            start_tls=self._start_tls(),
        )

    def _start_tls(self) -> bool | None:
        if self._security == "auto":
            is_near = self._host in ("localhost", "::1") or self._host.startswith("127.")
            has_login = bool(self._username and self._password)
            return True if has_login and not is_near else None
        return self._security == "starttls"


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """What the relay says no with, as our own kind of error."""
    try:
        yield
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _refusal(max(error.recipients, key=lambda each: each.code < 500)) from None
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(error) from None
    except aiosmtplib.SMTPException as error:
        if type(error) not in _CANNOT:
            raise
        raise Refusal(f"the relay cannot do this: {error.message}", is_final=True) from None


def _written(address: str) -> Finding:
    try:
        recipients(address)
    except Refusal as refusal:
        return Finding(address, "bad", refusal.detail)
    return Finding(address, "good", "is written like a mail address")


def build(message: Message, picture: bytes | None = None) -> EmailMessage:
    """The mail as it goes out. The same notification always gives the same mail."""
    mail = EmailMessage(policy=SMTP)
    for header, value in message.payload["headers"].items():
        mail[header] = value
    mail.set_content(message.payload["text"], cte="quoted-printable")
    picture = _drawn(message)[0] if picture is None else picture
    cid = f"chart.{mail['Message-ID'].strip('<>')}"
    html = message.payload["html"].replace(f"cid:{mail_html.CHART}", f"cid:{cid}")
    html = html if picture else _IMAGE.sub("", html)
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if picture:
        related = mail.get_payload(1)
        assert isinstance(related, EmailMessage)
        related.add_related(picture, "image", "png", cid=f"<{cid}>", disposition="inline")
    mark = f"tocsin-{sha256(mail['Message-ID'].encode()).hexdigest()[:24]}"
    for index, part in enumerate(p for p in mail.walk() if p.is_multipart()):
        part.set_boundary(f"{mark}-{index}")
    return mail


def _drawn(message: Message) -> tuple[bytes, str]:
    """The picture, and why there is none where it cannot be drawn: a page goes without."""
    evidence = summarise(message.notification).evidence if message.payload["chart"] else None
    try:
        return chart.png(evidence) if evidence else b"", ""
    except Exception as error:  # noqa: BLE001  whatever ails the library, the page counts
        return b"", f"its picture could not be drawn ({type(error).__name__})"


def _text(summary: Summary, asked: mail_links.Asked) -> str:
    parts = [summary.headline, "", *summary.sentences]
    parts += ["", *(f"{name}: {url}" for name, url in asked)] if asked else []
    links = [("Open", summary.url), ("Runbook", summary.runbook), *summary.links]
    parts += ["", *(f"{name}: {url}" for name, url in links if url)]
    parts += ["", *(f"{name} = {value}" for name, value in summary.labels)]
    return "\n".join([*parts, "", f"Incident {summary.incident_id}, told by Tocsin.", ""])


def _refusal(error: Any) -> Refusal:
    return Refusal(f"SMTP {error.code}: {error.message}", is_final=500 <= error.code < 600)


def _partly(refused: dict[str, Any]) -> str:
    each = (f"{address} ({answer.code})" for address, answer in refused.items())
    return f"refused for {', '.join(each)}" if refused else ""
