"""When which scenario runs, in the shop's own time."""

from collections.abc import Iterator
from itertools import chain, cycle

import numpy as np

from streams.demo.scenario import HALF_DAY_S, MINUTE_S, Running
from streams.demo.scenarios import SCENARIOS
from streams.demo.shop import day_curve

FIRST_AFTER_S = 8 * MINUTE_S
PAUSE_S = 20 * MINUTE_S
CLEAR_CONTRAST = 0.5  # of the day's swing: below it half a day away looks like now

# Minutes of shop time after the quiet period. They overlap, because each has its own service. The
# outage begins late enough for a worker that was killed during the spike to be back.
_ONCE_QUIET = 20.0
_ONCE = {
    "slow-drift": 0.0,
    "spike": 2.0,
    "level-shift": 5.0,
    "season-break": 8.0,
    "outage": 23.0,
    "error-burst": 25.0,
    "missing-data": 27.0,
    "flapping": 29.0,
}


def plan(name: str, live_at: float) -> Iterator[Running]:
    """Scenarios in order of their begin: `once`, `loop`, or one scenario by its name.

    Raises ValueError for any other name.
    """
    if name == "once":
        return iter(_once(live_at))
    if name == "loop":
        return _loop(live_at + FIRST_AFTER_S)
    if name in SCENARIOS:
        return iter([Running(SCENARIOS[name], live_at + FIRST_AFTER_S)])
    raise ValueError(f"no plan {name!r}: take once, loop, {', '.join(SCENARIOS)}")


def _once(live_at: float) -> list[Running]:
    begins = sorted(_ONCE.items(), key=lambda item: item[1])
    return [
        Running(SCENARIOS[name], live_at + (_ONCE_QUIET + minutes) * MINUTE_S)
        for name, minutes in begins
    ]


def _loop(begins_at: float) -> Iterator[Running]:
    for scenario in cycle(SCENARIOS.values()):
        running = Running(scenario, begins_at)
        if scenario.name == "season-break" and not is_season_clear(running):
            continue
        yield running
        begins_at = running.ends_at + PAUSE_S


def is_season_clear(running: Running) -> bool:
    """True when the opposite time of day differs enough, all through, to be seen as wrong."""
    return all(_contrast(at) >= CLEAR_CONTRAST for at in (running.begins_at, running.ends_at))


def _contrast(at: float) -> float:
    here, opposite = day_curve(np.array([at, at + HALF_DAY_S]))
    return float(abs(here - opposite))


class Timeline:
    """Walks a plan: which scenarios run at an instant, and which began or ended since the last.

    Instants must not go back.
    """

    def __init__(self, scenarios: Iterator[Running]) -> None:
        self._coming = scenarios
        self._next: Running | None = next(scenarios, None)
        self.running: tuple[Running, ...] = ()

    @property
    def is_over(self) -> bool:
        """True when nothing runs and nothing will."""
        return self._next is None and not self.running

    def move_to(self, at: float) -> tuple[list[Running], list[Running]]:
        """What began and what ended up to and including this instant."""
        begun = list(self._take(at))
        everything = tuple(chain(self.running, begun))
        ended = [one for one in everything if one.ends_at <= at]
        self.running = tuple(one for one in everything if one.ends_at > at)
        return begun, ended

    def _take(self, at: float) -> Iterator[Running]:
        while self._next is not None and self._next.begins_at <= at:
            yield self._next
            self._next = next(self._coming, None)
