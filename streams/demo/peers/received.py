"""What the peers received, and what that means: who was paged, how often, who heard the end."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

Key = tuple[str, str, str]  # incident, channel, contact

_OPENING = frozenset({"post", "open", "mail", "create"})
_CLOSING = frozenset({"resolved"})
_BESIDE = frozenset({"reply", "picture"})


class Received(Struct, frozen=True, kw_only=True):
    """One accepted request.

    `what` is the same word for the same thing: Slack `post`, `update`, `picture` (an update that
    adds only that), `reply`; PagerDuty `open` (a trigger that opened an incident), `again` (one
    that joined an open one), `acknowledge`, `resolve`, `dropped`, `change`; mail `mail`, `answer`
    (a later one in the thread); Jira `create`, `comment`, `transition`. `reason` is ours (first,
    resolved, ...) where the message carries it. `ref` is the provider's own name of the thing.
    """

    number: int
    at: float
    channel: str
    what: str
    incident: str
    contact: str
    reason: str = ""
    ref: str = ""
    text: str = ""
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def opens(self) -> bool:
        """True where it tells its contact of the incident for the first time."""
        return self.what in _OPENING


class Journal:
    """Everything received, in memory, and in `folder` as one file of JSON lines per channel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.received: list[Received] = []
        folder.mkdir(parents=True, exist_ok=True)

    def keep(
        self,
        at: float,
        channel: str,
        what: str,
        *,
        incident: str,
        contact: str,
        reason: str = "",
        ref: str = "",
        text: str = "",
        body: dict[str, Any] | None = None,
    ) -> Received:
        """Remember a request that was accepted."""
        one = Received(
            number=len(self.received),
            at=at,
            channel=channel,
            what=what,
            incident=incident,
            contact=contact,
            reason=reason,
            ref=ref,
            text=text,
            body=body or {},
        )
        self.received.append(one)
        with (self.folder / f"{channel}.jsonl").open("ab") as file:
            file.write(msgspec.json.encode(one) + b"\n")
        return one

    def as_json(self, *, bodies: bool = False) -> bytes:
        """The list as `GET /__received` answers it."""
        rows = [msgspec.to_builtins(one) for one in self.received]
        if not bodies:
            for row in rows:
                del row["body"]
        return json.dumps(rows).encode()


def decode(data: bytes) -> list[Received]:
    """The list in an answer of `GET /__received`."""
    return msgspec.json.decode(data, type=list[Received])


def read(folder: Path) -> list[Received]:
    """What the peers wrote into their folder, oldest first; a line still being written waits."""
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        lines = file.read_bytes().split(b"\n")[:-1]
        found += [msgspec.json.decode(line, type=Received) for line in lines if line]
    return sorted(found, key=lambda one: (one.at, one.number))


def pages(received: Iterable[Received]) -> Counter[Key]:
    """How often each contact was told of each incident as news: 1 is right, 2 a duplicate.

    >>> one = Received(number=0, at=0.0, channel="slack", what="post", incident="i", contact="#a")
    >>> pages([one])
    Counter({('i', 'slack', '#a'): 1})
    """
    return Counter(_key(one) for one in received if one.opens)


def endings(received: Iterable[Received]) -> Counter[Key]:
    """How often each contact was told that an incident is over.

    A change of the Slack message, the line in its thread and a picture that comes later are one
    telling.
    """
    kept = (one for one in received if one.reason in _CLOSING and one.what not in _BESIDE)
    return Counter(_key(one) for one in kept)


def told(received: Iterable[Received]) -> dict[str, list[tuple[str, str]]]:
    """The (channel, contact) pairs paged for each incident, in the order of paging."""
    by_incident: dict[str, list[tuple[str, str]]] = {}
    for one in received:
        if one.opens:
            by_incident.setdefault(one.incident, []).append((one.channel, one.contact))
    return by_incident


def _key(one: Received) -> Key:
    return one.incident, one.channel, one.contact
