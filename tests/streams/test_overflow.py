"""More series than allowed: those known go on, the others are one series together."""

from pathlib import Path

import numpy as np
from msgspec.structs import replace

from config.loader import load
from streams.banks import PartitionBanks
from streams.samples import RECORD_BITS, Columns
from streams.shares import Message
from streams.stats import Stats

CONFIG = """
inputs: [{name: app, topic: app, limits: {series: 4}, labels: {site: x}}]
profiles: [{name: all, match: ['input="app"'], detectors: {ewma: {}}, severity: error}]
receivers: {ops: []}
route: {receiver: ops}
"""


def banks(folder: Path, stats: Stats) -> PartitionBanks:
    path = folder / "tocsin.yaml"
    path.write_text(CONFIG)
    return PartitionBanks(load(path, environ={}), lambda: 1.0, stats, partition=1, partitions=2)


def message(offset: int, at: float, *keys: str) -> Message:
    n = len(keys)
    order = (np.full(n, offset, np.int64) << RECORD_BITS) + np.arange(n)
    index = np.arange(n, dtype=np.int32)
    columns = Columns("app", "app/0", at, keys, index, np.full(n, at), np.ones(n), order)
    return Message(columns, offset)


def test_series_over_the_cap_are_counted_by_the_minute(tmp_path: Path) -> None:
    stats = Stats()
    here = banks(tmp_path, stats)
    bank = here.banks
    here.observe([message(0, 1000.0, "a", "b", "c", "d")])  # two of four: this is half of it all
    here.observe([message(1, 1010.0, "c", "a", "e")])
    assert list(bank["app", "all"].keys) == ["a", "b"]
    assert stats.input("app").overflow == 4
    here.observe([message(2, 1100.0, "e", "b")])
    assert list(bank["app", "all"].keys) == ["a", "b", 'overflow{partition="1",site="x"}']
    assert here.series == 3


def test_known_series_stay_known_after_a_restart(tmp_path: Path) -> None:
    here = banks(tmp_path, Stats())
    here.observe([message(0, 1000.0, "a", "b", "c")])
    stats = Stats()
    again = banks(tmp_path, stats)
    for key, value in [*here.snapshot(), *here.seal()]:
        assert value is not None
        again.restore(key, value)
    again.observe([message(1, 1010.0, "c", "b", "a")])
    assert stats.input("app").overflow == 1
    again.observe([message(2, 1100.0, "c")])
    assert list(again.banks["app", "all"].keys)[:2] == ["a", "b"]


def test_overflow_of_a_keyed_input_is_told_minute_after_minute(tmp_path: Path) -> None:
    here = banks(tmp_path, Stats())
    for offset in range(5):
        columns = message(offset, 1000.0 + 60 * offset, "a", "b", "c").columns
        here.observe([Message(columns)])  # offsets are those of the records
    told = here.banks["app", "all"].state('overflow{partition="1",site="x"}')
    assert told["gate"]["samples"][0] == 4


def test_a_clock_that_is_ahead_does_not_hold_the_overflow_back(tmp_path: Path) -> None:
    here = banks(tmp_path, Stats())
    here.observe([message(0, 1000.0, "a", "b")])
    ahead = message(1, 1500.0, "c").columns
    here.observe([Message(replace(ahead, reached=1010.0), 1)])
    here.observe([message(2, 1070.0, "c")])
    assert 'overflow{partition="1",site="x"}' in here.banks["app", "all"]
