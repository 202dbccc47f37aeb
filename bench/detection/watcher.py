"""Series under a profile, a sample of each at a time: which of them alarm, and which open.

The round of the bank without its names and snapshots, so that a year of a thousand series takes
minutes.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors import picture
from detectors.profile import Profile
from detectors.store import Store
from detectors.watch import Watch

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Seen(NamedTuple):
    """A round: which series alarm, which open an anomaly, and how surprising their samples are."""

    alarms: Flags
    opened: Flags
    nats: Floats


class Watcher:
    """So many series under a profile; series may leave from the end."""

    def __init__(self, profile: Profile, series: int) -> None:
        self._watch = Watch(profile, 1.0)
        self._gate = len(profile.detectors) + 1
        store = Store(self._watch.parts)
        store.begin(list(range(series)), self._watch.blank(self._watch.parts))
        self._loan = store.lend(np.arange(series))

    def step(self, at: Floats, value: Floats) -> Seen:
        """A sample of each of the first so many series; the others have left."""
        self._loan.narrow(len(at))
        words = picture.words(at, value)
        look, turn = self._watch.step(self._loan.states, words, at, value)
        alarms = (self._loan.states[self._gate]["bits"] & 1) == 1
        opened = np.zeros(len(at), np.bool_) if turn is None else turn.opened
        return Seen(alarms, opened, look.nats)
