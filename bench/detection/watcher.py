"""Series under a profile, a sample of each at a time: which of them alarm, and which open.

The round of the bank without its names and snapshots, so that a year of a thousand series takes
minutes.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors import gate
from detectors.profile import Profile
from detectors.store import Store
from detectors.watch import Watch

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


class Seen(NamedTuple):
    """A round: which series alarm, which open an anomaly, and how surprising their samples are.

    `parts` is what each detector says alone, (detectors, series).
    """

    alarms: Flags
    opened: Flags
    nats: Floats
    parts: Floats32


class Watcher:
    """So many series under a profile."""

    def __init__(self, profile: Profile, series: int) -> None:
        self._profile = profile
        self._watch = Watch(profile)
        self._gate = len(profile.detectors) + 1
        self._store = Store(self._watch.parts)
        self._store.begin(list(range(series)), self._watch.blank(self._watch.parts))
        self._rows = np.arange(series, dtype=np.intp)
        self._loan = self._store.lend(self._rows)

    def step(self, rows: Rows, at: Floats, value: Floats) -> Seen:
        """A sample of each of some series."""
        self._attend(rows)
        look, turn = self._watch.step(self._loan.states, at, value)
        alarms = (self._loan.states[self._gate]["bits"] & 1) == 1
        opened = np.zeros(len(at), np.bool_) if turn is None else turn.opened
        return Seen(alarms, opened, look.nats, look.parts)

    def silence(self, rows: Rows, now: float) -> Flags:
        """Time passes for series without a sample: which of them open for that."""
        self._loan.give_back()
        gates = self._store.read("gate", rows)
        turn = gate.silence(gates, now, self._profile)
        self._store.write("gate", rows, gates)
        self._loan = self._store.lend(self._rows)
        return turn.opened

    def _attend(self, rows: Rows) -> None:
        if not np.array_equal(rows, self._rows):
            self._loan.give_back()
            self._rows = rows
            self._loan = self._store.lend(rows)
