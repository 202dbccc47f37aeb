"""A group: series that are one model's features, their ranges, and the vector in the making."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from detectors.model import Grown, Model
from detectors.running_range import Range


class Sample(NamedTuple):
    """A sample of a group: its position in the chunk, its series, time and value."""

    position: int
    feature: str
    at: float
    value: float


class Vector(NamedTuple):
    """A vector to judge: its group, the position of the sample that made it due, and its time."""

    group: "Group"
    position: int
    at: float
    values: dict[str, float]


class Group(Struct):
    """One group: its features with their ranges and newest times, and what its model knows.

    A vector is due when each feature has a value, or when one of them speaks again.
    """

    key: str
    model: Model
    applied: int = -1
    ranges: dict[str, Range] = field(default_factory=dict)
    vector: dict[str, float] = field(default_factory=dict)
    at: float = -math.inf
    newest: dict[str, float] = field(default_factory=dict)
    grown: Grown | None = None

    @property
    def knowing(self) -> Grown:
        """The model over the present features."""
        if self.grown is None:
            self.grown = self.model.plant(sorted(self.ranges))
        return self.grown

    def take(self, samples: Sequence[Sample]) -> Iterator[Vector]:
        """Take samples in, in order; each vector must be judged and learnt before the next."""
        for position, feature, at, value in samples:
            if feature in self.vector:
                yield self._due(position)
            self.newest[feature] = at
            self.vector[feature] = value
            self.at = max(self.at, at)
            if feature not in self.ranges:
                self.ranges[feature] = Range(value, value)
                self.grown = None
            if len(self.vector) == len(self.ranges) and len(self.ranges) > 1:
                yield self._due(position)

    def scaled(self, vector: Vector) -> dict[str, float]:
        """The values of a vector as the model takes them."""
        return {feature: self.ranges[feature].scale(x) for feature, x in vector.values.items()}

    def learn(self, vector: Vector, scaled: dict[str, float]) -> None:
        """Take a vector into model and ranges."""
        self.knowing.learn(scaled)
        for feature, x in vector.values.items():
            self.ranges[feature].learn(x)

    def forget(self, before: float) -> list[str]:
        """Leave out the features last heard of before an instant; the model starts anew."""
        gone = [feature for feature, at in self.newest.items() if at < before]
        for feature in gone:
            del self.newest[feature], self.ranges[feature]
            self.vector.pop(feature, None)
        if gone:
            self.grown = None
        return gone

    def _due(self, position: int) -> Vector:
        values, self.vector = self.vector, {}
        return Vector(self, position, self.at, values)
