"""The former normal: a series that comes back to it is no trouble.

When an anomaly has lasted so long that its level is the new normal, the step from there to what was
expected before is kept, for as long as the profile remembers (`memory_s`). Meanwhile a sample that
surprises as much as an alarm and is off by 1/2 to 3/2 of that step is on the way back: what is
expected becomes the former level again, no anomaly opens, and one that is open closes. So the end
of a trouble of a day, or the Monday after a first weekend, wakes nobody, and what is odd then is
told by what was known before. A single sample that went back is taken back itself: the step there
is kept for an hour. It misleads where another trouble leads to the former level.

State: 16 bytes.
"""

import numpy as np

from detectors.detector import Floats
from detectors.evidence import Look
from detectors.flags import Flags, some, which
from detectors.state import Index, State

FORMER = np.dtype([("until", "f8"), ("step", "f8")])

AN_HOUR = 3600.0
_LEAST, _MOST = 0.5, 1.5  # of the step
_STILL = 1e-3  # of a step: a band so narrow is that of a constant


def leave(state: State, rows: Index, step: Floats, until: Floats) -> None:
    """Keep, in place, which step leads back, and until when; NaN: not known."""
    state.put(rows, {"step": np.nan_to_num(step, posinf=0.0, neginf=0.0), "until": until})


def returned(state: State, look: Look, is_odd: Flags) -> Index:
    """Which samples are on the way back, of those that are odd enough."""
    may = is_odd & (state["step"] != 0)
    if not some(may):
        return which(may)
    rows = which(may)
    off, step = look.value[rows] - look.expected[rows], state["step"][rows]
    is_near = (off / step >= _LEAST) & (off / step <= _MOST)
    return rows[is_near & (look.at[rows] <= state["until"][rows])]


def level(look: Look, rows: Index, guess: Floats) -> Floats:
    """The level of rows by a guess of it: no further from their samples than noise would be.

    That of a constant is the sample; where no band is known the guess stands.
    """
    x, band = look.value[rows], (look.upper - look.lower)[rows] / 2
    near = np.clip(guess, x - band, x + band)
    is_still = band < _STILL * np.abs(x - look.expected[rows])
    return np.where(np.isfinite(band), np.where(is_still, x, near), guess)
