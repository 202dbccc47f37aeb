"""Under which profiles a series is judged: the configuration's, or the default."""

from collections.abc import Callable, Sequence

from config.settings import Config
from detectors.defaults import DEFAULTS
from detectors.profile import Profile
from detectors.series import Series

DEFAULT = Profile(name="default", detectors=DEFAULTS)

ProfilesOf = Callable[[Series], Sequence[Profile]]


def profiles_of(config: Config | None, source_input: str) -> ProfilesOf:
    """Which profiles watch a series of an input: one with detectors, one with a model, or none."""
    if config is None:
        return lambda _: (DEFAULT,)
    profiles = config.profiles
    return lambda series: [profiles[name] for name in config.profiles_of(source_input, series)]
