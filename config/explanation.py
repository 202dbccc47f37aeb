"""Why a series is watched as it is: which profiles were tried, and where each setting is from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from config.matchers import show
from config.models.signature import Parameter, parameters
from config.settings import Config
from config.watcher import Watcher, chosen, labels_seen
from config.watching import SEVERITIES
from detectors.profile import Grade, Profile
from detectors.series import Series
from routing.wording import say

_WRITTEN_AS = {
    "false_alarms_per": ("false_alarms", "sensitivity"),
    "shared_by": ("per",),
    "open_samples": ("open_after",),
    "open_of": ("open_after",),
}
"""The keys of YAML behind a parameter of a profile, where they are called otherwise."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is in force: its key, its value as text, and where it was written."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A profile that was tried before in vain, and the matcher that failed."""

    profile: str
    origin: str
    obstacle: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A profile that watches a series; what was tried before it, and its settings."""

    profile: str
    origin: str
    because: tuple[str, ...]
    passed: tuple[Passed, ...]
    settings: tuple[Setting, ...]


def explain(config: Config, source: str, series: Series) -> list[Explanation]:
    """The profiles that watch a series of an input, each with its reasons."""
    kind = next((one.kind for one in config.inputs if one.name == source), "metrics")
    labels = labels_seen(series, source, kind)
    return [
        Explanation(
            watcher.name,
            watcher.origin,
            tuple(show(matcher) for matcher in watcher.matchers),
            tuple(_passed(config.watchers, watcher, labels)),
            tuple(settings_of(config.profiles[watcher.name], watcher.written)),
        )
        for watcher in chosen(config.watchers, labels)
    ]


def settings_of(profile: Profile, written: Mapping[str, str]) -> list[Setting]:
    """The settings of a profile by their keys; `written` says where those that are were written."""
    found: dict[str, Setting] = {}
    for parameter in parameters(Profile, without=("name",)):
        keys = _WRITTEN_AS.get(parameter.key, (parameter.key,))
        key = next((key for key in keys if key in written), keys[0])
        value = _value(profile, parameter)
        if value and keys[0] not in found:
            found[keys[0]] = Setting(keys[0], value, _origin(key, keys[0], written))
    return list(found.values())


def _origin(key: str, name: str, written: Mapping[str, str]) -> str:
    origin = written.get(key, "default")
    return origin if key == name else f"{origin}, {key}"


def _passed(
    watchers: tuple[Watcher, ...], until: Watcher, labels: Mapping[str, str]
) -> list[Passed]:
    found = []
    for watcher in watchers[: watchers.index(until)]:
        obstacle = watcher.obstacle(labels)
        if obstacle is not None and watcher.has_model is until.has_model:
            found.append(Passed(watcher.name, watcher.origin, show(obstacle)))
    return found


def _value(profile: Profile, parameter: Parameter) -> str:
    """The value as YAML has it, empty for what the profile does not have."""
    unused = "discoveries_by" if profile.false_discoveries is None else "false_alarms_per_s"
    if parameter.name == unused:
        return ""
    if parameter.name == "false_alarms_per_s":
        return f"1/{say(timedelta(seconds=1 / profile.false_alarms_per_s))}"
    if parameter.name == "shared_by" and profile.shared_by == ():
        return "profile"
    if parameter.name == "open_samples":
        return f"{profile.open_samples} of {profile.open_of}"
    if parameter.name == "relearn_after_s" and profile.relearn_after_s is None:
        return "never"
    if parameter.name == "stuck_after_s" and profile.told_stuck_s is None:
        return "never"
    if parameter.name == "severity":
        return SEVERITIES[profile.severity]
    return _text(getattr(profile, parameter.name), in_seconds=parameter.name.endswith("_s"))


def _text(value: object, *, in_seconds: bool) -> str:
    if value is None or value == ():
        return ""
    if in_seconds and isinstance(value, int | float):
        return say(timedelta(seconds=value))
    if isinstance(value, tuple):
        return ", ".join(_part(part) for part in value)
    return str(value)


def _part(part: object) -> str:
    if isinstance(part, Grade):
        below = f" at p {part.p_below:g}" if part.p_below < 1 else ""
        after = f" after {say(timedelta(seconds=part.after_s))}" if part.after_s else ""
        return SEVERITIES[part.severity] + below + after
    return str(getattr(part, "name", part))
