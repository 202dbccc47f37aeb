"""The series of OTLP, whatever it is written in: their keys, kinds, and what a summary becomes."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from streams.codecs.decoded import Kind
from streams.codecs.faults import Fault
from streams.codecs.gathered import Gathered
from streams.codecs.keys import SeriesKeys
from streams.meters.quantiles import quantile_name

NO_RECORDED_VALUE = 1
"""The flag of a point that says that there was none."""

DELTA, CUMULATIVE = 1, 2
"""Aggregation temporalities; 0 is for unspecified."""

Group = tuple[bytes, bytes | str]
"""What the keys of a metric have in common: its resource, and its name or the bytes with it."""

Labels = Callable[[bytes], Mapping[str, str]]

_MOST_RESOURCES = 10_000


class AttributeKeys:
    """Keys of series by the bytes of their attributes, which `of_...` turn into labels.

    `name_of` reads a metric's name in the bytes of a group.
    """

    def __init__(
        self,
        keys: SeriesKeys,
        *,
        of_resource: Labels,
        of_point: Labels,
        name_of: Callable[[bytes], str] = bytes.decode,
    ) -> None:
        self._keys = keys
        self._name_of = name_of
        self._of_resource = of_resource
        self._of_point = of_point
        self._resources: dict[bytes, Mapping[str, str]] = {}

    @property
    def tables(self) -> Mapping[Any, Mapping[Any, str]]:
        """The keys that are known, by group and attributes."""
        return self._keys.tables

    def key(self, group: Group, attributes: bytes) -> str:
        """The key of a series. Raises Fault where it can have none."""
        known = self._keys.find(group, attributes)
        if known is not None:
            return known
        labels = {**self._resource(group[0]), **self._of_point(attributes)}
        name = group[1] if isinstance(group[1], str) else self._name_of(group[1])
        return self._keys.learn(group, attributes, name, labels)

    def _resource(self, resource: bytes) -> Mapping[str, str]:
        labels = self._resources.get(resource)
        if labels is None:
            if len(self._resources) >= _MOST_RESOURCES:
                self._resources.clear()
            labels = self._resources[resource] = self._of_resource(resource)
        return labels


def is_delta(temporality: int) -> bool:
    """Whether a sum or histogram begins at the one before. Raises Fault where that is not said."""
    if temporality not in (DELTA, CUMULATIVE):
        raise Fault("shape", "a sum or histogram has no aggregation temporality")
    return temporality == DELTA


def kind_of_sum(temporality: int, *, is_monotonic: bool) -> Kind:
    """What the points of a sum are. Raises Fault as `is_delta`."""
    if not is_monotonic:
        return Kind.GAUGE
    return Kind.DELTA if is_delta(temporality) else Kind.CUMULATIVE


def add_summary(
    found: Gathered,
    key_of: Callable[[str], str],
    quantiles: Iterable[tuple[float, float]],
    *,
    count: float,
    stamp: int,
    start: int,
) -> None:
    """Add a summary; `key_of` gives the key of its series with a suffix to the name."""
    counted = key_of("_count")
    found.kinds[counted] = Kind.CUMULATIVE
    found.add(counted, stamp, float(count), start)
    for level, value in quantiles:
        if not math.isnan(value):
            found.add(key_of(f"_{_level_name(level)}"), stamp, value, start)


def _level_name(level: float) -> str:
    if not 0 <= level <= 1:
        raise Fault("shape", f"a summary has a quantile {level}")
    return {0.0: "min", 1.0: "max"}.get(level) or quantile_name(level)
