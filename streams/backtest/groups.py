"""Groups: series that a model judges together, as if each group were a series of its own."""

from collections.abc import Iterator, Mapping

import numpy as np

from detectors.episodes import episodes
from detectors.group_history import groups_watched
from detectors.history import Samples
from detectors.leeway import Said
from detectors.looks import Looks
from detectors.profile import Profile
from detectors.series import Series
from streams.backtest.instants import stamp
from streams.backtest.judged import Judged
from streams.backtest.past import Past, Source


def judged_groups(
    profile: Profile, series: Mapping[str, tuple[Source, Past]], said: Said | None
) -> list[Judged]:
    """The groups of some series, under a profile with a model.

    They are of a source of their own, whose rows are their vectors: time, and the model's surprise.
    """
    ends_at = max((source.ends_at for source, _ in series.values()), default=-np.inf)
    samples = {key: past.samples for key, (_, past) in series.items()}
    told = groups_watched(profile, samples, ends_at=ends_at, said=said)
    source = _source(profile, told.looks)
    return [
        Judged(
            key=key,
            source=source,
            past=past,
            profile=profile,
            looks=looks,
            episodes=episodes(told.anomalies[key], looks),
        )
        for past, (key, looks) in zip(source.pasts, told.looks.items(), strict=True)
    ]


def _source(profile: Profile, looks: Mapping[str, Looks]) -> Source:
    at = np.concatenate([np.zeros(0), *(each.at for each in looks.values())])
    value = np.concatenate([np.zeros(0), *(each.value for each in looks.values())])
    return Source(
        place=f"{profile.name}.groups.csv",
        stamps=[stamp(when) for when in at.tolist()],
        values=[f"{x:.9g}" for x in value.tolist()],
        pasts=list(_pasts(looks)),
        bad=(),
    )


def _pasts(looks: Mapping[str, Looks]) -> Iterator[Past]:
    first = 0
    for key, each in looks.items():
        rows = np.arange(first, first + len(each.at))
        yield Past(series=Series.parse(key), rows=rows, samples=Samples(each.at, each.value))
        first += len(rows)
