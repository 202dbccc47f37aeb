"""A mail server that keeps every mail as a file and delivers none."""

import asyncio
import email
import email.policy
import logging
import re
import warnings
from collections import deque
from email.message import EmailMessage
from typing import Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from msgspec import Struct

from streams.clock import epoch_s
from streams.demo.peers.received import Journal

_KEPT = ("message-id", "in-reply-to", "references", "subject", "from", "to", "list-id")


class MailFault(Struct, frozen=True, kw_only=True):
    """One fault for one mail: `reply` is the server's line at `stage`, or it hangs or hangs up."""

    stage: Literal["MAIL", "RCPT", "DATA"] = "RCPT"
    kind: Literal["answer", "hang", "cut", "lost"] = "answer"
    reply: str = "451 4.7.1 Greylisted, try again later"


class SmtpPeer:
    """A relay that takes mail for anybody; with `user` only after the right password."""

    def __init__(self, journal: Journal, *, user: str = "", password: str = "") -> None:
        self.journal = journal
        self.mails: list[EmailMessage] = []
        self._user, self._password = user, password
        self._faults: deque[MailFault] = deque()
        self._released = asyncio.Event()
        self._folder = journal.folder / "mail"
        self._folder.mkdir(parents=True, exist_ok=True)
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)

    def inject(self, *faults: MailFault) -> None:
        """Let the next mails meet these faults, in this order."""
        self._faults.extend(faults)

    def clear(self) -> None:
        """Forget the faults that no mail has met yet."""
        self._faults.clear()

    def release(self) -> None:
        """Let go of every client that hangs."""
        self._released.set()

    def protocol(self) -> SMTP:
        """The protocol of one connection."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # passwords without TLS stay on this machine
            return SMTP(
                self,
                hostname="localhost",
                ident="Tocsin demo",
                enable_SMTPUTF8=True,
                auth_required=bool(self._user),
                auth_require_tls=False,
                authenticator=self._check,
                loop=asyncio.get_running_loop(),
            )

    def _check(self, *given: object) -> AuthResult:
        data = given[-1]
        is_right = isinstance(data, LoginPassword) and data == LoginPassword(
            self._user.encode(), self._password.encode()
        )
        return AuthResult(success=is_right, handled=False)

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A mail begins."""
        reply = await self._meet("MAIL", server)
        if reply:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient; those at `nowhere.invalid` do not exist."""
        reply = await self._meet("RCPT", server)
        if reply:
            return reply
        if address.endswith("@nowhere.invalid"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """The mail itself."""
        fault = self._faults[0] if self._faults else None
        if fault is not None and fault.stage == "DATA" and fault.kind == "lost":
            self._keep(envelope)
        reply = await self._meet("DATA", server)
        if reply:
            return reply
        self._keep(envelope)
        return "250 OK: kept"

    async def _meet(self, stage: str, server: SMTP) -> str:
        if not self._faults or self._faults[0].stage != stage:
            return ""
        fault = self._faults.popleft()
        if fault.kind == "answer":
            return fault.reply
        if fault.kind == "hang":
            await self._released.wait()
        transport = server.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()
        return "421 4.3.0 Gone"

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = email.message_from_bytes(content, policy=email.policy.default)
        incident = str(mail.get("X-Tocsin-Incident", ""))
        self.mails.append(mail)
        name = f"{len(self.mails):04d}-{re.sub(r'[^A-Za-z0-9.-]+', '-', incident)[:60]}.eml"
        (self._folder / name).write_bytes(content)
        self.journal.keep(
            epoch_s(),
            "email",
            "answer" if mail.get("In-Reply-To") else "mail",
            incident=incident,
            contact=", ".join(envelope.rcpt_tos),
            reason=str(mail.get("X-Tocsin-Reason", "")),
            ref=str(mail.get("Message-ID", "")),
            text=str(mail.get("Subject", "")).strip(),  # a folded one begins with a space
            body={n: str(mail[n]) for n in _KEPT if mail[n]} | {"file": f"mail/{name}"},
        )
