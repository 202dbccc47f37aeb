"""Whether planted faults are found: `python -m bench.faults [--json | --markdown] [--quick]`.

Series of eight days without a fault, a sample each five minutes, and then one fault of ten at one
of three sizes (bench/detection/faults.py says what they are). The default profile watches them with
a budget of one false alarm a week; it raises so many in the last six of the days, and for each kind
of series every rival is given the threshold under which it raises as many there, which nobody could
know beforehand. Alarms less than an hour apart are one.

A fault is detected when an alarm falls between its begin and half an hour after its end; the delay
is the median over those detected. `by chance` is how often an alarm is there without any fault.
`tocsin` is what somebody would be told: anomalies that the default profile opens, for three samples
of five or for one that is far enough out. The rivals, and `tocsin 1 of 1`, alarm for one.

Not ahead of a rival is who detects fewer of the faults that it was tried on, or as many and later.
A quarter of an hour on a quiet core, of which rivals take most; `--quick` takes ten seconds: a
ninth of the trials, and none of the rivals that are tried on a part of the series only.
"""

import argparse
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from bench.detection import default
from bench.detection.faults import FAULTS, SIZES
from bench.detection.kinds import WEEK_S
from bench.detection.matching import Flags, runs, threshold
from bench.detection.rivals import RIVALS, Rival
from bench.detection.scene import GRACE, HISTORY, LEARNT, STEP_S, Scene, scene
from bench.detection.watcher import Watcher

SEED, TRIALS, OURS, CHANCE = 11, 72, "tocsin", "by chance"


class Watched(NamedTuple):
    """What a detector made of a scene: alarms (instants, series), and which series it was given."""

    alarms: Flags
    tried: Flags


class Cell(NamedTuple):
    """A detector on one fault of one size: the share detected, and minutes until then."""

    trials: int
    detected: float
    delay_min: float | None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but one JSON object")
    parser.add_argument("--markdown", action="store_true", help="as tables for a page")
    parser.add_argument("--quick", action="store_true", help="fewer trials, the fast rivals")
    chosen = parser.parse_args()
    found = report(scene(SEED, TRIALS // 9 if chosen.quick else TRIALS), quick=chosen.quick)
    if chosen.json:
        print(json.dumps(found))
    else:
        print("\n".join(table(found, markdown=chosen.markdown)))


def report(staged: Scene, *, quick: bool) -> dict[str, Any]:
    """Every detector on every fault, and false alarms a week and series."""
    watched = dict(ours(staged))
    for name, rival in RIVALS.items():
        if not quick or rival.every == 1:
            watched[name] = rivalled(staged, rival, watched[OURS].alarms)
    cells = {
        name: {fault: [_cell(staged, one, fault, size) for size in SIZES] for fault in FAULTS}
        for name, one in watched.items()
    }
    weekly = {name: _weekly(one) for name, one in watched.items()}
    cells[CHANCE] = {fault: list(_by_chance(fault, weekly[OURS])) for fault in FAULTS}
    return {
        "false_alarms_a_week": weekly,
        "cells": {
            name: {fault: [cell._asdict() for cell in row] for fault, row in rows.items()}
            for name, rows in cells.items()
        },
        "not_ahead": list(_not_ahead(staged, watched)),
    }


def ours(staged: Scene) -> Iterator[tuple[str, Watched]]:
    """The anomalies that the default profile opens, and those if it opened for one sample."""
    yield OURS, _watched(staged)
    yield f"{OURS} 1 of 1", _watched(staged, open_samples=1, open_of=1)


def _watched(staged: Scene, **settings: int) -> Watched:
    values = staged.values
    watcher = Watcher(default.profile(1 / WEEK_S, **settings), values.shape[1])
    raised = np.zeros(values.shape, np.bool_)
    for nth, (now, value) in enumerate(zip(staged.at, values, strict=True)):
        there = np.flatnonzero(np.isfinite(value))
        seen = watcher.step(there, np.full(len(there), now), value[there])
        raised[nth, there] = seen.opened
        silent = np.flatnonzero(~np.isfinite(value))
        if len(silent):
            raised[nth, silent] = watcher.silence(silent, float(now))
    return Watched(raised, np.ones(values.shape[1], np.bool_))


def rivalled(staged: Scene, rival: Rival, alarms: Flags) -> Watched:
    """A rival's alarms at thresholds that match ours, kind by kind."""
    tried = np.arange(staged.values.shape[1]) % rival.every == 0
    raised = np.zeros_like(alarms)
    for kind in np.unique(staged.kinds):
        mine = np.flatnonzero((staged.kinds == kind) & tried)
        scores = np.full((len(staged.at), len(mine)), np.nan)
        scores[rival.first :] = rival.score(staged.values[rival.first :, mine])
        first = max(LEARNT, rival.first + LEARNT // 2 if rival.first else 0)
        most = runs(alarms[first:HISTORY, mine])
        raised[:, mine] = scores >= threshold(scores[first:HISTORY], most)
    return Watched(raised, tried)


def _weekly(one: Watched) -> float:
    free = one.alarms[LEARNT:HISTORY, one.tried]
    return runs(free) / (free.size * STEP_S / WEEK_S)


def _cell(staged: Scene, one: Watched, fault: str, size: str) -> Cell:
    chosen = np.flatnonzero((staged.faults == fault) & (staged.sizes == size) & one.tried)
    delays = []
    for i in chosen:
        during = one.alarms[staged.began[i] : staged.ended[i], i]
        if during.any():
            delays.append(int(during.argmax()) * STEP_S / 60)
    delay = float(np.median(delays)) if delays else None
    return Cell(len(chosen), len(delays) / max(len(chosen), 1), delay)


def _by_chance(fault: str, weekly: float) -> Iterator[Cell]:
    for hours in FAULTS[fault].hours:
        seconds = max(hours * 3600, STEP_S) + GRACE * STEP_S
        yield Cell(0, 1 - math.exp(-weekly * seconds / WEEK_S), None)


def _not_ahead(staged: Scene, watched: Mapping[str, Watched]) -> Iterator[str]:
    """Columns in which a rival detects more than we do of what it tried, or as much and sooner."""
    rivals = {name: one for name, one in watched.items() if name in RIVALS}
    for fault in FAULTS:
        for size in SIZES:
            better = []
            for name, one in rivals.items():
                ours_there = Watched(watched[OURS].alarms, one.tried)
                mine, other = (_cell(staged, w, fault, size) for w in (ours_there, one))
                if _rank(other) > _rank(mine):
                    better.append(f"{name} {_word(*other)} to {_word(*mine)}")
            if better:
                yield f"{fault}, {size}: {', '.join(better)}"


def _rank(cell: Cell) -> tuple[float, float]:
    return cell.detected, -(cell.delay_min or 0.0)


def table(found: Mapping[str, Any], *, markdown: bool) -> Iterator[str]:
    """Per cent detected and median minutes of delay, for small, medium and large faults."""
    cells = found["cells"]
    names = list(cells)
    if markdown:
        yield f"| fault | {' | '.join(names)} |"
        yield "|---" * (len(names) + 1) + "|"
    for fault in FAULTS:
        if markdown:
            words = " | ".join(_words(cells[name][fault]) for name in names)
            yield f"| {fault} | {words} |"
            continue
        yield fault
        yield from (f"  {name:28}{_words(cells[name][fault])}" for name in names)
    weekly = found["false_alarms_a_week"]
    yield ""
    yield "False alarms a series and week: " + ", ".join(f"{n} {weekly[n]:.2f}" for n in weekly)
    yield "Not ahead: " + ("; ".join(found["not_ahead"]) or "nowhere")


def _words(row: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(_word(**cell) for cell in row)


def _word(trials: int, detected: float, delay_min: float | None) -> str:
    return f"{detected:.0%}" if delay_min is None else f"{detected:.0%} {delay_min:.0f}m"


if __name__ == "__main__":
    main()
