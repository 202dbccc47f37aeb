"""What one series is to a model of river's: its values scaled, shifted, and learnt by weight."""

import math
from typing import Any

import msgspec
from msgspec import Struct
from river import anomaly

from detectors.river_drift import is_drift, update
from detectors.river_reading import Told, core_of, is_supervised, learn, surprise, told
from detectors.river_saved import dump, load
from detectors.running_range import Range

_MEMORY = 100  # samples of the running level and deviation
_RAW = (anomaly.GaussianScorer, anomaly.StandardAbsoluteDeviation)
_FEATURE = "value"


class Numbers(Struct):
    """What is kept of a series besides the model; in units of what the model sees, but the shift.

    `seen`: how many samples were learnt; `owed`: the part of one that is to be learnt yet; `level`
    and `spread`: running mean, and mean deviation from what was expected; `shift`: of values, to
    what the model sees; `evidence`: of drift.
    """

    range: Range
    seen: int = 0
    owed: float = 0.0
    level: float = 0.0
    spread: float = 0.0
    shift: float = 0.0
    evidence: float = 0.0


class Learner:
    """A model of river's over one series, that has seen nothing but a first value."""

    def __init__(self, model: Any, first: float) -> None:
        self.model = model
        self.numbers = Numbers(Range(first, first), level=first)
        self._is_drift = is_drift(model)
        self._is_supervised = not self._is_drift and is_supervised(model)
        self._is_raw = isinstance(core_of(model), _RAW)

    def told(self, x: float) -> Told:
        """How far off a value is, with its sign, and what was expected."""
        numbers = self.numbers
        x -= numbers.shift
        if self._is_drift:
            return Told(numbers.evidence, math.nan)
        if not self._is_supervised:
            vector = {_FEATURE: numbers.range.scale(x)}
            size = surprise(self.model, vector, numbers.seen)
            return Told(math.copysign(size, x - numbers.level), math.nan)
        residual, expected = told(self.model, self._seen(x), numbers.seen)
        if math.isnan(expected):
            return Told(math.copysign(residual, x - numbers.level), expected)
        return Told(residual, self._value(expected) + numbers.shift)

    def learn(self, x: float, weight: float, expected: float) -> None:
        """Take a value in, of which `expected` was expected: all of it, or its weight of them.

        A detector of drift sees every value.
        """
        numbers = self.numbers
        numbers.owed += weight
        is_due = numbers.owed >= 1.0
        if not (is_due or self._is_drift):
            return
        u = x - numbers.shift
        if is_due:
            numbers.owed -= 1.0
            numbers.seen += 1
            numbers.level += (u - numbers.level) / min(numbers.seen, _MEMORY)
        if not math.isnan(expected):
            deviation = abs(x - expected)
            numbers.spread += (deviation - numbers.spread) / min(numbers.seen, _MEMORY)
        self._learn(u)
        if is_due:
            numbers.range.learn(u)

    def rebase(self, x: float) -> None:
        """Accept a level: values are shifted to the one that is expected."""
        numbers = self.numbers
        expected = self.told(x).expected
        at = numbers.level if math.isnan(expected) else expected - numbers.shift
        numbers.shift = x - at
        numbers.evidence = 0.0

    def dump(self) -> bytes:
        """All of it as bytes."""
        return msgspec.msgpack.encode((dump(self.model), self.numbers))

    def _learn(self, u: float) -> None:
        numbers = self.numbers
        if self._is_drift:
            numbers.evidence = update(self.model, numbers.range.scale(u), numbers.evidence)
        elif not self._is_supervised:
            learn(self.model, {_FEATURE: numbers.range.scale(u)})
        else:
            learn(self.model, None, u if self._is_raw else numbers.range.scale(u))

    def _seen(self, u: float) -> float:
        return u if self._is_raw else self.numbers.range.place(u)

    def _value(self, seen: float) -> float:
        return seen if self._is_raw else self.numbers.range.unscale(seen)


def restored(data: bytes) -> Learner:
    """The learner of what `Learner.dump` gave. Raises ValueError for anything else."""
    try:
        model, numbers = _saved(data)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not a saved learner: {error}") from error
    learner = Learner(load(model), 0.0)
    learner.numbers = numbers
    return learner


_saved = msgspec.msgpack.Decoder(tuple[bytes, Numbers]).decode
