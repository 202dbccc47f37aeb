"""River's models over one series: detectors of the bank, with an object of river's a series.

Named `river.` and the class, with river's parameters: `river.OneClassSVM: {nu: 0.05}`. Any model of
`river.anomaly` is one, and PageHinkley, a detector of drift. How each is read is
in `detectors/river_reading.py` and `detectors/river_drift.py`.

Models of features, those that forecast and those of drift see values scaled by the running range to
[0.2, 0.8]. Where a model expects a value, the band is four mean absolute deviations to each side.
A sample of weight w is learnt w of the time. To accept a level, values are shifted to the old one:
a model keeps what it knows of their spread.

Warm-up: 30 samples and the model's own. `river_detectors()` gives them by name; the registry has
none of them as yet, so that a configuration cannot ask for one. They mislead on seasons, of which
none of them but a seasonal SNARIMAX knows, and on samples that are not evenly spaced.
"""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from river import anomaly, compose, drift, feature_extraction
from river.__version__ import __version__ as river_version

from detectors.detector import Floats, Judgement
from detectors.river_learner import Learner, restored
from detectors.river_named import docstring_of, made, meant, signature_of
from detectors.river_saved import dump, load, settle
from detectors.state import State

VERSION = ".".join(river_version.split(".")[:2])
"""Of river; state of another is not read."""

_BAND = 4.0  # mean absolute deviations
_DRIFT = (drift.PageHinkley,)
_DELAY = 40  # samples of a new level until a detector of drift has told it
_PROBES = (0.3, 0.7, 0.5)


class OfRiver:
    """A class of river's with its parameters: what detectors and models have in common.

    Raises ValueError where they do not fit, or where what they make cannot be saved.
    """

    name: ClassVar[str]
    kind: ClassVar[type[Any]]

    def __init__(self, **given: Any) -> None:
        known = signature_of(self.kind).parameters
        for name in given:
            if name not in known:
                raise ValueError(f'{self.name} has no parameter "{name}"{meant(name, known)}')
        self.given = {n: given.get(n, p.default) for n, p in known.items()}
        self.chosen = given
        self._probe()

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.given.items())
        return f"{self.name}(river={VERSION}, {given})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and repr(other) == repr(self)

    def __hash__(self) -> int:
        return hash(repr(self))

    def make(self) -> Any:
        """A model that has seen nothing."""
        model = made(self.kind, self.chosen)
        if self.kind is anomaly.OneClassSVM:  # a plane through scaled values tells little
            sampler = feature_extraction.RBFSampler(gamma=8.0, seed=1)
            model = compose.Pipeline(sampler, model)
        settle(model)
        return model

    def _probe(self) -> None:
        """Refuse now what would fail later."""
        learner = Learner(self.make(), 0.5)
        try:
            for x in _PROBES:
                learner.learn(x, 1.0, np.nan)
            load(dump(learner.model))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise ValueError(
                f"{self.name} cannot be used with these parameters: {error}"
            ) from error


class RiverDetector(OfRiver):
    """A model of river's as a detector of the bank; see :class:`detectors.detector.Detector`."""

    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype([("learnt", "u4")])

    def start(self, state: State) -> None:
        """Nothing: the object is made of the first sample."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """Judge samples; the residual is signed by the side of the level they are on."""
        told = np.full((4, len(x)), np.nan)
        for i, learner in enumerate(_objects(state)):
            if learner is not None:
                residual, expected = learner.told(float(x[i]))
                width = _BAND * learner.numbers.spread
                told[:, i] = residual, expected, expected - width, expected + width
        residual, expected, lower, upper = told
        return Judgement(residual, expected, lower, upper, expected)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        """Take samples in; of weights below 1, only so many of them."""
        expected = self.score(state, x, at).expected if memo is None else memo
        objects = _objects(state)
        for i, (value, share) in enumerate(zip(x.tolist(), weight.tolist(), strict=True)):
            learner = objects[i]
            if learner is None:
                objects[i] = learner = Learner(self.make(), value)
            learner.learn(value, share, float(expected[i]))
            state["learnt"][i] = learner.numbers.seen

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """Shift values to the level that was expected."""
        for learner, value in zip(_objects(state), x.tolist(), strict=True):
            if learner is not None:
                learner.rebase(value)

    def dump(self, thing: Any) -> bytes:
        """A learner as bytes."""
        return bytes(thing.dump())

    def load(self, data: bytes) -> Any:
        """The learner of bytes. Raises ValueError for those of anything else."""
        return restored(data)


def _objects(state: State) -> Any:
    if state.objects is None:
        raise TypeError(
            "state of a detector of river's needs a holder: fresh(..., holder=detector)"
        )
    return state.objects


def named(base: type[Any], kind: type[Any]) -> type[Any]:
    """A class of ours for a class of river's, with its parameters as keywords."""

    def begin(self: Any, **given: Any) -> None:
        base.__init__(self, **given)

    signature = signature_of(kind)
    begin.__annotations__ = {n: p.annotation for n, p in signature.parameters.items()}
    said: Mapping[str, Any] = {
        "__init__": begin,
        "__signature__": signature,
        "__doc__": docstring_of(kind),
        "__module__": base.__module__,
        "kind": kind,
        "name": f"river.{kind.__name__}",
    }
    delay = {"delay": _DELAY} if issubclass(kind, _DRIFT) else {}
    return type(kind.__name__, (base,), {**said, **delay})


def river_detectors() -> Mapping[str, type[RiverDetector]]:
    """All of them by name."""
    kinds = [*anomaly_models(), *_DRIFT]
    return {f"river.{kind.__name__}": named(RiverDetector, kind) for kind in kinds}


def anomaly_models() -> Iterator[type[Any]]:
    """The classes of `river.anomaly`, as river lists them."""
    for name in anomaly.__all__:
        kind = getattr(anomaly, name)
        if inspect.isclass(kind):
            yield kind
