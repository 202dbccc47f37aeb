"""The profile that is measured: what watches a series of which nothing is said but its budget."""

from typing import Any

from detectors.defaults import DEFAULTS
from detectors.profile import Profile

DETECTORS = DEFAULTS


def profile(per_s: float, **settings: Any) -> Profile:
    """The default under a budget of so many false alarms a second."""
    settings = {"warm_up_s": 86400.0, "absent_after": 6.0, "detectors": DETECTORS, **settings}
    return Profile(name="default", false_alarms_per_s=per_s, **settings)
