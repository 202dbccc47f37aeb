"""The pass: every series under its profile, judged side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from detectors.episodes import Episode, episodes
from detectors.history import watched
from detectors.looks import Looks
from detectors.profile import Profile
from streams.backtest.past import Past, Source
from streams.backtest.reading import keyed
from streams.backtest.watching import ProfileOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One series, how its samples looked, and the anomalies that were found.

    `looks` are one for each sample; of a profile that counts, one for each of its bins.
    """

    key: str
    source: Source
    past: Past
    profile: Profile
    looks: Looks
    episodes: Sequence[Episode]


@dataclass(frozen=True, slots=True)
class Passed:
    """All that was judged, in the order of the sources, and the series that no profile watches."""

    judged: Sequence[Judged]
    unwatched: Sequence[str]


def pass_over(
    sources: Sequence[Source],
    profile_of: ProfileOf,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Passed:
    """Judge all series of all sources, each as if it came sample by sample."""
    series = {key: (source, past) for key, source, past in keyed(sources)}
    by_profile: dict[str, list[str]] = {}
    profiles: dict[str, Profile] = {}
    unwatched = []
    for key, (_, past) in series.items():
        profile = profile_of(past.series)
        if profile is None:
            unwatched.append(key)
            progress(len(past.rows))
        else:
            profiles[profile.name] = profile
            by_profile.setdefault(profile.name, []).append(key)
    found: dict[str, Judged] = {}
    for name, keys in by_profile.items():
        chosen = {key: series[key] for key in keys}
        found.update((one.key, one) for one in _judged(profiles[name], chosen, progress))
    return Passed([found[key] for key in series if key in found], unwatched)


def _judged(
    profile: Profile, series: dict[str, tuple[Source, Past]], progress: Callable[[int], None]
) -> list[Judged]:
    told = watched(
        profile,
        {key: past.samples for key, (_, past) in series.items()},
        ends={key: source.ends_at for key, (source, _) in series.items()},
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
