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
LASTS = 60  # steps that an anomaly lasts
_SPREAD = 5  # planted in one step after the other, so that they begin apart
_ERRORS_A_STEP = 0.8

Message = tuple[str, bytes, int]  # topic, value, partition


class Planted(NamedTuple):
    """An anomaly that must be found: a series by its metric and its place, and the steps."""

    metric: str
    place: str
    first: int
    end: int


class Kind(NamedTuple):
    """One sort of series: its metric, the label that says where, and the topic it is fed to."""

    metric: str
    label: str
    topic: str
    partitions: int


GAUGE = Kind("load", "host", "metrics", 4)
COUNT = Kind("errors", "service", "errors", 2)
KINDS = (GAUGE, COUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The data set. `history` steps are learnt before anything happens, then come `live` ones."""

    seed: int
    history: int
    live: int
    hosts: int = 300
    services: int = 24
    planted: int = 20

    @property
    def steps(self) -> int:
        """All steps."""
        return self.history + self.live

    def anomalies(self) -> list[Planted]:
        """Each in a series of its own, spread over the live steps; every fourth is of counts."""
        room = self.live - 2 * LASTS
        found = []
        for number in range(self.planted):
            kind, names = (COUNT, "s") if number % 4 == 3 else (GAUGE, "h")
            which = number // 4 if kind is COUNT else number - number // 4
            first = self.history + number * room // max(self.planted, 1)
            found.append(Planted(kind.metric, f"{names}{which}", first, first + LASTS))
        return found

    def feed(self, step: int, prefix: str) -> Iterator[Message]:
        """The records of a step, in the order in which they are written."""
        chance = np.random.default_rng([self.seed, step])
        odd = {(one.metric, one.place) for one in self.anomalies() if one.first <= step < one.end}
        at = BEGIN + STEP_S * step
        noise = chance.normal(size=self.hosts)
        for number in range(self.hosts):
            place = f"h{number}"
            usual = 100.0 + 10 * (number % 7) + 2.0 * float(noise[number])
            value = usual * (3 if (GAUGE.metric, place) in odd else 1)
            sample = {"name": GAUGE.metric, "labels": {"host": place}, "value": round(value, 6)}
            yield _message(GAUGE, prefix, place, {**sample, "timestamp": at})
        for number in range(self.services):
            place = f"s{number}"
            rate = _ERRORS_A_STEP * (20 if (COUNT.metric, place) in odd else 1)
            for within in np.sort(chance.uniform(0, STEP_S, chance.poisson(rate))):
                when = round(at + float(within), 3)
                yield _message(COUNT, prefix, place, {"service": place, "timestamp": when})


def _message(kind: Kind, prefix: str, place: str, record: dict[str, object]) -> Message:
    value = json.dumps(record, separators=(",", ":")).encode()
    return f"{prefix}-{kind.topic}", value, zlib.crc32(place.encode()) % kind.partitions
