"""A metric that is being read: adds its samples and histograms to a run."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from streams.codecs.decoded import Histogram, Kind
from streams.codecs.faults import Fault
from streams.codecs.json_records import Run, kind_of
from streams.codecs.keys import SeriesKeys

_MOST_BOUNDS = 160  # of a histogram that is made of single observations


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Name, labels and instant of a metric; its counts are from `start` on, 0.0 for not known."""

    run: Run
    keys: SeriesKeys
    name: str
    labels: Mapping[str, str]
    at: float
    start: float
    kind: Kind  # of its counts

    def sample(self, value: object, *, suffix: str = "", kind: Kind = Kind.GAUGE) -> None:
        """Add a sample of the series whose name ends with the suffix."""
        gathered, key = self.run.gathered, self._key(suffix)
        number = finite(value)
        if kind is not Kind.GAUGE:
            gathered.kinds[key] = kind
            gathered.starts += [0.0] * (len(gathered.keys) - len(gathered.starts))
            gathered.starts.append(self.start)
        gathered.keys.append(key)
        gathered.stamps.append(self.at)
        gathered.values.append(number)

    def histogram(self, bounds: Sequence[float], counts: Sequence[float]) -> None:
        """Add a histogram: as many counts as bounds and one more, each of its own bucket."""
        if any(low >= high for low, high in pairwise(bounds)):
            raise Fault("shape", "the bounds of the buckets do not ascend")
        if any(count < 0 for count in counts):
            raise Fault("shape", "a bucket has a count below 0")
        self.run.gathered.histograms.append(
            Histogram(
                position=self.run.gathered.record,
                key=self._key(),
                at=self.at,
                start=self.start,
                is_delta=self.kind is Kind.DELTA,
                count=math.fsum(counts),
                bounds=list(bounds),
                counts=list(counts),
            )
        )

    def observations(self, observed: Mapping[float, float]) -> None:
        """Add a histogram of single values, each with how often it was observed."""
        values = sorted(observed)
        step = -(-len(values) // _MOST_BOUNDS) or 1
        bounds = values[step - 1 :: step]
        if values and bounds[-1] != values[-1]:
            bounds.append(values[-1])
        counts = [
            math.fsum(observed[v] for v in values[i : i + step])
            for i in range(0, len(values), step)
        ]
        self.histogram(bounds, [*counts, 0.0])

    def _key(self, suffix: str = "") -> str:
        group, name = tuple(self.labels.items()), self.name + suffix
        known = self.keys.tables.get(group, {}).get(name)
        return known or self.keys.learn(group, name, name, self.labels)


def finite(value: object) -> float:
    """A JSON number as a double. Raises Fault for what is none, or beyond all doubles."""
    if type(value) is not float and type(value) is not int:
        raise Fault("shape", f"{kind_of(value)} stands where a number should")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Fault("not_finite", f"a value is {number}")
    return number
