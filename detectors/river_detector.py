"""River's models over one series: detectors of the bank, with an object of river's a series.

Named `river.` and the class, with river's parameters: `river.OneClassSVM: {nu: 0.05}`. Any model of
`river.anomaly` is one, and ADWIN, KSWIN and PageHinkley, detectors of drift. How each is read is
in `detectors/river_reading.py` and `detectors/river_drift.py`; how parameters that are objects are
written, in `detectors/river_named.py`.

Models of features, those that forecast and those of drift see values scaled by the running range to
[0.2, 0.8]. Where a model expects a value, the band is four mean absolute deviations to each side.
A sample of weight w is learnt w of the time. To accept a level, values are shifted to the old one:
a model keeps what it knows of their spread.

Warm-up: 30 samples and the model's own. Cost: a Python object a series, from 30 µs to 7 ms a
sample (`docs/detectors.md`). They mislead on seasons, of which none of them but a seasonal SNARIMAX
knows, and on samples that are not evenly spaced.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np
from river import drift

from detectors.detector import Floats, Judgement
from detectors.river_class import OfRiver, anomaly_models, named
from detectors.river_drift import EVIDENCE
from detectors.river_learner import Learner, restored
from detectors.state import State

_BAND = 4.0  # mean absolute deviations
_DELAY_S = 3840.0  # of a new level until it is told: two clocks of ADWIN at a sample a minute
_PROBES = (0.3, 0.7, 0.5)


class RiverDetector(OfRiver):
    """A model of river's as a detector of the bank; see :class:`detectors.detector.Detector`."""

    delay_s: ClassVar[float] = 0.0

    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype([("learnt", "u4")])

    def probe(self, model: Any) -> None:
        """See :meth:`OfRiver.probe`."""
        learner = Learner(model, _PROBES[0])
        for x in _PROBES:
            learner.learn(x, 1.0, np.nan)

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


class RiverDrift(RiverDetector):
    """A detector of drift of river's, which tells a new level once it has lasted."""

    delay_s: ClassVar[float] = _DELAY_S

    def probe(self, model: Any) -> None:
        """See :meth:`OfRiver.probe`; KSWIN draws half of its window from the other half."""
        if isinstance(model, drift.KSWIN) and model.window_size < 2 * model.stat_size:
            raise ValueError("window_size must be at least twice stat_size")
        super().probe(model)


def _objects(state: State) -> Any:
    if state.objects is None:
        raise TypeError(
            "state of a detector of river's needs a holder: fresh(..., holder=detector)"
        )
    return state.objects


@cache
def river_detectors() -> Mapping[str, type[RiverDetector]]:
    """All of them by name."""
    anomalies = [named(RiverDetector, kind) for kind in anomaly_models()]
    drifts = [named(RiverDrift, kind) for kind in EVIDENCE]
    return {kind.name: kind for kind in (*anomalies, *drifts)}
