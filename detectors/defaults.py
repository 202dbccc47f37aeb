"""The detectors of whoever names none: one set for every series."""

from detectors.counts import Counts
from detectors.detector import Detector
from detectors.jump import Jump
from detectors.level import Level
from detectors.level_shift import LevelShift
from detectors.seasonal import Seasonal

DEFAULTS: tuple[Detector, ...] = (Seasonal(), Level(), Jump(), LevelShift(window_s=1800.0))
"""For values: the season first, whose band is drawn where it has one, and the level's elsewhere.

Shifts are summed over half an hour: of series with a sample each 5 minutes, 5 minutes are one.
"""

COUNTED: tuple[Detector, ...] = (Counts(),)
"""For events that are counted in bins."""
