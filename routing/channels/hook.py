"""What hooks share: a signed body is genuine, readable and not too old, or not listened to."""

import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

import msgspec

from routing.channels.answer import Unheard, is_given, key_of
from routing.secret import Secret

T = TypeVar("T")


def signature(body: bytes, key: bytes, prefix: str) -> str:
    """HMAC-SHA256 of the raw body, as providers write it into a header.

    >>> signature(b"{}", b"a secret", "v1=")[:12]
    'v1=c424c6f59'
    """
    return prefix + hmac.new(key, body, sha256).hexdigest()


def check_genuine(
    body: bytes, given: Iterable[str], secrets: Sequence[Secret | None], *, prefix: str
) -> None:
    """Raise `Unheard` unless one of the signatures is made with one of the secrets.

    Those that are not there are left out, as long as one is. Each is compared with each, and every
    comparison takes the same time, whatever the others gave.
    """
    there = [each for each in secrets if is_given(each)]
    keys = [key_of(each) for each in there] or [key_of(None)]
    wanted = [signature(body, key, prefix).encode() for key in keys]
    told = [one.strip().encode("utf-8", "replace") for one in given]
    found = [hmac.compare_digest(ours, theirs) for ours in wanted for theirs in told]
    if not any(found):
        raise Unheard("not_genuine")


def read(body: bytes, decode: Callable[[bytes], T]) -> T:
    """The body decoded. Raises `Unheard` where it is not as the provider's documents say."""
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unheard("unreadable") from None


def check_fresh(at: datetime, *, now: float, oldest_s: float) -> None:
    """Raise `Unheard` for what was said too long ago, or at no certain time."""
    if at.tzinfo is None:
        raise Unheard("unreadable")
    if now - at.timestamp() > oldest_s:
        raise Unheard("stale")
