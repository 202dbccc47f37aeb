"""One attempt: whatever a provider or the network does becomes a receipt."""

import asyncio
import ssl
from collections.abc import Awaitable, Iterable, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from routing.channels.channel import Message
from routing.channels.text import clean
from routing.receipt import DeliveryStatus, Receipt
from routing.secret import Secret

_WORTH_RETRYING = frozenset({408, 423, 425, 429})
_LONGEST_WAIT = timedelta(days=1)
NONSENSE = (OSError, ValueError, LookupError, TypeError, AttributeError)
"""What comes of a lost connection, or of an answer that is not as it should be."""


class Refusal(Exception):
    """A provider said no. `is_final` when trying again is vain.

    `detail` is for people, and not shortened: a secret cut in two would no longer be recognised.
    `is_limited` when it was too much in a time, and nothing else is wrong.
    """

    def __init__(
        self,
        detail: str,
        *,
        is_final: bool,
        retry_after: timedelta | None = None,
        is_limited: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_final = is_final
        self.retry_after = retry_after
        self.is_limited = is_limited


class Delivered(Struct, frozen=True, kw_only=True):
    """A provider said yes; `handle` is how it calls what it made."""

    handle: dict[str, str] = field(default_factory=dict)
    detail: str = ""


def refused_with(status: int, detail: str, headers: Mapping[str, str]) -> Refusal:
    """The refusal that an HTTP status stands for; anything unknown is worth another attempt.

    >>> refused_with(404, "no such project", {}).is_final
    True
    >>> refused_with(429, "slow down", {"Retry-After": "7"}).retry_after
    datetime.timedelta(seconds=7)
    """
    is_final = 400 <= status < 500 and status not in _WORTH_RETRYING
    wait = None if is_final else retry_after(headers)
    said = f"HTTP {status}: {detail}".rstrip(": ")
    return Refusal(said, is_final=is_final, retry_after=wait, is_limited=status == 429)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The wait a provider asks for, in seconds or as a date against its own `Date` header.

    >>> retry_after({"Retry-After": "Mon, 23 Nov 2026 10:00:30 GMT",
    ...              "Date": "Mon, 23 Nov 2026 10:00:00 GMT"})
    datetime.timedelta(seconds=30)
    """
    plain = {name.lower(): value.strip() for name, value in headers.items()}
    asked = plain.get("retry-after", "")
    try:
        if asked.isdecimal():
            wait = timedelta(seconds=int(asked))
        else:
            wait = parsedate_to_datetime(asked) - parsedate_to_datetime(plain.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return max(timedelta(0), min(wait, _LONGEST_WAIT))


async def attempt(
    message: Message,
    work: Awaitable[Delivered],
    *,
    timeout_s: float,
    secrets: Iterable[Secret],
    network_errors: tuple[type[Exception], ...] = (),
) -> Receipt:
    """Wait for the work, and say what came of it.

    `network_errors` are the SDK's own; OSError and TimeoutError are always among them. An answer
    that cannot be understood counts as temporary.
    """
    try:
        async with asyncio.timeout(timeout_s):
            done = await work
    except Refusal as refusal:
        return _failed(message, refusal, secrets)
    except TimeoutError:
        late = "no answer in time: check the address and the network"
        return _failed(message, Refusal(late, is_final=False), secrets)
    except NONSENSE + network_errors as error:
        return _failed(message, _unclear(error, network_errors), secrets)
    said = "; ".join(part for part in (done.detail, message.note) if part)
    notification = message.notification
    return notification.receipt(DeliveryStatus.SENT, scrub(said, secrets), handle=done.handle)


_LOST = {
    "gaierror": "no host of this name is known",
    "NameResolutionError": "no host of this name is known",
    "ConnectionRefusedError": "nothing listens there",
}


def _unclear(error: Exception, network_errors: tuple[type[Exception], ...]) -> Refusal:
    if isinstance(error, (OSError, *network_errors)):
        if isinstance(root := _root(error), ssl.SSLCertVerificationError):
            return Refusal(f"its certificate is not trusted: {root.verify_message}", is_final=False)
        why = _LOST.get(type(root).__name__, type(root).__name__)
        lost = f"the connection failed ({why}): check the address and the network"
        return Refusal(lost, is_final=False)
    odd = f"the answer made no sense ({type(error).__name__}): is this the right address?"
    return Refusal(odd, is_final=False)


def _failed(message: Message, refusal: Refusal, secrets: Iterable[Secret]) -> Receipt:
    final = DeliveryStatus.FAILED_PERMANENT if refusal.is_final else DeliveryStatus.FAILED_TEMPORARY
    receipt = message.notification.receipt(final, scrub(refusal.detail, secrets))
    return replace(receipt, retry_after=refusal.retry_after, is_limited=refusal.is_limited)


def scrub(text: str, secrets: Iterable[Secret]) -> str:
    """One clean line without any of the secrets.

    >>> scrub("bad token xoxb-1234", [Secret("xoxb-1234")])
    'bad token ***'
    """
    for secret in secrets:
        if len(secret.reveal()) > 3:
            text = text.replace(secret.reveal(), "***")
    return clean(text, 300)


def _root(error: BaseException) -> BaseException:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return cause


def check_url(parameter: str, url: str) -> None:
    """Raises ValueError where a parameter is no address of the web.

    >>> check_url("base_url", "slack.com/api")
    Traceback (most recent call last):
    ValueError: base_url: must be an http or https address, such as https://tools.example
    """
    if not is_web(url):
        example = "https://tools.example"
        raise ValueError(f"{parameter}: must be an http or https address, such as {example}")


def is_web(url: str) -> bool:
    """True for an http or https address.

    >>> is_web("https://slack.com/api/"), is_web("slack.com"), is_web("https://[::")
    (True, False, False)
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that hold no IPv6 address
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def is_loopback(url: str) -> bool:
    """True for an address on this machine, to which no proxy must be asked.

    >>> is_loopback("http://127.0.0.1:4011/api/"), is_loopback("https://slack.com/api/")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
