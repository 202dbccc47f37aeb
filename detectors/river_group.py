"""River's models over several series together: models of the bank of groups.

    model: {river.LocalOutlierFactor: {n_neighbors: 20, engine: {LazySearch: {window_size: 200}}}}
    by: [service]

Named as `detectors/river_detector.py` names them; those that take any number of features. Values
are scaled by their running range to [0.2, 0.8]. How a score is read is in
`detectors/river_reading.py`. High: a combination seldom seen before.

River's models read a feature that a vector lacks as 0, which is outside of all that was seen (or,
in half-space trees, follow the larger part): here it takes its mean of the last hundred vectors,
which tells neither for nor against.

Warm-up: 30 vectors and the model's own. Cost: half-space trees 0.2 ms a vector, a one-class
SVM 0.3 ms, LODA 1.3 ms, a local outlier factor 0.7 ms for each hundred vectors of its window;
saving costs 3-20 µs for each object that it holds. They mislead on seasons longer than their
window.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from detectors.river_class import OfRiver, anomaly_models, named
from detectors.river_names import UNSUPERVISED
from detectors.river_reading import core_of, is_supervised, learn, surprise
from detectors.river_saved import dump, load

_MEMORY = 100  # vectors of the usual value of a feature
_PROBES = ({"a": 0.3, "b": 0.6}, {"a": 0.7}, {"a": 0.5, "b": 0.5})


class RiverModel(OfRiver):
    """A model of river's over groups; see :class:`detectors.model.Model`."""

    def probe(self, model: Any) -> None:
        """See :meth:`OfRiver.probe`; refuses a model of one value."""
        if is_supervised(model):
            core = type(core_of(model)).__name__
            raise ValueError(f"{core} judges one value, not several together")
        grown = RiverGroup(model, ["a", "b"])
        for vector in _PROBES:
            grown.learn(vector)

    def plant(self, features: Sequence[str]) -> "RiverGroup":
        """A model over these features, that has seen nothing."""
        return RiverGroup(self.make(), features)


class RiverGroup:
    """What a model of river's has learnt of one group; see :class:`detectors.model.Grown`."""

    def __init__(self, model: Any, features: Sequence[str]) -> None:
        self._model = model
        self._seen = 0
        self._usual = dict.fromkeys(features, 0.5)

    def surprise(self, vector: Mapping[str, float]) -> float:
        """How strange a vector is; NaN within the warm-up, and for what river cannot tell."""
        told = surprise(self._model, {**self._usual, **vector}, self._seen)
        return max(told, 0.0) if math.isfinite(told) else math.nan

    def learn(self, vector: Mapping[str, float]) -> None:
        """Take a vector in."""
        learn(self._model, {**self._usual, **vector})
        self._seen += 1
        for feature, x in vector.items():
            usual = self._usual[feature]
            self._usual[feature] = usual + (x - usual) / min(self._seen, _MEMORY)

    def dump(self) -> bytes:
        """The model, and what is known besides."""
        return msgspec.msgpack.encode((dump(self._model), self._seen, self._usual))

    def load(self, data: bytes) -> None:
        """See :meth:`dump`."""
        try:
            model, self._seen, self._usual = _saved(data)
        except msgspec.MsgspecError as error:
            raise ValueError(f"not a saved group: {error}") from error
        self._model = load(model)


@cache
def river_models() -> Mapping[str, type[RiverModel]]:
    """All of them by name."""
    kinds = [named(RiverModel, kind) for kind in anomaly_models()]
    return {kind.name: kind for kind in kinds if kind.name in UNSUPERVISED}


_saved = msgspec.msgpack.Decoder(tuple[bytes, int, dict[str, float]]).decode
