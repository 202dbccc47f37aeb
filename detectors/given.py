"""A residual made elsewhere: what a model over several series said, passed on to be calibrated."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement, without_band
from detectors.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Passes the value on as the residual. Not in the registry: `GroupBank` uses it inside.

    `model` shows its parameters, on which saved state depends.
    """

    name: str
    model: str = ""

    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype([("at", "f8")])

    def start(self, state: State) -> None:
        """Nothing is kept."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        """The value itself; no band."""
        return without_band(x)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        """Nothing is learnt."""
        state["at"] = at

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        """There is no level."""
