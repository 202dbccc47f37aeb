"""The series of OTLP, whatever it is written in: their keys, and what they are."""

from collections.abc import Callable, Mapping
from typing import Any

from streams.codecs.decoded import Kind
from streams.codecs.faults import Fault
from streams.codecs.keys import SeriesKeys

NO_RECORDED_VALUE = 1
"""The flag of a point that says that there was none."""

IS_DELTA: Mapping[int | str, bool] = {
    1: True,
    2: False,
    "AGGREGATION_TEMPORALITY_DELTA": True,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": False,
}
"""Aggregation temporality, by its number or its name in JSON -> whether it is delta."""

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


def is_delta(temporality: int | str) -> bool:
    """Whether a sum or histogram begins at the one before. Raises Fault where that is not said."""
    found = IS_DELTA.get(temporality)
    if found is None:
        raise Fault("shape", "a sum or histogram does not say its aggregation temporality")
    return found


def kind_of_sum(temporality: int | str, *, is_monotonic: bool) -> Kind:
    """What the points of a sum are. Raises Fault as `is_delta`."""
    if not is_monotonic:
        return Kind.GAUGE
    return Kind.DELTA if is_delta(temporality) else Kind.CUMULATIVE
