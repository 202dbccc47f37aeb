"""Half-space trees over several series together: how empty the place is where their values lie.

    r = -log(1 - score),  score = 1 - sum over trees of mass * 2^depth, normalised (river)

River's `HalfSpaceTrees` on the values of one group of series (`Profile.by`), each scaled by its
running range to [0.2, 0.8], which leaves room for values never seen. High: a combination seldom
seen before. Range: 0 to 16 nats, calibrated like every residual. Warm-up: one window. Cost: about
0.05 ms a vector, 5 MB a group in memory with the defaults and 100 KB saved. It misleads on many
features (above ten, masses thin out) and on seasons longer than the window.

Reference: S. C. Tan, K. M. Ting, T. F. Liu, 2011, Fast Anomaly Detection for Streaming Data.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
import numpy as np
from msgspec import Struct

from detectors.validate import between

_LEAST = 1e-7  # of 1 - score


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfSpaceTrees:
    """Parameters of the trees.

    `trees`: how many; `height`: of each, 2^(height + 1) - 1 nodes; `window`: vectors after which
    the masses are renewed, best a day's worth; `seed`: of the random cuts. Few trees have few
    values between them, and a coarse score hides what is only rare.

    >>> forest = HalfSpaceTrees(trees=20, height=6, window=50).plant(["a", "b"])
    >>> for i in range(100):
    ...     forest.learn({"a": 0.4 + i % 5 / 20, "b": 0.6 - i % 5 / 20})
    >>> forest.surprise({"a": 0.45, "b": 0.55}) < forest.surprise({"a": 0.9, "b": 0.9})
    True
    """

    trees: int = 25
    height: int = 8
    window: int = 1000
    seed: int = 1

    name: ClassVar[str] = "half_space_trees"

    def __post_init__(self) -> None:
        between(1, 100, trees=self.trees)
        between(1, 15, height=self.height)
        between(10, 100_000, window=self.window)

    def plant(self, features: Sequence[str]) -> "Forest":
        """Trees over these features, that have seen nothing."""
        return Forest(self, features)


class Masses(Struct, frozen=True, array_like=True):
    """What trees have seen: the masses of their nodes (int32, tree by tree), and their window."""

    reference: bytes
    latest: bytes
    counter: int
    is_first: bool


_encode = msgspec.msgpack.Encoder().encode
_masses = msgspec.msgpack.Decoder(Masses).decode


class Forest:
    """River's trees over fixed features in [0, 1]; the same seed and features cut the same way."""

    def __init__(self, settings: HalfSpaceTrees, features: Sequence[str]) -> None:
        # River brings scipy.stats along, half of what a worker has to import: only who asks waits.
        from river.anomaly import HalfSpaceTrees as RiverTrees

        made: Any = RiverTrees
        self._trees = made(
            n_trees=settings.trees,
            height=settings.height,
            window_size=settings.window,
            seed=settings.seed,
        )
        self._trees.learn_one(dict.fromkeys(features, 0.5))  # cuts the trees
        self._become(self._nothing())

    def surprise(self, vector: Mapping[str, float]) -> float:
        """-log(1 - score) in nats; NaN within the first window."""
        if self._trees._first_window:
            return math.nan
        return -math.log(max(1.0 - float(self._trees.score_one(vector)), _LEAST))

    def learn(self, vector: Mapping[str, float]) -> None:
        """Take a vector in."""
        self._trees.learn_one(vector)

    def dump(self) -> bytes:
        """What the trees have seen."""
        return _encode(
            Masses(
                np.array([node.r_mass for node in self._nodes()], "<i4").tobytes(),
                np.array([node.l_mass for node in self._nodes()], "<i4").tobytes(),
                self._trees.counter,
                self._trees._first_window,
            )
        )

    def load(self, data: bytes) -> None:
        """Make the trees have seen exactly that."""
        self._become(_masses(data))

    def _become(self, masses: Masses) -> None:
        reference = np.frombuffer(masses.reference, "<i4").tolist()
        latest = np.frombuffer(masses.latest, "<i4").tolist()
        for node, r_mass, l_mass in zip(self._nodes(), reference, latest, strict=True):
            node.r_mass, node.l_mass = r_mass, l_mass
        self._trees.counter = masses.counter
        self._trees._first_window = masses.is_first

    def _nodes(self) -> list[Any]:
        return [node for tree in self._trees._tree_nodes for node in tree]

    def _nothing(self) -> Masses:
        empty = bytes(4 * len(self._nodes()))
        return Masses(empty, empty, 0, True)
