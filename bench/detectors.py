"""Samples per second of a bank: `python -m bench.detectors [series] [rounds]`."""

import sys
import time

import numpy as np

from detectors.bank import Bank
from detectors.ewma import Ewma
from detectors.level_shift import LevelShift
from detectors.profile import Profile
from detectors.robust import Robust
from detectors.seasonal import Seasonal


def main(series: int = 10_000, rounds: int = 100) -> None:
    """Feed noise to each detector alone and to the default profile, a round at a time."""
    everything = (Seasonal(), Ewma(), Robust(), LevelShift())
    for detectors in (*((d,) for d in everything), everything):
        profile = Profile(name="bench", detectors=detectors)
        bank = Bank(profile)
        rows = bank.rows([f"series{i}" for i in range(series)])
        took = _time(bank, rows, rounds)
        rate = series * rounds / took
        names = "+".join(d.name for d in detectors)
        speed = f"{rate / 1e6:6.2f} M samples/s {1e6 / rate:6.2f} us"
        print(f"{names:36s} {speed} {bank.bytes_per_row} B/row")


def _time(bank: Bank, rows: np.ndarray, rounds: int) -> float:
    x = np.random.default_rng(1).normal(100, 5, (rounds, len(rows)))
    at = np.full(len(rows), 1.7e9)
    bank.observe(rows, at, x[0], np.zeros(len(rows)))
    began = time.perf_counter()
    for i in range(rounds):
        bank.observe(rows, at + 30.0 * (i + 1), x[i], np.full(len(rows), i + 1))
    return time.perf_counter() - began


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
