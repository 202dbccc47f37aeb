"""What was judged: a series, or a group of several."""

from collections.abc import Sequence
from dataclasses import dataclass

from detectors.episodes import Episode
from detectors.looks import Looks
from detectors.profile import Profile
from streams.backtest.past import Past, Source


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
