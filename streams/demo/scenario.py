"""What a scenario is: a pure change of the shop's values, and what is expected to come of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.alert import Severity
from routing.policy import Contact
from streams.demo.shop import COLUMN, METRICS, SERVICES, Counts, Floats, Shop

MINUTE_S = 60.0
HALF_DAY_S = 43_200.0


class Window(NamedTuple):
    """What a change sees of one series: n instants, as arrays of n.

    `elapsed_s` counts from the scenario's begin; `opposite` is the value twelve hours away.
    """

    elapsed_s: Floats
    usual: Floats
    opposite: Floats


Change = Callable[[Window], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of it: one incident of `service`, these contacts told once, then resolved."""

    service: str
    contacts: tuple[Contact, ...]
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A named fault: which series of which service change, how, and for how long.

    `changes` is keyed by metric name, `*` meaning every series of the service. `errors` multiplies
    the rate of its errors.
    """

    name: str
    service: str
    about: str
    lasts_for_s: float
    changes: dict[str, Change]
    errors: float = 1.0
    expected: Expected

    def change_of(self, metric: str) -> Change | None:
        """The change of one of the service's series, if it has one."""
        return self.changes.get(metric, self.changes.get("*"))


class Running(NamedTuple):
    """A scenario begun at an instant of the shop's time, epoch seconds."""

    scenario: Scenario
    begins_at: float

    @property
    def ends_at(self) -> float:
        """The first instant at which all is well again."""
        return self.begins_at + self.scenario.lasts_for_s


class Batch(NamedTuple):
    """Steps of the shop: NaN where a series publishes nothing."""

    times: Floats
    values: Floats
    errors: Counts


def times_over(factor: float) -> Change:
    """Every value multiplied."""
    return lambda w: w.usual * factor


def growing(per_minute: float) -> Change:
    """Every value grown by so much of itself for each minute that has passed."""
    return lambda w: w.usual * (1.0 + per_minute * w.elapsed_s / MINUTE_S)


def about(level: float, jitter: float = 0.05) -> Change:
    """A level instead of the usual value, with a little of the usual unrest."""

    def change(w: Window) -> Floats:
        unrest = (w.usual - w.opposite) / np.maximum(np.abs(w.usual), 1e-9)
        return np.asarray(np.clip(level * (1.0 + jitter * np.tanh(unrest)), 0.0, None))

    return change


def every_other(period_s: float, change: Change) -> Change:
    """Changed for a period, as usual for a period, and so on."""

    def alternate(w: Window) -> Floats:
        is_bad = (w.elapsed_s // period_s) % 2 == 0
        return np.asarray(np.where(is_bad, change(w), w.usual))

    return alternate


def half_a_day_away(w: Window) -> Floats:
    """The value of the opposite time of day."""
    return w.opposite


def silent(w: Window) -> Floats:
    """No value at all."""
    return np.full_like(w.usual, np.nan)


def apply(shop: Shop, running: Sequence[Running], t0: float, steps: int) -> Batch:
    """The shop's steps from `t0`, with every running scenario in force within its window."""
    times, values = shop.times(t0, steps), shop.values(t0, steps).copy()
    opposite = shop.values(t0 + HALF_DAY_S, steps) if running else values
    factor = np.ones((steps, len(SERVICES)))
    for one in running:
        inside = (times >= one.begins_at) & (times < one.ends_at)
        factor[inside, SERVICES.index(one.scenario.service)] *= one.scenario.errors
        for column in _columns(one.scenario):
            change = one.scenario.change_of(METRICS[column].name)
            if change is not None and inside.any():
                seen = Window(
                    times[inside] - one.begins_at, values[inside, column], opposite[inside, column]
                )
                values[inside, column] = _within(column, change(seen))
    return Batch(times, values, shop.error_counts(t0, steps, factor))


def _columns(scenario: Scenario) -> list[int]:
    return [i for (service, _), i in COLUMN.items() if service == scenario.service]


def _within(column: int, values: Floats) -> Floats:
    return np.clip(values, 0.0, 1.0) if METRICS[column].is_ratio else values
