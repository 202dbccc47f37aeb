"""Reading in step: what several sources hold, given on in the order of its event times.

Most producers send no key, so the samples of one series are spread over the partitions of a topic.
While these are read as they come, nothing is out of order; after an outage one of them may be read
hours ahead of another, and a sample older than the newest of its series is not learnt. So what is
read is held until every source that still has more has shown as much, or for a second at most.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from faust.types import TP
from msgspec.structs import replace

from streams.samples import Columns, chosen


@dataclass(slots=True)
class _Held:
    """Samples of one chunk that are not yet given on; `ticket` is for when all of them are."""

    columns: Columns
    ticket: object


Behind = Callable[[Mapping[TP, int]], Iterable[TP]]
"""Given the offset after what was handled of sources: those that have more, known or not."""


class InStep:
    """What is held of each source."""

    def __init__(self, behind: Behind) -> None:
        self._behind = behind
        self._held: dict[TP, deque[_Held]] = {}
        self._reached: dict[TP, float] = {}
        self._handled: dict[TP, int] = {}

    @property
    def samples(self) -> int:
        """How many samples are held."""
        return sum(len(held.columns.at) for queue in self._held.values() for held in queue)

    def add(self, tp: TP, next_offset: int, columns: Columns, ticket: object) -> None:
        """Hold the samples of a chunk, the next of its source."""
        self._handled[tp] = next_offset
        self._reached[tp] = columns.reached
        self._held.setdefault(tp, deque()).append(_Held(columns, ticket))

    def passed(self, tp: TP, next_offset: int) -> None:
        """A chunk had no samples at all."""
        self._handled[tp] = next_offset

    def release(self, *, everything: bool = False) -> tuple[list[Columns], list[object]]:
        """What may go on, each source's in its order; and the tickets that have come to their end.

        That is what every source with more to come has shown, or, if asked for, all there is.
        """
        horizon = np.inf if everything else self._horizon()
        columns: list[Columns] = []
        tickets: list[object] = []
        for queue in self._held.values():
            while queue:
                ready, rest = _cut(queue[0].columns, horizon)
                if ready is not None:
                    columns.append(ready)
                if rest is not None:
                    queue[0].columns = rest
                    break
                tickets.append(queue.popleft().ticket)
        return columns, tickets

    def tickets(self) -> Iterator[object]:
        """Those that have not come to their end."""
        return (held.ticket for queue in self._held.values() for held in queue)

    def clear(self) -> None:
        """Forget what is held: it will be read again."""
        self._held.clear()
        self._reached.clear()
        self._handled.clear()

    def _horizon(self) -> float:
        behind = self._behind(self._handled)
        return min((self._reached.get(tp, -np.inf) for tp in behind), default=np.inf)


def _cut(columns: Columns, horizon: float) -> tuple[Columns | None, Columns | None]:
    """The samples up to the first that is beyond a time, and the others, in their order."""
    if columns.reached <= horizon or not len(columns.at):
        return columns, None
    newest = np.maximum.accumulate(columns.at)
    first = int(np.searchsorted(newest, horizon, side="right"))
    if first == len(columns.at):
        return columns, None
    if first == 0:
        return None, columns
    border = columns.order[first]
    before = np.arange(len(columns.at)) < first
    ready = chosen(columns, before, [h for h in columns.histograms if h.position < border])
    rest = chosen(columns, ~before, [h for h in columns.histograms if h.position >= border])
    return replace(ready, reached=min(columns.reached, float(newest[first - 1]))), rest
