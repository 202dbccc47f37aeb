"""Half-space trees over several series together: how empty the place is where their values lie.

    r = -log(1 - score),  score = 1 - sum over trees of mass * 2^depth, normalised (river)

River's `HalfSpaceTrees` on the values of one group of series (`Profile.by`), each scaled to [0, 1]
by its running range. High: a combination seldom seen before. Range: 0 to 16 nats, calibrated like
every residual. Warm-up: one window. Cost: 30-60 µs a vector, about 2 MB a group in memory with the
defaults and 40 KB saved. It misleads on many features (above ten, masses thin out) and on seasons
longer than the window.

Reference: S. C. Tan, K. M. Ting, T. F. Liu, 2011, Fast Anomaly Detection for Streaming Data.
"""

from dataclasses import dataclass
from typing import ClassVar

from detectors.validate import between


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfSpaceTrees:
    """Parameters of the trees.

    `trees`: how many; `height`: of each, 2^(height + 1) - 1 nodes; `window`: vectors after which
    the masses are renewed; `seed`: of the random cuts.
    """

    trees: int = 10
    height: int = 8
    window: int = 250
    seed: int = 1

    name: ClassVar[str] = "half_space_trees"

    def __post_init__(self) -> None:
        between(1, 100, trees=self.trees)
        between(1, 15, height=self.height)
        between(10, 100_000, window=self.window)
