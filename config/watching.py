"""Profiles: which series are watched by which bank, and how its anomalies read as alerts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from config.binding import Binder
from config.documents import Loc
from config.errors import did_you_mean
from config.models.profiles import ProfileModel
from config.names import once
from config.settings import AlertTemplate
from detectors.profile import Grade, Profile
from detectors.registry import DETECTORS, MODELS
from detectors.series import Series
from routing.matching import matches

SEVERITIES = ("info", "warning", "error", "critical")
_SAME = (
    "direction", "min_change", "min_change_ratio", "warm_up_samples", "absent_after",
)  # fmt: skip
_IN_SECONDS = (
    "min_duration", "close_after", "warm_up", "count_every", "absent_at_least", "absent_at_most",
    "relearn_after", "memory",
)  # fmt: skip


def build_profiles(binder: Binder, profiles: Sequence[ProfileModel]) -> dict[str, Profile]:
    """The profiles by name, in order; what is wrong goes into the document."""
    names = [(("profiles", i, "name"), profile.name) for i, profile in enumerate(profiles)]
    once(binder.document, names, "profile")
    built = [build_profile(binder, p, ("profiles", i)) for i, p in enumerate(profiles)]
    return {profile.name: profile for profile in built if profile is not None}


def build_alerts(profiles: Sequence[ProfileModel]) -> dict[str, AlertTemplate]:
    """How the anomalies of each profile read as alerts."""
    return {
        profile.name: AlertTemplate(
            labels=profile.labels, annotations=profile.annotations, unit=profile.unit
        )
        for profile in profiles
    }


def watched_by(profiles: Sequence[ProfileModel]) -> Callable[[str, Series], tuple[str, ...]]:
    """Which profiles watch a series: the first that matches with detectors, the first with a model.

    Matchers see the series' labels, and `input` and `name`.
    """
    tests = [(profile.name, bool(profile.model), tuple(profile.match)) for profile in profiles]

    def profiles_of(input_name: str, series: Series) -> tuple[str, ...]:
        labels = {**series.labels, "input": input_name, "name": series.name}
        found: dict[bool, str] = {}
        for name, is_model, matchers in tests:
            if is_model not in found and matches(matchers, labels):
                found[is_model] = name
        return tuple(found[kind] for kind in (False, True) if kind in found)

    return profiles_of


def build_profile(binder: Binder, profile: ProfileModel, loc: Loc) -> Profile | None:
    """One profile, or None with the problems noted."""
    before = len(binder.document.problems)
    if bool(profile.detectors) == bool(profile.model):
        message = "a profile has either `detectors` or a `model`"
        binder.document.report(binder.document.place_of((*loc, "name")), loc, message)
    if bool(profile.by) != bool(profile.model):
        message = "`by` and `model` need each other: one model for each value of these labels"
        binder.document.report(binder.document.place_of((*loc, "name")), loc, message)
    detectors = _built(binder, profile.detectors, (*loc, "detectors"), DETECTORS)
    models = _built(binder, profile.model, (*loc, "model"), MODELS)
    if len(profile.model) > 1:
        where = (*loc, "model")
        message = "takes one model: put the others into profiles of their own"
        binder.document.report(binder.document.key_of(where), where, message)
    if len(binder.document.problems) > before:
        return None
    arguments = _settings(profile) | {
        "detectors": tuple(detectors),
        "model": models[0] if models else None,
    }
    return binder.make(Profile, loc, arguments)


def _settings(profile: ProfileModel) -> dict[str, Any]:
    """The keyword arguments that the profile gives; the rest keeps Profile's own defaults."""
    given = profile.model_fields_set
    settings: dict[str, Any] = {"name": profile.name, "by": tuple(profile.by)}
    settings |= {key: getattr(profile, key) for key in _SAME if key in given}
    settings |= {f"{key}_s": getattr(profile, key) for key in _IN_SECONDS if key in given}
    if profile.false_alarms:
        count, period = profile.false_alarms
        settings["false_alarms_per_s"] = count / period.total_seconds()
    if profile.open_after:
        settings["open_samples"], settings["open_of"] = profile.open_after
    if profile.severity:
        settings["severity"] = SEVERITIES.index(profile.severity)
    settings["severities"] = tuple(
        Grade(
            severity=SEVERITIES.index(grade.severity),
            p_below=1.0 if grade.p_below is None else grade.p_below,
            after_s=grade.after or 0.0,
        )
        for grade in profile.severities
    )
    return settings


def _built(
    binder: Binder,
    named: Mapping[str, Mapping[str, Any] | None],
    loc: Loc,
    known: Mapping[str, Callable[..., Any]],
) -> list[Any]:
    """The detectors (or models) of a profile, built with their parameters."""
    made: list[Any] = []
    for name, given in named.items():
        where = (*loc, name)
        if name not in known:
            message = _unknown(name, known)
            binder.document.report(binder.document.key_of(where), where, message)
            continue
        arguments = binder.arguments(name, known[name], given or {}, where)
        if arguments is not None:
            made.append(binder.make(known[name], where, arguments))
    return made


def _unknown(name: str, known: Mapping[str, object]) -> str:
    if name in DETECTORS:
        return f"{name} judges each series alone: put it under `detectors`"
    if name in MODELS:
        return f"{name} judges several series together: put it under `model`, with `by`"
    kind = "model" if known is MODELS else "detector"
    meant = did_you_mean(name, known) or f"; there are: {', '.join(sorted(known))}"
    return f'there is no {kind} "{name}"{meant}'
