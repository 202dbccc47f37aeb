"""Under which profile a series is judged: the configuration's, or the default."""

from collections.abc import Callable, Mapping

from config.settings import Config
from detectors.defaults import DEFAULTS
from detectors.profile import Profile
from detectors.series import Series

DEFAULT = Profile(name="default", detectors=DEFAULTS)

ProfileOf = Callable[[Series], Profile | None]


def profile_of(config: Config | None, source_input: str) -> ProfileOf:
    """Which profile with detectors watches a series of an input; none may."""
    if config is None:
        return lambda _: DEFAULT
    return lambda series: _named(config.profiles, config.profiles_of(source_input, series))


def _named(profiles: Mapping[str, Profile], names: tuple[str, ...]) -> Profile | None:
    return next((profiles[name] for name in names if profiles[name].model is None), None)
