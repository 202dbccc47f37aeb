"""Links in mails that act: who may do what to which incident until when, signed.

A link opens a page of the console that asks once more, because programs that read mail follow
links. Its signature (HMAC-SHA256) stands in place of a session: whoever has the mail may act in the
name of the address it went to.
"""

import base64
import binascii
import hmac
from hashlib import sha256

import msgspec
from msgspec import Struct

from routing.channels.answer import BUTTONS, Unheard, Word, key_of
from routing.channels.text import clean
from routing.incident import IncidentState
from routing.notification import Notification
from routing.secret import Secret

Asked = tuple[tuple[str, str], ...]
"""The buttons of a mail: what each says, and its address."""

LONGEST, LONGEST_RECIPIENT = 2000, 320
_OFFERED: dict[IncidentState, tuple[Word, ...]] = {
    IncidentState.OPEN: ("acknowledge", "resolve", "silence"),
    IncidentState.ACKNOWLEDGED: ("resolve", "silence"),
    IncidentState.RESOLVED: (),
}
_FORM = b"tocsin link 1"


class Link(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a link stands for; it works before `expires_at`, in seconds since the epoch."""

    incident_id: str
    word: Word
    recipient: str
    expires_at: int


_decoder = msgspec.json.Decoder(Link)


def asked(notification: Notification, *, key: Secret | None, expires_at: int) -> Asked:
    """The links of a mail, none without a key or an address of the console."""
    site, found, _ = notification.url.rpartition("/incident/")
    if key is None or key.is_missing or not found:
        return ()
    contact = notification.contact
    who = clean(contact.address, LONGEST_RECIPIENT)

    def address(word: Word) -> str:
        link = Link(notification.incident.id, word, who, expires_at)
        return f"{site}/act/{contact.channel}/{seal(link, key=key, channel=contact.channel)}"

    return tuple((BUTTONS[word], address(word)) for word in _OFFERED[notification.incident.state])


def seal(link: Link, *, key: Secret, channel: str) -> str:
    """The link as the last part of an address.

    >>> key = Secret("a long random text")
    >>> token = seal(Link("7f3a", "resolve", "a@b.c", 200), key=key, channel="mail")
    >>> opened(token, key=key, channel="mail", now=100.0).word
    'resolve'
    """
    said = msgspec.json.encode(link)
    return f"{_text(said)}.{_text(_signature(said, key_of(key), channel))}"


def opened(token: str, *, key: Secret | None, channel: str, now: float) -> Link:
    """The link again. Raises `Unheard`: `not_genuine`, or `stale` where it is over."""
    whole = key_of(key)
    said, _, signature = token.partition(".")
    body, given = _bytes(said), _bytes(signature)
    if len(token) > LONGEST or not hmac.compare_digest(_signature(body, whole, channel), given):
        raise Unheard("not_genuine")
    try:
        link = _decoder.decode(body)
    except msgspec.DecodeError:
        raise Unheard("not_genuine") from None
    if now >= link.expires_at:
        raise Unheard("stale")
    return link


def _signature(body: bytes, key: bytes, channel: str) -> bytes:
    return hmac.new(key, b"\n".join((_FORM, channel.encode(), body)), sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
