"""Profiles: which series are watched by which bank, and how its anomalies read as alerts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.binding import Binder
from config.documents import Document, Loc
from config.durations import parse_budget
from config.errors import did_you_mean
from config.models.profiles import ProfileModel
from config.models.root import RootModel
from config.names import once
from config.sensitivity import BUDGETS
from config.settings import AlertTemplate
from config.shipped import inherit, left_of, shipped
from config.watcher import Watcher
from detectors.defaults import COUNTED, DEFAULTS
from detectors.profile import Grade, Profile
from detectors.registry import DETECTORS, MODELS

SEVERITIES = ("info", "warning", "error", "critical")
_SAME = (
    "direction", "min_change", "min_change_ratio", "open_at_once", "warm_up_samples",
    "absent_after",
)  # fmt: skip
_IN_SECONDS = (
    "min_duration", "close_after", "warm_up", "count_every", "absent_at_least", "absent_at_most",
    "stuck_after", "relearn_after", "memory",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watching:
    """All profiles, yours and the shipped ones after them: as settings, alerts and watchers."""

    profiles: Mapping[str, Profile]
    alerts: Mapping[str, AlertTemplate]
    watchers: tuple[Watcher, ...]


def build_watching(binder: Binder, root: RootModel) -> Watching:
    """What watches the series; what is wrong goes into the document."""
    own = inherit_all(binder.document, root.profiles)
    left, source = left_of(root, own), shipped()
    if not own and not left:
        message = "nothing is watched: write a profile, or `shipped_profiles: true`"
        loc: Loc = ("shipped_profiles",)
        binder.document.report(binder.document.key_of(loc), loc, message)
    _warn_of_shadowed(binder.document, own)
    theirs = Binder(document=source.document, secrets=binder.secrets)
    return Watching(
        build_profiles(binder, own) | build_profiles(theirs, left),
        build_alerts([*own, *left]),
        (
            *_watchers(binder.document, root.profiles, own),
            *(_watcher(profile, "shipped", {}) for profile in left),
        ),
    )


def _warn_of_shadowed(document: Document, own: Sequence[ProfileModel]) -> None:
    """Warn of profiles that come to watch nothing, since one before them takes all they match."""
    for i, profile in enumerate(own):
        before = (one for one in own[:i] if bool(one.model) == bool(profile.model))
        taker = next((one for one in before if {*one.match} <= {*profile.match}), None)
        if taker is not None:
            loc: Loc = ("profiles", i, "name")
            message = f"watches nothing: {taker.name}, before it, takes whatever it matches"
            document.report(document.place_of(loc), loc, message, is_warning=True)


def inherit_all(document: Document, profiles: Sequence[ProfileModel]) -> list[ProfileModel]:
    """One's own profiles, each with what it takes from a shipped one."""
    return [inherit(document, profile, ("profiles", i)) for i, profile in enumerate(profiles)]


def _watchers(
    document: Document, given: Sequence[ProfileModel], whole: Sequence[ProfileModel]
) -> Iterator[Watcher]:
    """One's own: `given` as they were written, `whole` with what they inherit."""
    for i, (own, profile) in enumerate(zip(given, whole, strict=True)):
        loc = ("profiles", i)
        written = {key: _where(document, (*loc, key)) for key in own.model_fields_set}
        yield _watcher(profile, _where(document, loc), written)


def _watcher(profile: ProfileModel, origin: str, written: Mapping[str, str]) -> Watcher:
    return Watcher(
        name=profile.name,
        has_model=bool(profile.model),
        matchers=tuple(profile.match),
        origin=origin,
        written=dict.fromkeys(profile.model_fields_set, "shipped") | dict(written),
    )


def _where(document: Document, loc: Loc) -> str:
    place = document.key_of(loc)
    return f"{place.file.name}:{place.line}"


def build_profiles(
    binder: Binder, profiles: Sequence[ProfileModel], *, under: Loc = ("profiles",)
) -> dict[str, Profile]:
    """The profiles by name, in order; what is wrong goes into the document."""
    names = [((*under, i, "name"), profile.name) for i, profile in enumerate(profiles)]
    once(binder.document, names, "profile")
    built = [build_profile(binder, p, (*under, i)) for i, p in enumerate(profiles)]
    return {profile.name: profile for profile in built if profile is not None}


def build_alerts(profiles: Sequence[ProfileModel]) -> dict[str, AlertTemplate]:
    """How the anomalies of each profile read as alerts."""
    return {
        profile.name: AlertTemplate(
            labels=profile.labels, annotations=profile.annotations, unit=profile.unit
        )
        for profile in profiles
    }


def build_profile(binder: Binder, profile: ProfileModel, loc: Loc) -> Profile | None:
    """One profile, or None with the problems noted."""
    before = len(binder.document.problems)
    if profile.detectors and profile.model:
        message = "a profile has either `detectors` or a `model`"
        binder.document.report(binder.document.place_of((*loc, "name")), loc, message)
    _check_budget(binder.document, profile, loc)
    _check_discoveries(binder.document, profile, loc)
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
    if not detectors and not models:
        detectors = default_detectors(counted=profile.count_every is not None)
    arguments = _settings(profile) | {
        "detectors": tuple(detectors),
        "model": models[0] if models else None,
    }
    return binder.make(Profile, loc, arguments)


def _check_budget(document: Document, profile: ProfileModel, loc: Loc) -> None:
    if profile.false_alarms and profile.sensitivity:
        where = (*loc, "sensitivity")
        named = BUDGETS[profile.sensitivity]
        message = (
            f"{profile.sensitivity} is `false_alarms: {named}`, and `false_alarms` says another "
            "budget: remove one of them"
        )
        document.report(document.key_of(where), where, message)


def _check_discoveries(document: Document, profile: ProfileModel, loc: Loc) -> None:
    for key in ("false_alarms", "sensitivity"):
        if profile.false_discoveries and getattr(profile, key):
            where = (*loc, key)
            message = "there is `false_discoveries` in place of a budget: remove one of them"
            document.report(document.key_of(where), where, message)
    if profile.false_discoveries and profile.per is None:
        where = (*loc, "false_discoveries")
        message = "say of which series together: `per: profile`, or labels such as `per: [service]`"
        document.report(document.key_of(where), where, message)
    if profile.discoveries_by and not profile.false_discoveries:
        where = (*loc, "discoveries_by")
        message = "says how `false_discoveries` are kept, which this profile does not have"
        document.report(document.key_of(where), where, message)


def default_detectors(*, counted: bool) -> list[Any]:
    """What a profile has that names neither detectors nor a model."""
    return list(COUNTED if counted else DEFAULTS)


def _settings(profile: ProfileModel) -> dict[str, Any]:
    """The keyword arguments that the profile gives; the rest keeps Profile's own defaults."""
    given = profile.model_fields_set
    settings: dict[str, Any] = {"name": profile.name, "by": tuple(profile.by)}
    settings |= {key: getattr(profile, key) for key in _SAME if key in given}
    settings |= {f"{key}_s": getattr(profile, key) for key in _IN_SECONDS if key in given}
    budget = profile.false_alarms or parse_budget(BUDGETS[profile.sensitivity or "normal"])
    settings["false_alarms_per_s"] = budget[0] / budget[1].total_seconds()
    settings["shared_by"] = profile.per
    settings["false_discoveries"] = profile.false_discoveries
    if profile.discoveries_by:
        settings["discoveries_by"] = profile.discoveries_by
    if profile.open_after:
        settings["open_samples"], settings["open_of"] = profile.open_after
        settings.setdefault("open_at_once", 0.0)
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
