"""What of the labelled is told, at a budget: `python -m bench.recall [--json]`.

The default profile watches the labelled collections, each series at its own times, under one false
alarm a week and a month. An event is a stretch of labelled samples past the warm-up (Numenta's
windows, runs of Microsoft's labels with their margin: bench/detection/labelled.py); it is told when
an anomaly opens within it. What opens outside of every event is held against the budget.

Two minutes on a quiet core.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from bench.budgets import rounds
from bench.detection import default
from bench.detection.kinds import DAY_S
from bench.detection.labelled import Flags, Labelled, collections
from bench.detection.watcher import Watcher

BUDGETS = {"1/week": 7.0, "1/month": 30.0}


class Told(NamedTuple):
    """Of some series under a budget: events, those told, and what opened outside over what may."""

    collection: str
    budget: str
    events: int
    told: int
    outside: int
    outside_to_budget: float


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but one JSON object")
    chosen = parser.parse_args()
    found = [
        told(name, series, budget) for budget in BUDGETS for name, series in collections().items()
    ]
    if chosen.json:
        print(json.dumps([one._asdict() for one in found]))
    else:
        print("\n".join(lines(found)))


def told(collection: str, series: Sequence[Labelled], budget: str) -> Told:
    """What the default profile tells of a collection."""
    allowed_s = BUDGETS[budget] * DAY_S
    profile = default.profile(1 / allowed_s)
    longest_first = sorted(series, key=lambda one: -len(one.at))
    events = hits = outside = 0
    free_s = 0.0
    for one, opened in zip(longest_first, _opened(longest_first, profile), strict=True):
        ready = one.at - one.at[0] >= profile.warm_up_s
        found = list(_events(one, ready))
        events += len(found)
        hits += sum(bool(opened[first:last].any()) for first, last in found)
        outside += int(np.count_nonzero(opened & one.is_free))
        free_s += np.count_nonzero(one.is_free & ready) * one.step_s
    return Told(collection, budget, events, hits, outside, outside / (free_s / allowed_s))


def _opened(series: Sequence[Labelled], profile: Any) -> list[Flags]:
    watcher = Watcher(profile, len(series))
    opened = [np.zeros(len(one.at), np.bool_) for one in series]
    for nth, n in enumerate(rounds([len(one.at) for one in series])):
        at = np.array([one.at[nth] for one in series[:n]])
        value = np.array([one.value[nth] for one in series[:n]])
        seen = watcher.step(np.arange(n, dtype=np.intp), at, value)
        for i in np.flatnonzero(seen.opened).tolist():
            opened[i][nth] = True
    return opened


def _events(one: Labelled, ready: Flags) -> Iterator[tuple[int, int]]:
    """First place and the one after the last of each stretch that ends past the warm-up."""
    edges = np.diff(np.r_[False, ~one.is_free, False].astype(np.int8))
    for first, last in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        if ready[last - 1]:
            yield int(first), int(last)


def lines(found: Sequence[Told]) -> Iterator[str]:
    """The table as text."""
    heads = f"{'events':>7}{'told':>7}{'outside':>9}{'outside/budget':>16}"
    yield f"{'budget':8}{'collection':14}{heads}"
    for one in found:
        share = one.told / max(one.events, 1)
        yield (
            f"{one.budget:8}{one.collection:14}{one.events:7}{share:7.0%}{one.outside:9}"
            f"{one.outside_to_budget:16.2f}"
        )


if __name__ == "__main__":
    main()
