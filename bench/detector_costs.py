"""What each detector costs by itself: `python -m bench.detector_costs [--json]`, a minute or two.

Microseconds of processor time that judging and learning a sample takes, in rounds of so many rows,
without calibration; and the bytes of its state. Rows are past their warm-up: each is a copy of one
of a hundred that were taught for 26 hours. Of river's models, which judge one series after the
other, it is the time a sample in a bank once windows are full, and the bytes that are saved.

Without `--json` it prints the rows of the table in `docs/detectors.md`.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import numpy as np

from bench.costs import GIVEN, judge_objects
from detectors.detector import Detector
from detectors.registry import DETECTORS, OURS
from detectors.state import State, fresh

ROWS = (100, 1_000, 10_000)
TAUGHT, STEPS, STEP_S, EPOCH = 100, 320, 300.0, 1_700_000_000.0
_CALLS = {100: 60, 1_000: 30, 10_000: 9}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but one JSON object")
    figures: dict[str, dict[str, Any]] = {}
    is_json = parser.parse_args().json
    for name in DETECTORS:
        figures[name] = cost_of(name)
        if not is_json:
            sys.stdout.write(_row(name, figures[name]) + "\n")
    if is_json:
        sys.stdout.write(json.dumps(figures) + "\n")


def cost_of(name: str) -> dict[str, Any]:
    """Microseconds a sample by the rows of a round, and bytes a series."""
    if name not in OURS:
        us, size = judge_objects(name)
        return {"us": {"any": us}, "bytes": size}
    detector = OURS[name](**GIVEN.get(name, {}))
    known = taught(detector)
    by_rows = {str(rows): median(_costs(detector, copies(detector, known, rows))) for rows in ROWS}
    return {"us": by_rows, "bytes": detector.dtype.itemsize}


def taught(detector: Detector) -> State:
    """The state of a hundred series after more than a day."""
    state, rng = fresh(detector.dtype, TAUGHT), np.random.default_rng(1)
    detector.start(state)
    for step in range(STEPS):
        at = np.full(TAUGHT, EPOCH + STEP_S * step)
        detector.learn(state, rng.normal(100, 5, TAUGHT), at, np.ones(TAUGHT))
    return state


def copies(detector: Detector, known: State, rows: int) -> State:
    """The state of so many series, each that of one of the hundred."""
    of = np.arange(rows) % TAUGHT
    state = fresh(detector.dtype, rows)
    for name, column in known.items():
        state[name] = column[of]
    for name, cells in state.cells.items():
        values = known.cells[name].values()[of]
        first = np.arange(values.shape[1])[:, None] * values.shape[2] + np.zeros((1, rows), np.intp)
        cells.put(cells.at(first), values.transpose(2, 1, 0))
    return state


def _costs(detector: Detector, state: State) -> Iterator[float]:
    rows = len(next(iter(state.values())))
    rng, weight = np.random.default_rng(2), np.ones(rows)
    for call in range(_CALLS[rows] + 3):
        x, at = rng.normal(100, 5, rows), np.full(rows, EPOCH + STEP_S * (STEPS + call))
        began = time.process_time()
        judged = detector.score(state, x, at)
        detector.learn(state, x, at, weight, judged.memo)
        took = time.process_time() - began
        if call >= 3:
            yield 1e6 * took / rows


def _row(name: str, cost: dict[str, Any]) -> str:
    us = [f"{value:.2g}" if value < 100 else f"{value:.0f}" for value in cost["us"].values()]
    cells = us if len(us) == len(ROWS) else us * len(ROWS)
    return f"| `{name}` | {' | '.join(cells)} | {cost['bytes']:,} |"


if __name__ == "__main__":
    main()
