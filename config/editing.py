"""What an edit changes of inputs and profiles.

`config/ways.py` and `routing/difference.py` have the rest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from config.explanation import settings_of
from config.matchers import show
from config.settings import Config, Input
from config.watcher import Watcher
from detectors.bank import signature
from routing.difference import Change, compare
from routing.wording import say

_LOST = ("what was learnt", "kept", "lost: its series are only learnt until the warm-up is over")

Fields = dict[str, dict[str, Any]]


def watching_changes(old: Config, new: Config) -> list[Change]:
    """The inputs and profiles that are added, removed, changed or tried in another order."""
    inputs = level(*({one.name: _input(one) for one in c.inputs} for c in (old, new)))
    pairs = ((old, new), (new, old))
    profiles = level(*({one.name: _profile(c, one, of) for one in c.watchers} for c, of in pairs))
    afresh = set(learnt_afresh(old, new))
    return [
        *compare("input", *inputs),
        *(
            replace(one, details=(*one.details, _LOST)) if one.name in afresh else one
            for one in compare("profile", *profiles)
        ),
        *_reordered(old, new),
    ]


def learnt_afresh(old: Config, new: Config) -> Iterator[str]:
    """The profiles of both that keep nothing of what was learnt: their detectors are others."""
    for name, profile in new.profiles.items():
        before = old.profiles.get(name)
        if before is not None and signature(before) != signature(profile):
            yield name


def _reordered(old: Config, new: Config) -> Iterator[Change]:
    """The order in which profiles are tried, as far as those of both are tried in another."""
    before, after = (
        [one.name for one in own.watchers if one.name in other.profiles]
        for own, other in ((old, new), (new, old))
    )
    moved = [i for i, names in enumerate(zip(before, after, strict=True)) if len({*names}) > 1]
    if moved:
        place = slice(moved[0], moved[-1] + 1)
        tried = ("tried", ", ".join(before[place]), ", ".join(after[place]))
        yield Change(kind="order", name="of profiles", what="changed", details=(tried,))


def level(old: Fields, new: Fields) -> tuple[Fields, Fields]:
    """Both, with an empty text for a setting that only the other has."""
    both = [name for name in old if name in new]
    blank = {name: dict.fromkeys([*old[name], *new[name]], "") for name in both}
    filled = ({name: blank.get(name, {}) | one[name] for name in one} for one in (old, new))
    before, after = filled
    return before, after


def _profile(config: Config, watcher: Watcher, other: Config) -> dict[str, Any]:
    """Its settings, with the parameters of those detectors that it has in the other as well."""
    profile, alert = config.profiles[watcher.name], config.alerts[watcher.name]
    beside = other.profiles.get(watcher.name)
    common = {one.name for one in beside.detectors} if beside is not None else set()
    settings: dict[str, Any] = {one.key: one.value for one in settings_of(profile, watcher.written)}
    more: Mapping[str, Any] = {
        "match": " ".join(map(show, watcher.matchers)),
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "unit": alert.unit,
    }
    for one in profile.detectors:
        settings |= _parameters(one.name, one) if one.name in common else {}
    return settings | {key: value for key, value in more.items() if value}


def _parameters(detector: str, settings: object) -> dict[str, Any]:
    """Those of a detector, as `level.memory`; one of river's says all of them at once."""
    if not is_dataclass(settings):
        return {detector: repr(settings)}
    found = {one.name: getattr(settings, one.name) for one in fields(settings)}
    return {
        f"{detector}.{name.removesuffix('_s')}": _in_words(name, value)
        for name, value in found.items()
    }


def _in_words(name: str, value: object) -> object:
    if name.endswith("_s") and isinstance(value, int | float):
        return say(timedelta(seconds=value))
    return "" if value is None else value


def _input(source: Input) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields(source):
        value = getattr(source, one.name)
        if one.name in ("mapping", "limits"):
            parts = fields(value) if value is not None else ()
            found |= {f"{one.name}.{part.name}": getattr(value, part.name) for part in parts}
        elif one.name.endswith("_s"):
            said = "" if value is None else say(timedelta(seconds=value))
            found[one.name.removesuffix("_s")] = said
        else:
            found[one.name] = value
    return {key: value for key, value in found.items() if value not in ("", None, (), {})}
