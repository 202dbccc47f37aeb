"""What a model over several series is: parameters that grow into what knows one group of series."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Grown(Protocol):
    """What a model has learnt of one group, whose features are scaled to [0, 1].

    A vector may lack features.
    """

    def surprise(self, vector: Mapping[str, float]) -> float:
        """How strange a vector is, never negative, in any unit; NaN within the warm-up."""

    def learn(self, vector: Mapping[str, float]) -> None:
        """Take a vector in."""

    def dump(self) -> bytes:
        """All of it as one value of MessagePack; the same bytes for the same knowledge."""

    def load(self, data: bytes) -> None:
        """Know exactly what `dump` gave. Raises ValueError for anything else."""


class Model(Protocol):
    """A model over several series together; `repr` shows every parameter, as a detector's does."""

    @property
    def name(self) -> str:
        """The name in the registry."""

    def plant(self, features: Sequence[str]) -> Grown:
        """Over these features, having seen nothing."""
