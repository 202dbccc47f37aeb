"""A residual made elsewhere: what a model over several series said, passed on to be calibrated."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import Floats, Judgement, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Passes the value on as the residual. Not in the registry: `GroupBank` uses it inside."""

    name: str

    is_absolute: ClassVar[bool] = False
    dtype: ClassVar[np.dtype[Any]] = np.dtype([("at", "f8")])

    def start(self, state: Rows) -> None:
        """Nothing is kept."""

    def score(self, state: Rows, x: Floats, at: Floats) -> Judgement:
        """The value itself; no band."""
        unknown = np.full_like(x, np.nan)
        return Judgement(x, unknown, unknown, unknown)

    def learn(self, state: Rows, x: Floats, at: Floats, weight: Floats) -> None:
        """Nothing is learnt."""
        state["at"] = at

    def rebase(self, state: Rows, x: Floats, at: Floats) -> None:
        """There is no level."""
