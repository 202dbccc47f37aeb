"""What a backtest found, as data: what `report.json` holds, and what text and page are made of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from msgspec import Struct

from config.watching import SEVERITIES
from detectors.episodes import Episode
from detectors.looks import of_judged
from detectors.profile import Profile
from detectors.recount import openings, ready
from streams.backtest import budget, truth
from streams.backtest.budget import Budget, Verdict
from streams.backtest.judged import Judged
from streams.backtest.passing import Passed
from streams.backtest.past import Source
from streams.backtest.reading import Read
from streams.backtest.truth import Truth, compare

VERSION = 1
_DAY = 86400.0
_BUDGETS = (("1/7d", 7), ("1/30d", 30), ("1/90d", 90))
_RATIOS = (0.05, 0.1, 0.25, 0.5)
_MOST_BAD = 100  # rows of a file that are named


class Found(Struct, frozen=True, kw_only=True):
    """One anomaly. `opened_at` is its first alarm, `told_at` when it was told; p of the worst."""

    opened_at: datetime
    told_at: datetime
    closed_at: datetime | None
    lasted_s: float | None
    accepted: bool  # it lasted until it was the new normal: it need not have been over
    severity: str
    p_value: float
    kind: str  # above, below or silence
    value: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    detectors: dict[str, float]  # the share of each


class Kept(Struct, frozen=True, kw_only=True):
    """The budget beside what was found in the time that was watched."""

    false_alarms_per_day: float
    watched_days: float
    allowed: float
    found: int
    low: float
    high: float
    verdict: Verdict


class Other(Struct, frozen=True, kw_only=True):
    """How many anomalies there would have been under another setting."""

    setting: str
    anomalies: int


class Labelled(Struct, frozen=True, kw_only=True):
    """The anomalies beside labels."""

    events: int
    found: int
    anomalies: int
    true: int
    precision: float | None
    recall: float | None
    delay_s: float | None


class Line(Struct, frozen=True, kw_only=True):
    """One series."""

    series: str
    file: str
    profile: str
    samples: int
    gaps: int
    out_of_order: int
    begins_at: datetime | None
    ends_at: datetime | None
    span_s: float
    cadence_s: float | None
    pause_s: float  # the longest without a sample, and when it began
    pause_at: datetime | None
    anomalies: list[Found]
    budget: Kept
    others: list[Other]
    warm_up_s: float
    warm_up_samples: int
    labelled: Labelled | None = None

    @property
    def is_young(self) -> bool:
        """Whether all of it lies within the warm-up, so that nothing could be told."""
        return self.samples > 0 and not self.budget.watched_days


class Bad(Struct, frozen=True, kw_only=True):
    """Rows of a file that were left out: how many, and the first of them by line."""

    file: str
    rows: int
    first: list[tuple[int, str]]


class Report(Struct, frozen=True, kw_only=True):
    """All of it."""

    version: int
    files: int
    topic: str  # where it is of no files
    samples: int
    series: list[Line]
    budget: Kept
    others: list[Other]
    labelled: Labelled | None
    unwatched: list[str]
    unreadable: dict[str, str]
    bad: list[Bad]
    notes: dict[str, list[str]]

    @property
    def anomalies(self) -> int:
        """How many anomalies there are."""
        return sum(len(line.anomalies) for line in self.series)


def report_of(read: Read, passed: Passed) -> Report:
    """The report of what was read and judged."""
    lines = [_line(one) for one in passed.judged]
    truths = [found for one in passed.judged if (found := _truth(one)) is not None]
    return Report(
        version=VERSION,
        files=0 if read.topic else len(read.sources),
        topic=read.topic,
        samples=read.samples,
        series=lines,
        budget=_all_kept(passed.judged),
        others=_summed([line.others for line in lines]),
        labelled=_labelled(truth.together(truths)) if truths else None,
        unwatched=list(passed.unwatched),
        unreadable=dict(read.unreadable),
        bad=[_bad(source) for source in read.sources if source.bad],
        notes={source.place: list(source.notes) for source in read.sources if source.notes},
    )


def _line(one: Judged) -> Line:
    at = one.past.samples.at[np.isfinite(one.past.samples.at)]
    looks = of_judged(one.looks)
    found, pause = _truth(one), one.past.pause
    return Line(
        series=one.key,
        file=one.source.place,
        profile=one.profile.name,
        samples=len(one.past.rows),
        gaps=one.past.gaps,
        out_of_order=one.past.out_of_order,
        begins_at=_instant(float(at.min())) if len(at) else None,
        ends_at=_instant(float(at.max())) if len(at) else None,
        span_s=float(np.ptp(at)) if len(at) else 0.0,
        cadence_s=float(looks.cadence[-1]) if len(looks.at) > 1 else None,
        pause_s=0.0 if pause is None else pause[1] - pause[0],
        pause_at=None if pause is None else _instant(pause[0]),
        anomalies=[_found(episode, one.profile) for episode in one.episodes],
        budget=_kept(_budget(one), _watched_s(one), one.profile.false_alarms_per_s),
        others=_others(one),
        warm_up_s=one.profile.warm_up_s,
        warm_up_samples=one.profile.warm_up_samples,
        labelled=None if found is None else _labelled(found),
    )


def _found(episode: Episode, profile: Profile) -> Found:
    first, closed = episode.first, episode.closed_at
    above = not first.value < first.expected
    return Found(
        opened_at=_instant(episode.opened_at),
        told_at=_instant(episode.told_at),
        closed_at=None if closed is None else _instant(closed),
        lasted_s=None if closed is None else closed - episode.opened_at,
        accepted=_is_accepted(episode, profile),
        severity=SEVERITIES[episode.severity],
        p_value=episode.p_value,
        kind="silence" if episode.is_silence else "above" if above else "below",
        value=_known(first.value),
        expected=_known(first.expected),
        lower=_known(first.lower),
        upper=_known(first.upper),
        detectors={part.detector: part.share for part in first.parts if part.share > 0},
    )


def _is_accepted(episode: Episode, profile: Profile) -> bool:
    """Whether it closed since it was the new normal; what a bound or a standstill tells is not."""
    if profile.relearn_after_s is None or episode.closed_at is None or episode.is_silence:
        return False
    never = {"standstill", *(one.name for one in profile.detectors if one.is_absolute)}
    if any(part.share > 0 and part.detector in never for part in episode.first.parts):
        return False
    return episode.closed_at - episode.opened_at >= profile.relearn_after_s


def _watched_s(one: Judged) -> float:
    """How long it was past its warm-up."""
    looks = of_judged(one.looks)
    at = looks.at[ready(looks, one.profile)]
    return float(at[-1] - at[0]) if len(at) else 0.0


def _budget(one: Judged) -> Budget:
    found, spending = _truth(one), one.profile.spending
    if spending is not None and found is None:  # which are for nothing only labels can tell
        return Budget(allowed=0.0, found=0)
    allowed = one.profile.false_alarms_per_s * _watched_s(one)
    if spending is not None and found is not None:
        allowed = spending.rate * found.anomalies
    count = len(one.episodes) if found is None else found.anomalies - found.true
    return Budget(allowed=allowed, found=count)


def _kept(found: Budget, watched_s: float, per_s: float) -> Kept:
    return Kept(
        false_alarms_per_day=per_s * _DAY,
        watched_days=watched_s / _DAY,
        allowed=found.allowed,
        found=found.found,
        low=found.low,
        high=found.high,
        verdict=found.verdict,
    )


def _all_kept(judged: Sequence[Judged]) -> Kept:
    watched_s = sum(map(_watched_s, judged))
    whole = budget.together([_budget(one) for one in judged])
    return _kept(whole, watched_s, whole.allowed / watched_s if watched_s else 0.0)


def _others(one: Judged) -> list[Other]:
    profile = one.profile
    variants = [
        (f"false_alarms: {name}", replace(profile, false_alarms_per_s=1 / (days * _DAY)))
        for name, days in _BUDGETS
    ]
    ratios = _RATIOS if profile.spending is None else ()
    variants += [
        (f"min_change_ratio: {ratio:g}", replace(profile, min_change_ratio=ratio))
        for ratio in ratios
    ]
    silences = sum(episode.is_silence for episode in one.episodes)
    return [
        Other(setting=setting, anomalies=silences + openings(one.looks, variant))
        for setting, variant in variants
    ]


def _summed(others: Sequence[Sequence[Other]]) -> list[Other]:
    counts: dict[str, int] = {}
    for other in (other for of in others for other in of):
        counts[other.setting] = counts.get(other.setting, 0) + other.anomalies
    return [Other(setting=setting, anomalies=count) for setting, count in counts.items()]


def _truth(one: Judged) -> Truth | None:
    if one.past.truth is None:
        return None
    return compare(one.past.samples, one.past.truth, one.episodes)


def _labelled(found: Truth) -> Labelled:
    return Labelled(
        events=found.events,
        found=found.found,
        anomalies=found.anomalies,
        true=found.true,
        precision=found.precision,
        recall=found.recall,
        delay_s=found.delay_s,
    )


def _bad(source: Source) -> Bad:
    first = [(row.line, row.reason) for row in source.bad[:_MOST_BAD]]
    return Bad(file=source.place, rows=len(source.bad), first=first)


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _known(number: float) -> float | None:
    return number if np.isfinite(number) else None
