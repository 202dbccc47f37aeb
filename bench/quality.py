"""How well `tocsin backtest` with its defaults scores labelled series: `python -m bench.quality`.

The collections and their scorers lie beside the repository (see bench/detection/labelled.py). Files
go through the backtest: one causal pass, the default profile, and the CSVs that it writes are what
is scored. Of the Numenta Anomaly Benchmark the three profiles at their best threshold, and the
standard one with the threshold chosen on four fifths of the files and applied to the rest, ten
times; of the cloud collection what its scorer tells.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.detection.labelled import SHARED
from streams.backtest.files import find_files
from streams.backtest.passing import pass_over
from streams.backtest.reading import read_files
from streams.backtest.scores import write_scores
from streams.backtest.table import Asked
from streams.backtest.watching import profiles_of

REPEATS, FOLDS, THRESHOLDS = 10, 5, 1000
Floats = npt.NDArray[np.float64]


def main() -> None:
    """Print the figures, as text or as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but one JSON object")
    parser.add_argument("--data", type=Path, default=SHARED, help="where nab and ms_cloud lie")
    chosen = parser.parse_args()
    if not (chosen.data / "nab").is_dir():
        sys.exit(f"{chosen.data}: there is no nab in it; say where by --data")
    found = {"nab": nab(chosen.data / "nab"), "ms_cloud": cloud(chosen.data / "ms_cloud")}
    print(json.dumps(found) if chosen.json else "\n".join(_lines(found)))


def nab(folder: Path) -> dict[str, float]:
    """Standard, both other profiles, and the held-out score."""
    scorer = _module(folder / "nab_score.py")
    corpus = scorer.Corpus(str(folder / "data"), str(folder / "labels/combined_windows.json"))
    with tempfile.TemporaryDirectory() as out:
        backtest(folder / "data", Path(out))
        results = scorer.load_results(out, corpus)
    best = scorer.score(corpus, results)
    figures = {name: float(one["score"]) for name, one in best.items()}
    return {**figures, "held_out": held_out(_raw(scorer, corpus, results), corpus.nwin)}


def held_out(raw: Floats, windows: int) -> float:
    """The score where each file has the best threshold of other files; raw: (files, thresholds)."""
    rng, total = np.random.default_rng(0), 0.0
    for _ in range(REPEATS):
        order = rng.permutation(len(raw))
        for fold in range(FOLDS):
            tried = order[fold::FOLDS]
            learnt = np.setdiff1d(order, tried)
            total += float(raw[tried, np.argmax(raw[learnt].sum(axis=0))].sum())
    return 100 * (total / REPEATS + windows) / (2 * windows)


def cloud(folder: Path) -> dict[str, float]:
    """Event average precision, event F1, and F1 with a delay of seven samples."""
    scorer = _module(folder / "score.py")
    with tempfile.TemporaryDirectory() as out:
        backtest(folder / "data", Path(out))
        paths = {path.stem: path for path in Path(out).rglob("*.csv")}
        items = [
            (_scores(paths[name]), labels, first)
            for name, _, labels, _, first in scorer.load("ms_cloud")
        ]
    told = scorer.evaluate(items)
    return {name: float(told[name]) for name in ("AP_e", "eF1", "dF1")}


def backtest(folder: Path, out: Path) -> None:
    """What `tocsin backtest FOLDER --out OUT` does to the scores."""
    read = read_files(find_files([folder]), Asked())
    write_scores(out, pass_over(read.sources, profiles_of(None, "backtest")).judged)


def _raw(scorer: ModuleType, corpus: Any, results: Mapping[str, Floats]) -> Floats:
    """The standard raw score of each file, in the order of the corpus, at each threshold."""
    scores = np.sort(np.concatenate([results[name] for name in corpus.order()]))[::-1]
    places = np.geomspace(1, max(np.count_nonzero(scores > 0) / 5, 2), THRESHOLDS).astype(int)
    thresholds = np.append(np.inf, np.unique(scores[places - 1])[::-1])
    false = scorer.PROFILES["standard"][2]
    rows = []
    for name in corpus.order():
        value, window, _ = corpus.files[name]
        score, free = results[name], window == -1
        raw = false * _sum_from(score[free], value[free], thresholds)
        for one in np.unique(window[window >= 0]):
            raw = raw + _best_from(score[window == one], value[window == one], thresholds)
        rows.append(raw)
    return np.array(rows)


def _sum_from(score: Floats, value: Floats, thresholds: Floats) -> Floats:
    order = np.argsort(-score)
    total = np.r_[0.0, np.cumsum(value[order])]
    return np.asarray(total[np.searchsorted(-score[order], -thresholds, side="right")])


def _best_from(score: Floats, value: Floats, thresholds: Floats) -> Floats:
    order = np.argsort(-score)
    best = np.maximum.accumulate(np.r_[-1.0, value[order]])
    return np.asarray(best[np.searchsorted(-score[order], -thresholds, side="right")])


def _scores(path: Path) -> Floats:
    with path.open(encoding="utf-8") as file:
        place = next(file).rstrip("\n").split(",").index("anomaly_score")
        return np.array([float(line.split(",")[place]) for line in file])


def _module(path: Path) -> ModuleType:
    spec = util.spec_from_file_location(f"shared_{path.stem}", path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path}: not a module")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _lines(found: Mapping[str, Mapping[str, float]]) -> list[str]:
    told = [(of, name, value) for of, one in found.items() for name, value in one.items()]
    return [f"{of:10}{name:22}{value:8.3f}" for of, name, value in told]


if __name__ == "__main__":
    main()
