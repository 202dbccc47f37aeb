"""The pass: every series under its profile, judged side by side."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from detectors.episodes import episodes
from detectors.history import watched
from detectors.leeway import Said
from detectors.owners import group_of
from detectors.profile import Profile
from streams.backtest.groups import judged_groups
from streams.backtest.judged import Judged
from streams.backtest.past import Past, Source
from streams.backtest.reading import keyed
from streams.backtest.watching import ProfilesOf


@dataclass(frozen=True, slots=True)
class Passed:
    """All that was judged, in the order of the sources, and the series that no profile watches."""

    judged: Sequence[Judged]
    unwatched: Sequence[str]


def pass_over(
    sources: Sequence[Source],
    profiles_of: ProfilesOf,
    *,
    said: Said | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Passed:
    """Judge all series of all sources, each as if it came sample by sample, then the groups.

    `said`: what people said of series, whenever that was.
    """
    series = {key: (source, past) for key, source, past in keyed(sources)}
    by_profile: dict[str, list[str]] = {}
    profiles: dict[str, Profile] = {}
    unwatched = []
    for key, (_, past) in series.items():
        watching = profiles_of(past.series)
        if not watching:
            unwatched.append(key)
        if all(profile.model is not None for profile in watching):
            progress(len(past.rows))
        for profile in watching:
            profiles[profile.name] = profile
            by_profile.setdefault(profile.name, []).append(key)
    found: dict[str, Judged] = {}
    groups: list[Judged] = []
    for name, keys in by_profile.items():
        if profiles[name].model is not None:
            groups += judged_groups(profiles[name], {key: series[key] for key in keys}, said)
            continue
        for profile, part in _shared_out(profiles[name], keys):
            chosen = {key: series[key] for key in part}
            found.update((one.key, one) for one in _judged(profile, chosen, said, progress))
    return Passed([*(found[key] for key in series if key in found), *groups], unwatched)


def _shared_out(profile: Profile, keys: Sequence[str]) -> Iterator[tuple[Profile, list[str]]]:
    """The series by their part of the budget, where groups of them share one."""
    if profile.shared_by is None or profile.spending is not None:
        yield profile, list(keys)
        return
    group = {key: group_of(key, profile.shared_by) for key in keys}
    size = Counter(group.values())
    for number in sorted(set(size.values())):
        per_s = profile.false_alarms_per_s / number
        part = [key for key in keys if size[group[key]] == number]
        yield replace(profile, false_alarms_per_s=per_s, shared_by=None), part


def _judged(
    profile: Profile,
    series: Mapping[str, tuple[Source, Past]],
    said: Said | None,
    progress: Callable[[int], None],
) -> list[Judged]:
    told = watched(
        profile,
        {key: past.samples for key, (_, past) in series.items()},
        ends={key: source.ends_at for key, (source, _) in series.items()},
        said=said,
        progress=progress,
    )
    return [
        Judged(
            key=key,
            source=source,
            past=past,
            profile=profile,
            looks=told.looks[key],
            episodes=episodes(told.anomalies[key], told.looks[key]),
        )
        for key, (source, past) in series.items()
    ]
