"""The detectors of whoever names none: one set for every series."""

from detectors.counts import Counts
from detectors.detector import Detector
from detectors.innovation import Innovation
from detectors.level import Level
from detectors.level_shift import LevelShift
from detectors.seasonal import Seasonal

_DAY = 86400.0

DEFAULTS: tuple[Detector, ...] = (
    Seasonal(offset_s=_DAY),
    Level(),
    Innovation(),
    LevelShift(window_s=1800.0, reference="seasonal"),
)
"""For values: the season first, whose band is drawn where it has one, and the level's elsewhere.

Shifts are summed over half an hour, from the distances to the season: of series with a sample each
5 minutes, 5 minutes are one. The season follows a trend within a day, so that a slow drift is not
followed at once.
"""

COUNTED: tuple[Detector, ...] = (Counts(),)
"""For events that are counted in bins."""
