"""The answers that were taken: each is taken once, and none after a newer one of its provider."""

from datetime import datetime
from typing import Any

from routing.channels.answer import Answer

MOST = 10_000


class Taken:
    """The newest answers; the log itself knows those of a day.

    >>> from routing.channels.answer import Person
    >>> taken = Taken(most=2)
    >>> made = [Answer(incident_id=i, word="resolve", by=Person(), id=i) for i in "abc"]
    >>> [taken.add("chat", one) for one in made] and [one.id in taken for one in made]
    [False, True, True]
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._ids: dict[str, None] = {}
        self._newest: dict[tuple[str, str], datetime] = {}
        self._most = most

    def add(self, channel: str, answer: Answer) -> None:
        """Remember one, and forget the oldest where there are too many."""
        self._ids[answer.id] = None
        if answer.at is not None and not self.is_overtaken(channel, answer):
            self._newest[channel, answer.incident_id] = answer.at
        _shorten(self._ids, self._most)
        _shorten(self._newest, self._most)

    def is_overtaken(self, channel: str, answer: Answer) -> bool:
        """Whether the provider has told us of something newer about the incident."""
        newest = self._newest.get((channel, answer.incident_id))
        return answer.at is not None and newest is not None and answer.at < newest

    def __contains__(self, id: object) -> bool:
        return id in self._ids


def _shorten(known: dict[Any, Any], most: int) -> None:
    """Forget the oldest, where there are more than so many."""
    if len(known) > most:
        del known[next(iter(known))]
