"""A crowd: the alerts that fire in a large incident, without a look at all of them each time."""

import heapq
from collections.abc import Mapping
from datetime import datetime

from routing.alert import Alert
from routing.wording import title_of

FEW = 32
"""So many alerts are looked at one by one: that is as quick."""

Entry = tuple[int, datetime, str]


class Crowd:
    """How many alerts fire, and which of them is the worst: the first of those most severe.

    Derived from the alerts of an incident, so that it needs no snapshot. A change costs
    O(log n), whatever number n of alerts there are.

    >>> from datetime import UTC, datetime
    >>> from routing.alert import Severity
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> one, two = (Alert(labels={"host": host}, severity=Severity.ERROR, starts_at=at)
    ...             for host in "ab")
    >>> crowd = Crowd({"one": one})
    >>> crowd.note("two", two)
    >>> len(crowd), crowd.title()
    (2, 'Error: host="a" (and 1 more)')
    """

    __slots__ = ("_alerts", "_queue")

    def __init__(self, alerts: Mapping[str, Alert]) -> None:
        self._alerts = {fp: alert for fp, alert in alerts.items() if alert.is_firing}
        self._queue: list[Entry] = []
        self._sort()

    def __len__(self) -> int:
        return len(self._alerts)

    def note(self, fingerprint: str, alert: Alert) -> None:
        """Note the newest form of an alert."""
        if not alert.is_firing:
            self._alerts.pop(fingerprint, None)
            return
        entry, old = _entry(fingerprint, alert), self._alerts.get(fingerprint)
        self._alerts[fingerprint] = alert
        if old is not None and _entry(fingerprint, old) == entry:
            return
        heapq.heappush(self._queue, entry)
        if len(self._queue) > 2 * len(self._alerts) + FEW:
            self._sort()

    def worst(self) -> Alert | None:
        """The worst of those that fire; the one with the first fingerprint of several."""
        while self._queue:
            entry = self._queue[0]
            alert = self._alerts.get(entry[2])
            if alert is not None and _entry(entry[2], alert) == entry:
                return alert
            heapq.heappop(self._queue)
        return None

    def title(self) -> str:
        """What they say together; nothing where none fires."""
        worst = self.worst()
        return "" if worst is None else title_of(worst, len(self._alerts) - 1)

    def _sort(self) -> None:
        """Queue the alerts as they are, without what they were."""
        self._queue = [_entry(fp, alert) for fp, alert in self._alerts.items()]
        heapq.heapify(self._queue)


def _entry(fingerprint: str, alert: Alert) -> Entry:
    return -alert.severity.rank, alert.starts_at, fingerprint
