"""Remembered answers: of questions about an alert that only a few of its labels decide."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from routing.alert import Alert
from routing.labels import Labels
from routing.matching import labels_of

MOST = 4096
"""So many answers are remembered; then all are forgotten, so that none needs a note of its age."""
MOST_NAMES = 24
"""Where more labels decide, to ask anew is as quick as to look an answer up."""

A = TypeVar("A")


class Remembered(Generic[A]):
    """An answer for each combination of values of `names`.

    `ask` is given the labels that routing sees. It must depend on nothing else, and give what
    nobody changes.

    >>> from datetime import UTC, datetime
    >>> from routing.alert import Severity
    >>> asked, at = [], datetime(2026, 1, 1, tzinfo=UTC)
    >>> team = Remembered({"team"}, lambda labels: asked.append(labels) or labels["team"])
    >>> for host in "ab":
    ...     labels = {"team": "web", "host": host}
    ...     print(team(Alert(labels=labels, severity=Severity.ERROR, starts_at=at)), len(asked))
    web 1
    web 1
    """

    __slots__ = ("_ask", "_asks_severity", "_known", "_names")

    def __init__(self, names: Iterable[str], ask: Callable[[Labels], A]) -> None:
        self._names = sorted(names)
        self._asks_severity = "severity" in self._names
        self._ask = ask
        self._known: dict[tuple[str | None, ...], A] = {}

    def __len__(self) -> int:
        return len(self._known)

    def __call__(self, alert: Alert) -> A:
        """The answer for this alert."""
        if len(self._names) > MOST_NAMES:
            return self._ask(labels_of(alert))
        key = tuple(map(alert.labels.get, self._names))
        if self._asks_severity:
            key = (*key, alert.severity)
        known = self._known
        if key not in known:
            if len(known) >= MOST:
                known.clear()
            known[key] = self._ask(labels_of(alert))
        return known[key]
