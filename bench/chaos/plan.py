"""What is fed: series whose every value is known beforehand, and what goes wrong in them.

Values and times follow from the seed and the number of the step alone, so that a run can be
repeated, and so that whoever reads the incidents knows which ones there must be.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

STEP_S = 10.0  # event time between two samples of a series
BEGIN = 1_699_999_980.0  # epoch seconds; the beginning of a minute
_ERRORS_A_STEP = 0.8
_RISE, _RESET_EVERY = 1000.0, 500  # of a counter in a step; steps

Message = tuple[str, bytes, int]  # topic, value, partition


class Kind(NamedTuple):
    """One sort of series: its metric, the label and letter that say where, and its topic."""

    metric: str
    label: str
    letter: str
    topic: str
    partitions: int

    def message(self, prefix: str, place: str, record: dict[str, object]) -> Message:
        """A record of the series of a place; it goes to the partition of that place."""
        value = json.dumps(record, separators=(",", ":")).encode()
        return f"{prefix}-{self.topic}", value, zlib.crc32(place.encode()) % self.partitions


GAUGE = Kind("load", "host", "h", "metrics", 4)
KEYED = Kind("heat", "host", "k", "keyed", 3)
COUNTER = Kind("requests_total", "host", "c", "counters", 2)
COUNT = Kind("errors", "service", "s", "errors", 2)
KINDS = (GAUGE, KEYED, COUNTER, COUNT)


class Planted(NamedTuple):
    """An anomaly that must be found: a series by its metric and its place, and the steps."""

    metric: str
    place: str
    first: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The data set. `history` steps are learnt before anything happens, then come `live` ones."""

    seed: int
    history: int
    live: int
    series: int = 100  # of each kind; a quarter as many are counted
    planted: int = 20
    lasts: int = 60  # steps of an anomaly

    @property
    def steps(self) -> int:
        """All steps."""
        return self.history + self.live

    def anomalies(self) -> list[Planted]:
        """Each in a series of its own, spread over the live steps, kind after kind."""
        room = self.live - self.lasts * 3 // 2
        found = []
        for number in range(self.planted):
            kind = KINDS[number % len(KINDS)]
            first = self.history + number * room // max(self.planted, 1)
            place = f"{kind.letter}{number // len(KINDS)}"
            found.append(Planted(kind.metric, place, first, first + self.lasts))
        return found

    def feed(self, step: int, prefix: str) -> Iterator[Message]:
        """The records of a step, in the order in which they are written."""
        chance = np.random.default_rng([self.seed, step])
        odd = {(one.metric, one.place): one for one in self.anomalies()}
        at = BEGIN + STEP_S * step
        for kind in (GAUGE, KEYED):
            for number, noise in enumerate(chance.normal(size=self.series).tolist()):
                place = f"{kind.letter}{number}"
                is_odd = _is_on(odd.get((kind.metric, place)), step)
                value = (100.0 + 10 * (number % 7) + 2 * noise) * (3 if is_odd else 1)
                record = {"name": kind.metric, "labels": {kind.label: place}, "timestamp": at}
                yield kind.message(prefix, place, {**record, "value": round(value, 6)})
        for number, noise in enumerate(chance.uniform(size=self.series).tolist()):
            place = f"{COUNTER.letter}{number}"
            total = _counted(odd.get((COUNTER.metric, place)), step) + 200 * noise
            record = {COUNTER.label: place, COUNTER.metric: round(total, 3), "timestamp": at}
            yield COUNTER.message(prefix, place, record)
        for number in range(max(self.series // 4, self.planted // len(KINDS) + 1)):
            place = f"{COUNT.letter}{number}"
            is_odd = _is_on(odd.get((COUNT.metric, place)), step)
            often = chance.poisson(_ERRORS_A_STEP * (20 if is_odd else 1))
            for within in np.sort(chance.uniform(0, STEP_S, often)).tolist():
                record = {COUNT.label: place, "timestamp": round(at + within, 3)}
                yield COUNT.message(prefix, place, record)


def _is_on(planted: Planted | None, step: int) -> bool:
    return planted is not None and planted.first <= step < planted.end


def _counted(planted: Planted | None, step: int) -> float:
    """What a counter has come to since it began anew; it rises four times as fast while odd."""
    return _risen(planted, step) - _risen(planted, step - step % _RESET_EVERY)


def _risen(planted: Planted | None, step: int) -> float:
    if planted is None:
        return _RISE * step
    more = min(max(step - planted.first, 0), planted.end - planted.first)
    return _RISE * (step + 3 * more)
