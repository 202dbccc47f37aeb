"""Answers: what people say back through a channel, as its provider tells us."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeGuard, runtime_checkable

from msgspec import Struct

from routing.secret import Secret

Word = Literal["acknowledge", "reopen", "resolve", "silence", "not-useful", "reassign"]

BUTTONS: Mapping[Word, str] = {
    "acknowledge": "Acknowledge",
    "resolve": "Resolve",
    "silence": "Silence 1 h",
    "not-useful": "Not useful",
}
"""What messages ask, and how it reads on a button."""

SHORTEST_KEY = 16


class Person(Struct, frozen=True, kw_only=True):
    """A person as a provider knows them: by addresses such as ours may be, and as shown."""

    addresses: tuple[str, ...] = ()
    name: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """One thing that a person said of an incident.

    `id` is the same for the same answer however often it is told; `to` is whom a reassignment
    names; `at` is when it was said, where the provider may tell late; `reply_to` is where the
    person alone is answered. What `is_automatic` was done by a program, and may be our own doing.
    """

    incident_id: str
    word: Word
    by: Person
    id: str
    to: Person | None = None
    at: datetime | None = None
    reply_to: str = ""
    is_automatic: bool = False


class Unheard(Exception):
    """What came is not listened to. `reason` is a word for counters, and says nothing secret."""

    def __init__(self, reason: Literal["not_set_up", "not_genuine", "stale", "unreadable"]) -> None:
        super().__init__(reason)
        self.reason = reason


@runtime_checkable
class Hearing(Protocol):
    """A channel whose provider tells us by HTTP what people answer."""

    kind: str
    name: str

    def hear(self, body: bytes, headers: Mapping[str, str], *, now: float) -> Sequence[Answer]:
        """What was answered; `headers` have small names, `now` is in seconds since the epoch.

        Raises `Unheard` where it is not certain that the provider sent it.
        """


@runtime_checkable
class Recognising(Protocol):
    """A channel whose provider can be asked who somebody is."""

    async def recognise(self, person: Person) -> Person:
        """The person with their mail address, where there is one; soon, and it never raises."""


def hearing(channel: object, kind: str) -> Hearing:
    """The channel as one that hears. Raises `Unheard` where it is none, or of another kind."""
    if not isinstance(channel, Hearing) or channel.kind != kind:
        raise Unheard("not_set_up")
    return channel


def key_of(secret: Secret | None) -> bytes:
    """The bytes to check signatures with. Raises `Unheard` where there are none."""
    if not is_given(secret):
        raise Unheard("not_set_up")
    return secret.reveal().encode("utf-8", "replace")


def is_given(secret: Secret | None) -> TypeGuard[Secret]:
    """Whether there is a secret, and it is there."""
    return secret is not None and not secret.is_missing and bool(secret.reveal())


def check_key(name: str, secret: Secret | None) -> None:
    """Raise ValueError for a key that could be guessed."""
    if secret is not None and not secret.is_missing and len(secret.reveal()) < SHORTEST_KEY:
        raise ValueError(f"{name} must have at least {SHORTEST_KEY} characters")


def lacking(**secrets: Secret | None) -> tuple[str, ...]:
    """The settings whose secret is named, and not there.

    >>> lacking(link_key=Secret("missing", is_missing=True), app_token=None)
    ('link_key',)
    """
    return tuple(name for name, one in secrets.items() if one is not None and one.is_missing)
