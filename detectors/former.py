"""The former normal: a series that comes back to it is no trouble.

When an anomaly has lasted so long that its level is the new normal, the step from there to what was
expected before is kept, for as long as the profile remembers (`memory_s`). Meanwhile a sample that
surprises as much as an alarm and is off by 1/2 to 3/2 of that step is on the way back: what is
expected becomes the former level again, no anomaly opens, and one that is open closes. So the end
of a trouble of a day, or the Monday after a first weekend, wakes nobody, and what is odd then is
told by what was known before. A single sample that went back is taken back itself: the step there
is kept for an hour, and the way back from there as long as it would have been. Where an anomaly is
accepted again that has stayed open, the step is still that to the level before it. It misleads
where another trouble leads to the former level.

State: 24 bytes.
"""

import numpy as np

from detectors.detector import Floats
from detectors.evidence import Look
from detectors.flags import Flags, some, which
from detectors.state import Index, State

FORMER = np.dtype([("until", "f8"), ("step", "f8"), ("kept_until", "f8")])

AN_HOUR = 3600.0
_LEAST, _MOST = 0.5, 1.5  # of the step
_STILL = 1e-3  # of a step: a band so narrow is that of a constant


def leave(state: State, rows: Index, step: Floats, until: Floats) -> None:
    """Keep, in place, which step leads back, and until when; NaN: not known."""
    _keep(state, rows, step, until)
    state.put(rows, {"kept_until": until})


def so_far(state: State, rows: Index, at: Floats) -> Floats:
    """The step that leads back from where rows are; 0 where it is not known, or they are back."""
    until = state["until"][rows]
    is_known = (until == state["kept_until"][rows]) & (at <= until)
    return np.where(is_known, state["step"][rows], 0.0)


def turn(state: State, rows: Index, step: Floats, at: Floats) -> None:
    """Rows went back: keep, in place, the step to where they came from."""
    until, kept_until = state["until"][rows], state["kept_until"][rows]
    _keep(state, rows, step, np.where(until == kept_until, at + AN_HOUR, kept_until))


def _keep(state: State, rows: Index, step: Floats, until: Floats) -> None:
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
