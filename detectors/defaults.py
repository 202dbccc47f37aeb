"""The detectors of whoever names none: one set for every series."""

from detectors.counts import Counts
from detectors.detector import Detector
from detectors.ewma import Ewma
from detectors.level_shift import LevelShift
from detectors.robust import Robust
from detectors.seasonal import Seasonal

DEFAULTS: tuple[Detector, ...] = (Seasonal(), Ewma(), Robust(), LevelShift())
"""For values: the season first, whose band is drawn where it has one."""

COUNTED: tuple[Detector, ...] = (Counts(),)
"""For events that are counted in bins."""
