"""A small shop's metrics: three days of history, then one thing goes wrong in each series."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.ewma import Ewma
from detectors.level_shift import LevelShift
from detectors.profile import Profile
from detectors.robust import Robust
from detectors.seasonal import Seasonal

STEP_S = 30.0
HISTORY_S = 3 * 86400.0
BEFORE_S = 3600.0  # quiet watch between history and the trouble
EPOCH = 1_700_000_000.0

Values = np.ndarray


@dataclass(frozen=True, kw_only=True)
class World:
    """What the series are like: daily amplitude, relative noise, and the phase of the day."""

    seed: int
    amplitude: float = 0.4
    noise: float = 0.05
    phase: float = 1.0
    level: float = 100.0
    correlation: float = 0.0  # of the noise from one step to the next
    heavy: bool = False  # Student noise with 4 degrees of freedom

    def base(self, at: Values) -> Values:
        """The value without noise."""
        season = np.sin(2 * np.pi * (at - EPOCH) / 86400 + self.phase)
        return self.level * (1 + self.amplitude * season)

    def errors(self, shape: tuple[int, int]) -> Values:
        """Noise as a fraction of the value."""
        rng = np.random.default_rng(self.seed)
        e = rng.standard_t(4, shape) / np.sqrt(2) if self.heavy else rng.normal(size=shape)
        for i in range(1, len(e) if self.correlation else 0):
            e[i] = self.correlation * e[i - 1] + np.sqrt(1 - self.correlation**2) * e[i]
        return np.maximum(self.noise * e, -0.99)


Change = Callable[[World, Values, Values, Values], Values]
"""(world, seconds since the trouble began, instants, values) to the troubled values."""


def _spike(world: World, since: Values, at: Values, x: Values) -> Values:
    return x * 6


def _level_shift(world: World, since: Values, at: Values, x: Values) -> Values:
    return x * 1.6


def _slow_drift(world: World, since: Values, at: Values, x: Values) -> Values:
    return x * (1 + 0.015 * since / 60)


def _season_break(world: World, since: Values, at: Values, x: Values) -> Values:
    return x * world.base(at + 43200) / world.base(at)


def _outage(world: World, since: Values, at: Values, x: Values) -> Values:
    return np.zeros_like(x)


def _flapping(world: World, since: Values, at: Values, x: Values) -> Values:
    return np.where(since // 60 % 2 == 0, 4 * x, x)


def _missing(world: World, since: Values, at: Values, x: Values) -> Values:
    return np.full_like(x, np.nan)


def _quiet(world: World, since: Values, at: Values, x: Values) -> Values:
    return x


TROUBLES: dict[str, tuple[float, Change]] = {
    "spike": (12, _spike),
    "level-shift": (25, _level_shift),
    "slow-drift": (40, _slow_drift),
    "season-break": (30, _season_break),
    "outage": (15, _outage),
    "flapping": (15, _flapping),
    "missing-data": (10, _missing),
    "quiet": (0, _quiet),
}
"""Name to minutes and change."""


@dataclass
class Story:
    """What was told of one series: minutes since its trouble began (and since it ended)."""

    minutes: float
    opened: list[float] = field(default_factory=list)
    detected: list[float] = field(default_factory=list)
    closed_after_end: list[float] = field(default_factory=list)

    @property
    def for_nothing(self) -> int:
        """How many anomalies had closed again before the trouble began."""
        return sum(after < -self.minutes for after in self.closed_after_end)


def seasonal_profile(**settings: object) -> Profile:
    """The recommended settings for latency, traffic and saturation."""
    defaults = {
        "detectors": (Seasonal(), Ewma(), Robust(), LevelShift()),
        "warm_up_s": 86400.0,
        "absent_after": 6.0,
    }
    return Profile(name="shop", **{**defaults, **settings})  # type: ignore[arg-type]


def live(
    worlds: Sequence[World], troubles: Sequence[str], profile: Profile, watch_s: float
) -> list[list[Story]]:
    """Stories by world: one series per trouble lives through history, trouble and `watch_s`."""
    steps = int((HISTORY_S + BEFORE_S + watch_s) / STEP_S)
    at = EPOCH + STEP_S * np.arange(steps)
    began = EPOCH + HISTORY_S + BEFORE_S
    x = np.concatenate([_values(world, troubles, at, began) for world in worlds], axis=1)
    stories = [Story(TROUBLES[trouble][0]) for _ in worlds for trouble in troubles]
    bank = Bank(profile)
    rows = bank.rows([f"series{i}" for i in range(len(stories))])
    for step, now in enumerate(at):
        told = bank.observe(rows, np.full(len(rows), now), x[step], np.full(len(rows), step))
        for anomaly in [*told, *bank.elapse(float(now))]:
            row = int(bank.rows([anomaly.series])[0])
            _tell(stories[row], anomaly, (now - began) / 60, (anomaly.opened_at - began) / 60)
    width = len(troubles)
    return [stories[i : i + width] for i in range(0, len(stories), width)]


def _values(world: World, troubles: Sequence[str], at: Values, began: float) -> Values:
    x = world.base(at)[:, None] * (1 + world.errors((len(at), len(troubles))))
    for i, trouble in enumerate(troubles):
        minutes, change = TROUBLES[trouble]
        bad = (at >= began) & (at < began + 60 * minutes)
        x[bad, i] = change(world, at[bad] - began, at[bad], x[bad, i])
    return x


def _tell(story: Story, anomaly: Anomaly, now: float, opened: float) -> None:
    if anomaly.is_open:
        story.detected.append(now)
        story.opened.append(opened)
    else:
        story.closed_after_end.append(now - story.minutes)
