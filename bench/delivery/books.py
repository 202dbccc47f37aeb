"""The books: what the peers received, against what was to be told."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from bench.delivery.settings import KINDS, team
from streams.demo.peers.received import Received

Key = tuple[int, str]  # cause, channel

_CAUSE = re.compile(r"cause-(\d+)\.")
KEYED = frozenset({"pagerduty", "email", "webhook"})  # who recognise a repeat by themselves
_OPENS = frozenset({"post", "open", "mail", "create"})
# What people see of an end, where that is one thing of several.
_ENDS = {"slack": ("reply", "post"), "jira": ("transition",)}


class Books(Struct):
    """How often each contact was told of each cause, and of its end."""

    pages: Counter[Key] = field(default_factory=Counter)
    ends: Counter[Key] = field(default_factory=Counter)
    first_at: dict[Key, float] = field(default_factory=dict)
    _causes: dict[str, int] = field(default_factory=dict)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _read: int = 0

    def read(self, received: list[Received]) -> None:
        """Enter what is new."""
        for one in received[self._read :]:
            self._enter(one)
        self._read = len(received)

    def missing(self, causes: int) -> list[Key]:
        """Who was not told of something, or not of its end."""
        return [key for key in owed(range(causes)) if not (self.pages[key] and self.ends[key])]

    def _enter(self, one: Received) -> None:
        found = _CAUSE.search(one.text)
        if found:
            self._causes[one.incident] = int(found[1])
        cause = self._causes.get(one.incident)
        if cause is None or self._is_copy(one):
            return
        if _is_page(one):
            self.pages[cause, one.channel] += 1
            self.first_at.setdefault((cause, one.channel), one.at)
        if one.reason == "resolved" and one.what in _ENDS.get(one.channel, (one.what,)):
            self.ends[cause, one.channel] += 1

    def _is_copy(self, one: Received) -> bool:
        """A mail with the Message-ID of another: mail programs show it once."""
        if one.channel != "email":
            return False
        is_copy = (one.channel, one.ref) in self._seen
        self._seen.add((one.channel, one.ref))
        return is_copy


def _is_page(one: Received) -> bool:
    """A second message in a chat is one too many, whatever it says."""
    if one.channel == "slack":
        return one.what == "post"
    is_news = one.what in _OPENS or (one.channel == "webhook" and one.reason == "first")
    return is_news and one.reason != "resolved"


def owed(causes: Iterable[int]) -> list[Key]:
    """Who is to be told of what."""
    return [(cause, channel) for cause in causes for channel in team(cause)]


def verdict(books: Books, causes: int) -> dict[str, Any]:
    """The summary; `ok` where nothing was lost, and nothing is there twice that need not be."""
    wanted = owed(range(causes))
    lost = [key for key in wanted if not books.pages[key]]
    endless = [key for key in wanted if books.pages[key] and not books.ends[key]]
    twice = {channel: _twice(books, channel) for channel in KINDS}
    return {
        "ok": not lost and not endless and not any(twice[channel] for channel in KEYED),
        "told": sum(books.pages.values()),
        "lost": len(lost),
        "without_an_end": len(endless),
        "twice": twice,
        "examples": {"lost": lost[:5], "without_an_end": endless[:5]},
    }


def _twice(books: Books, channel: str) -> int:
    counted = (books.pages, books.ends)
    return sum(
        n - 1 for counts in counted for (_, c), n in counts.items() if c == channel and n > 1
    )
