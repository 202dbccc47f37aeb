"""A profile: how one kind of series is watched, and when a deviation becomes an anomaly."""

import math
from dataclasses import dataclass, field
from typing import Literal

from detectors.detector import Detector, reference_of
from detectors.model import Model
from detectors.spending import BARS, Method, Spending

Direction = Literal["both", "up", "down"]
DAY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """An open anomaly is at least this severe once its p-value and its age have come this far.

    `severity`: 0 info, 1 warning, 2 error, 3 critical. `p_below`: p-value at or under which it
    counts (1.0: any). `after_s`: seconds of event time since its first alarm (0: at once).
    """

    severity: int
    p_below: float = 1.0
    after_s: float = 0.0

    def __post_init__(self) -> None:
        _need(self.severity in (0, 1, 2, 3), "severity must be 0, 1, 2 or 3")
        _need(0 < self.p_below <= 1, "p_below must be above 0 and at most 1")
        _need(self.after_s >= 0, "after_s must not be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The settings of one bank. All times are seconds of event time.

    - `name`: the profile's name in the configuration.
    - `detectors`: built detectors, most trusted first: the first one that has an opinion gives the
      expected value and the band of the picture. At least one, unless there is a `model`.
    - `model`, `by`: a model over several series together, one for each combination of the values of
      the labels `by`; then `detectors` is empty and the series are its features.
    - `false_alarms_per_s`: the budget: expected false alarms per series and second of event time
      (`1/30d` is 1 / (30 * 86400)). A sample alarms when runs so strange come less often than that
      (detectors/peaks.py); its p-value is how often they come, times the cadence.
    - `shared_by`: None, or the labels whose values make a group that has one such budget together;
      no labels: all series of the bank.
    - `false_discoveries`: None, or the share of anomalies that may be for nothing, of all series
      of one owner (whom `shared_by` says) together, in place of that budget: every run of odd
      samples is a test (detectors/hypotheses.py). `discoveries_by`: with the levels of LORD++ or
      of SAFFRON.
    - `direction`: deviations that matter: `up` above the expected value, `down` below, or `both`.
    - `min_change`, `min_change_ratio`: a deviation from the expected value smaller than this (in
      the value's unit; as a fraction of the expected value) never alarms, however improbable, but
      for absolute detectors.
    - `open_samples`, `open_of`: opens when that many of the last that many samples alarm (m of n,
      n at most 32).
    - `open_at_once`: the share of the budget that is for single samples: one so far out that such
      come less often than that opens at once. 0: none does, nor with `min_duration_s` or
      `false_discoveries`.
    - `min_duration_s`: and the first of those alarms is at least this old.
    - `close_after_s`: closes when no sample alarmed for this long, nor one of the last two; must
      exceed the quiet half of a flapping series for its flaps to be one anomaly.
    - `warm_up_s`, `warm_up_samples`: both must have passed since a series' first sample before it
      may alarm. One day for seasonal series.
    - `count_every_s`: None, or a bin width: samples are then events whose values are added up per
      bin, bins without events are zeros, and the bins are what is judged.
    - `absent_after`: None, or the silence, as a multiple of the series' own learnt cadence, after
      which having no data is itself an anomaly; `absent_at_least_s` is its lower bound. A series
      silent for `absent_at_most_s` is taken to be gone for good, and its anomaly closes.
    - `stuck_after_s`: None, or how long a value must at least stand still for that to be an
      anomaly, where it is rarer than the budget allows (detectors/standstill.py), in whichever
      direction and however small its deviation. Bins of counts never are stuck.
    - `relearn_after_s`: an anomaly open this long is accepted as the new normal: the detectors are
      set to the present level and the anomaly closes when that fits. Time without one counts half
      against that with one, an absence not at all. None: never. On the way back:
      detectors/former.py.
    - `memory_s`: how far back (time constant) calibration remembers.
    - `severity`, `severities`: the severity an anomaly opens with, and the grades that raise it.

    Settings that held in the scenario tests (30 s samples, daily season, noise of 3-8 %):

    | kind | detectors | besides (warm_up_s 1 d) |
    |---|---|---|
    | latency, traffic, saturation | seasonal, ewma, robust, level_shift | absent_after 6 |
    | ratio, without a season | ewma, robust | direction up, min_change 0.02 |
    | errors, counted | counts | count_every_s 60, direction up, min_change 5, open 2 of 3 |
    | a service together | model half_space_trees, window of a day | open 4 of 6 |
    """

    name: str
    detectors: tuple[Detector, ...] = ()
    model: Model | None = None
    by: tuple[str, ...] = ()
    false_alarms_per_s: float = 1 / (30 * DAY)
    shared_by: tuple[str, ...] | None = None
    false_discoveries: float | None = None
    discoveries_by: Method = "lord"
    direction: Direction = "both"
    min_change: float = 0.0
    min_change_ratio: float = 0.02
    open_samples: int = 3
    open_of: int = 5
    open_at_once: float = 0.6
    min_duration_s: float = 0.0
    close_after_s: float = 180.0
    warm_up_s: float = 6 * 3600.0
    warm_up_samples: int = 120
    count_every_s: float | None = None
    absent_after: float | None = None
    absent_at_least_s: float = 60.0
    absent_at_most_s: float = DAY
    stuck_after_s: float | None = 900.0
    relearn_after_s: float | None = 6 * 3600.0
    memory_s: float = 7 * DAY
    severity: int = 1
    severities: tuple[Grade, ...] = field(default=())

    def __post_init__(self) -> None:
        _need(bool(self.name), "name must not be empty")
        _need(bool(self.detectors) != (self.model is not None), "give either detectors or a model")
        names = [detector.name for detector in self.detectors]
        _need(len(set(names)) == len(names), "a detector may be named only once")
        for nth, detector in enumerate(self.detectors):
            reference = reference_of(detector)
            _need(
                reference is None or reference in names[:nth],
                f"{names[nth]}: its reference, {reference}, is not among the detectors before it",
            )
        _need(_positive(self.false_alarms_per_s), "false_alarms_per_s must be above 0")
        _need(
            self.false_discoveries is None or 0 < self.false_discoveries <= 0.5,
            "false_discoveries must be above 0 and at most 0.5",
        )
        _need(
            self.false_discoveries is None or self.shared_by is not None,
            "false_discoveries are those of an owner: give shared_by",
        )
        _need(self.discoveries_by in BARS, "discoveries_by must be lord or saffron")
        _need(self.direction in ("both", "up", "down"), "direction must be both, up or down")
        _need(self.min_change >= 0, "min_change must not be negative")
        _need(self.min_change_ratio >= 0, "min_change_ratio must not be negative")
        _need(
            1 <= self.open_samples <= self.open_of <= 32,
            "open_samples of open_of: 1 <= m <= n <= 32",
        )
        _need(0 <= self.open_at_once <= 0.9, "open_at_once must be from 0 to 0.9")
        _need(self.min_duration_s >= 0, "min_duration_s must not be negative")
        _need(self.close_after_s >= 0, "close_after_s must not be negative")
        _need(self.warm_up_s >= 0, "warm_up_s must not be negative")
        _need(self.warm_up_samples >= 0, "warm_up_samples must not be negative")
        _need(_none_or_positive(self.count_every_s), "count_every_s must be above 0")
        _need(self.absent_after is None or self.absent_after > 1, "absent_after must be above 1")
        _need(self.absent_at_least_s >= 0, "absent_at_least_s must not be negative")
        _need(
            self.absent_at_most_s > self.absent_at_least_s,
            "absent_at_most_s must be above absent_at_least_s",
        )
        _need(
            self.absent_after is None or self.count_every_s is None,
            "leave out absent_after with count_every_s: bins without events are zeros",
        )
        _need(_none_or_positive(self.stuck_after_s), "stuck_after_s must be above 0")
        _need(_none_or_positive(self.relearn_after_s), "relearn_after_s must be above 0")
        _need(_positive(self.memory_s), "memory_s must be above 0")
        _need(self.severity in (0, 1, 2, 3), "severity must be 0, 1, 2 or 3")

    @property
    def told_stuck_s(self) -> float | None:
        """How long a value must stand still to be told of; None where it never is."""
        return None if self.count_every_s is not None else self.stuck_after_s

    @property
    def single_share(self) -> float:
        """The share of the budget that is for single samples."""
        is_moot = self.open_samples == 1 or self.min_duration_s > 0
        is_by_tests = self.false_discoveries is not None  # of runs (detectors/hypotheses.py)
        return 0.0 if is_moot or is_by_tests else self.open_at_once

    @property
    def spending(self) -> Spending | None:
        """How the levels of tests are spent, where false discoveries are controlled."""
        if self.false_discoveries is None:
            return None
        return Spending(self.false_discoveries, BARS[self.discoveries_by])


def _need(holds: bool, sentence: str) -> None:
    if not holds:
        raise ValueError(sentence)


def _positive(number: float) -> bool:
    return math.isfinite(number) and number > 0


def _none_or_positive(number: float | None) -> bool:
    return number is None or _positive(number)
