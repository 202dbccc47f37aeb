"""Whether budgets are kept: `python -m bench.budgets [--json] [--quick]`.

Series without a fault (1,000 of twelve kinds, see bench/detection/kinds.py) and the stretches of
the labelled collections where nothing is labelled are watched by the default profile, under budgets
of one false alarm a day, a week and a month. What is counted is said in bench/detection/tally.py.

A synthetic series is watched, after the warm-up of the profile, for as long as its budget allows 8
alarms: of series that keep it exactly, and whose alarms are independent, 95 % are then within a
factor of 2 by their own count. Samples are a minute apart, and five under one a month. Of the real
ones none is long enough for that where the budget is small: `refuted` is the word there.

Four minutes on a quiet core; `--quick` takes one, with a quarter of the series and longer steps.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from bench.detection import default
from bench.detection.kinds import DAY_S, KINDS, WEEK_S, Draw, Floats, generator
from bench.detection.labelled import Labelled, collections
from bench.detection.tally import WHAT, Tally, kept
from bench.detection.watcher import Watcher

EPOCH, BLOCK, ALLOWED, SEED = 1_700_000_000.0, 1440, 8, 7


class Plan(NamedTuple):
    """A budget, and the seconds between samples under which it is measured."""

    name: str
    per_s: float
    step_s: float


PLANS = (Plan("1/day", 1 / DAY_S, 60), Plan("1/week", 1 / WEEK_S, 60),
         Plan("1/month", 1 / (30 * DAY_S), 300))  # fmt: skip
QUICK = (PLANS[0], Plan("1/week", 1 / WEEK_S, 600), Plan("1/month", 1 / (30 * DAY_S), 1800))


def main() -> None:
    """Print the tables, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer series, longer steps")
    parser.add_argument("--only", choices=[plan.name for plan in PLANS], help="one budget")
    parser.add_argument("--series", type=int, help="synthetic series (default 1000; quick 252)")
    chosen = parser.parse_args()
    plans = [p for p in (QUICK if chosen.quick else PLANS) if chosen.only in (None, p.name)]
    series = chosen.series or (252 if chosen.quick else 1000)
    real = collections()
    rows = [row for plan in plans for row in (*synthetic(plan, series), *measured(plan, real))]
    print(json.dumps(rows) if chosen.json else "\n".join(lines(rows)))


def synthetic(plan: Plan, series: int) -> Iterator[dict[str, Any]]:
    """How a budget is kept by so many series, all together and each kind by itself."""
    sizes = np.diff(np.linspace(0, series, len(KINDS) + 1).round().astype(int)).tolist()
    sized = dict(zip(KINDS, sizes, strict=True))
    draws = [KINDS[name](generator(SEED, name), n) for name, n in sized.items()]
    tally = watch(plan, draws, series)
    yield from _rows(plan, "all kinds", tally, slice(None))
    for (name, n), last in zip(sized.items(), np.cumsum(sizes).tolist(), strict=True):
        yield from _rows(plan, name, tally, slice(last - n, last))


def watch(plan: Plan, draws: Sequence[Draw], series: int) -> Tally:
    """Watch series for as long as their budget allows so many alarms."""
    profile = default.profile(plan.per_s)
    watcher, tally = Watcher(profile, series), Tally(series)
    rows, ready = np.arange(series, dtype=np.intp), EPOCH + profile.warm_up_s
    steps = int((profile.warm_up_s + ALLOWED / plan.per_s) / plan.step_s)
    for first in range(0, steps, BLOCK):
        at: Floats = EPOCH + plan.step_s * np.arange(first, first + BLOCK, dtype=np.float64)
        values = np.concatenate([draw(at) for draw in draws], axis=1)
        for now, value in zip(at, values, strict=True):
            when = np.full(series, now)
            counted = np.full(series, now >= ready)
            tally.add(watcher.step(rows, when, value), when, counted=counted, step_s=plan.step_s)
    return tally


def measured(plan: Plan, real: Mapping[str, Sequence[Labelled]]) -> Iterator[dict[str, Any]]:
    """How a budget is kept where nothing is labelled."""
    found = sorted((one for each in real.values() for one in each), key=lambda one: -len(one.at))
    if not found:
        return
    tally = replay(plan, found)
    for name, each in real.items():
        mine = {one.name for one in each}
        yield from _rows(plan, name, tally, np.array([one.name in mine for one in found]))


def replay(plan: Plan, found: Sequence[Labelled]) -> Tally:
    """Watch labelled series side by side, each at its own times; the longest come first."""
    profile = default.profile(plan.per_s)
    watcher, tally = Watcher(profile, len(found)), Tally(len(found))
    step_s = np.array([one.step_s for one in found])
    ready = np.array([one.at[0] for one in found]) + profile.warm_up_s
    for nth, n in enumerate(rounds([len(one.at) for one in found])):
        at = np.array([one.at[nth] for one in found[:n]])
        value = np.array([one.value[nth] for one in found[:n]])
        free = np.array([one.is_free[nth] for one in found[:n]])
        seen = watcher.step(np.arange(n, dtype=np.intp), at, value)
        tally.add(seen, at, counted=free & (at >= ready[:n]), step_s=step_s[:n])
    return tally


def rounds(lengths: Sequence[int]) -> list[int]:
    """How many series still have a sample in each round, given their lengths, longest first.

    >>> rounds([4, 2])
    [2, 2, 1, 1]
    """
    longest = np.array(lengths)
    return [int(np.count_nonzero(longest > nth)) for nth in range(lengths[0])]


def _rows(plan: Plan, name: str, tally: Tally, chosen: Any) -> Iterator[dict[str, Any]]:
    seconds: Floats = tally.seconds[chosen]
    watched = seconds > 0
    for what in WHAT:
        figures = kept(tally.counts[what][chosen][watched], seconds[watched], plan.per_s)
        yield {"budget": plan.name, "series_of": name, "counted": what, **figures._asdict()}


def lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A table as text."""
    yield (
        f"{'budget':8}{'series of':18}{'counted':9}{'n':>5}{'allowed':>9}{'measured/budget':>17}"
        f"{'95 %':>13}{'median':>8}{'within 2':>10}{'refuted':>9}"
    )
    for row in rows:
        yield (
            f"{row['budget']:8}{row['series_of']:18}{row['counted']:9}{row['series']:5}"
            f"{row['expected']:9.1f}{row['ratio']:17.2f}{row['low']:7.2f}-{row['high']:<5.2f}"
            f"{row['median']:8.2f}{row['within']:10.1%}{row['refuted']:9.1%}"
        )


if __name__ == "__main__":
    main()
