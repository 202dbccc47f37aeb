"""The series that were seen: how many there may be in all, their labels, and their partitions."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detectors.series import Series
from streams.codecs.decoded import Decoded

_EXAMPLES = 3
_MANY = 20  # values of a label that may go on for ever, or may not
_NEW = 0.5  # share of a label's samples that bring a value of their own, where it does


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label: how many values were seen, a few of them, and whether nearly each is a new one."""

    name: str
    values: int
    examples: tuple[str, ...]
    is_endless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSeen:
    """The series of the records that were read.

    `estimated` says how many there are in all, by how many came just once or twice (Chao 1984).
    `stay`: each of the `compared` series that came more than once came from one partition only;
    `spread` partitions had any.
    """

    seen: int
    estimated: int
    labels: tuple[Label, ...]
    compared: int
    stay: bool
    spread: int

    @property
    def may_be_keyed(self) -> bool:
        """Whether producers seem to put each series into one partition, always the same."""
        return self.stay and self.spread > 1 and self.compared >= max(2, self.seen / 2)


def series_seen(decoded: Sequence[Decoded]) -> SeriesSeen:
    """The series of runs, each of a partition of its own."""
    runs = [Counter([*run.keys, *(h.key for h in run.histograms)]) for run in decoded]
    times: Counter[str] = sum(runs, Counter())
    again = [key for key, count in times.items() if count > 1]
    return SeriesSeen(
        seen=len(times),
        estimated=_estimate(times),
        labels=_labels(times),
        compared=len(again),
        stay=all(sum(key in run for run in runs) == 1 for key in again),
        spread=sum(bool(run) for run in runs),
    )


def _estimate(times: Mapping[str, int]) -> int:
    """All kinds, of those that were seen so many times each (A. Chao, 1984)."""
    once = sum(count == 1 for count in times.values())
    twice = sum(count == 2 for count in times.values())
    return len(times) + once * (once - 1) // (2 * (twice + 1))


def _labels(times: Mapping[str, int]) -> tuple[Label, ...]:
    """The labels of the series, the one with most values first."""
    values: dict[str, Counter[str]] = defaultdict(Counter)
    by_metric: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for key, count in times.items():
        series = Series.parse(key)
        for name, value in series.labels.items():
            values[name][value] += count
            by_metric[name, series.name][value] += count
    endless = {name for (name, _), seen in by_metric.items() if _is_endless(seen)}
    labels = [
        Label(
            name=name,
            values=len(seen),
            examples=tuple(value[:40] for value, _ in seen.most_common(_EXAMPLES)),
            is_endless=name in endless,
        )
        for name, seen in values.items()
    ]
    return tuple(sorted(labels, key=lambda label: (-label.values, label.name)))


def _is_endless(values: Counter[str]) -> bool:
    return len(values) >= _MANY and len(values) >= _NEW * values.total()
