"""How far behind each input is: how long its records wait, and how far event time has come."""

import math
from collections.abc import Iterable, Mapping
from typing import Protocol

from faust.types import TP

from config.settings import Config
from streams.stats import Stats
from streams.watermark import Watermarks


class Judged(Protocol):
    """What is known of the samples of one partition: see `streams/banks.py`."""

    watermarks: Watermarks

    def series_of(self, source: str) -> int:
        """How many series of an input are watched."""


class Lag:
    """Measures into `stats.inputs` each time it looks.

    A record's own time says how long it waits, but producers write there what they like. So it
    waits at most since its partition was last seen with nothing waiting in it.
    """

    def __init__(self, stats: Stats, config: Config) -> None:
        self._stats = stats
        self._inputs = config.inputs
        self._samples = config.topics.samples
        self._drained_at: dict[TP, float] = {}

    def look(
        self, oldest: Mapping[TP, float | None], judged: Iterable[Judged], *, now: float
    ) -> None:
        """`oldest` is when the oldest record at hand of each partition was written.

        In epoch seconds; None where nothing waits, and 0 or less where the record does not say.
        """
        longest, parts = self._longest(oldest, now), list(judged)
        for source in self._inputs:
            mine = self._stats.input(source.name)
            of_samples = 0.0 if source.keyed else longest.get(self._samples, 0.0)
            mine.waiting_s = max(longest.get(source.topic, 0.0), of_samples)
            mine.series = sum(part.series_of(source.name) for part in parts)
            marks = [part.watermarks for part in parts if source.name in part.watermarks.inputs()]
            mine.event_at = min((mark.reached(source.name) for mark in marks), default=0.0)

    def _longest(self, oldest: Mapping[TP, float | None], now: float) -> dict[str, float]:
        """The longest wait in each topic."""
        drained = {tp: now if at is None else self._drained_at.get(tp) for tp, at in oldest.items()}
        self._drained_at = {tp: at for tp, at in drained.items() if at is not None}
        longest: dict[str, float] = {}
        for tp, at in oldest.items():
            if at is not None:
                waits = self._waits(tp, at, now)
                longest[tp.topic] = max(longest.get(tp.topic, 0.0), waits)
        return longest

    def _waits(self, tp: TP, written_at: float, now: float) -> float:
        by_record = now - written_at if written_at > 0 else math.inf
        by_sight = now - self._drained_at.get(tp, -math.inf)
        waits = min(by_record, by_sight)
        return max(0.0, waits) if math.isfinite(waits) else 0.0
