"""The banks of a partition: counters, kills and replays, whatever the samples come as."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.loader import load
from config.settings import Config
from streams.banks import PartitionBanks
from streams.codecs.decoded import Histogram, Kind
from streams.samples import RECORD_BITS, Columns
from streams.shares import Message
from streams.stats import Stats

CONFIG = """
inputs: [{name: app, topic: app}]
profiles:
  - name: gauges
    match: ['input="app"', 'name!~"hits.*"']
    detectors: {ewma: {}, robust: {}}
    severity: error
  - name: counts
    match: ['input="app"', 'name=~"hits.*"']
    detectors: {counts: {}}
    count_every: 10s
    severity: error
receivers: {ops: []}
route: {receiver: ops}
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    path = tmp_path_factory.mktemp("banks") / "tocsin.yaml"
    path.write_text(CONFIG)
    return load(path, environ={})


def banks(config: Config) -> PartitionBanks:
    return PartitionBanks(config, lambda: 1.0, Stats())


KEYS = ["load", "hits", "total", "lat"]


def record(offset: int) -> Columns:
    """What the record of an offset holds: a gauge, a count, a counter and a histogram."""
    at = 1000.0 + offset
    order = offset << RECORD_BITS
    of = Histogram(order + (1 << 19), "lat", at, 0.0, False, 2.0 * offset, [1.0], [offset, offset])
    return Columns(
        "app", "app/0", at, KEYS[:3], np.arange(3, dtype=np.int32), np.full(3, at),
        np.array([float(offset), 1.0, 10.0 * offset]), order + np.arange(3),
        np.array([Kind.GAUGE, Kind.GAUGE, Kind.CUMULATIVE], np.uint8), np.zeros(3), [of],
    )  # fmt: skip


def together(offsets: range) -> Columns:
    """Several records in one message."""
    parts = [record(offset) for offset in offsets]
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("index", "at", "value", "order", "start")
    }
    return Columns(
        "app", "app/0", parts[-1].reached, parts[0].keys, kinds=parts[0].kinds,
        histograms=[h for part in parts for h in part.histograms], **joined,
    )  # fmt: skip


def state(here: PartitionBanks) -> dict[str, bytes]:
    """Each bank's rows, by series."""
    found = {}
    for name, bank in here.banks.items():
        for row, key in enumerate(bank.keys):
            arrays = bank._store.arrays  # type: ignore[union-attr]
            found[f"{name}/{key}"] = b"".join(array[row].tobytes() for array in arrays)
    return found


def test_counters_are_judged_as_rates_and_histograms_as_quantiles(config: Config) -> None:
    here = banks(config)
    here.observe([Message(together(range(20)), 0)])
    assert set(here.banks["app", "gauges"].keys) == {
        "load", "total", "lat_count", "lat_p50", "lat_p95", "lat_p99",
    }  # fmt: skip
    assert list(here.banks["app", "counts"].keys) == ["hits"]
    assert here.series == 7


STEPS = st.lists(
    st.tuples(st.integers(1, 8), st.sampled_from(["go", "flush", "torn", "kill", "again"])),
    min_size=1,
    max_size=25,
)


@given(STEPS)
def test_state_is_that_of_an_undisturbed_run_whenever_it_is_killed_and_read_again(
    config: Config, steps: list[tuple[int, str]]
) -> None:
    """A log of messages; `again` writes records again, as a worker killed before its commit does.

    `kill` loses what was not flushed, `torn` all of the last flush but its first records.
    """
    log: list[Columns] = []
    sent = committed = 0  # records of the source; messages of the log
    here, kept = banks(config), {}

    def feed(first: int) -> None:
        for offset in range(first, len(log)):
            here.observe([Message(log[offset], offset)])

    def restored() -> PartitionBanks:
        fresh = banks(config)
        for key, value in kept.items():
            fresh.restore(key, value)
        return fresh

    for size, what in steps:
        first = max(0, sent - size) if what == "again" else sent
        log.append(together(range(first, first + size)))
        sent = max(sent, first + size)
        feed(len(log) - 1)
        if what in ("flush", "torn"):
            records = [*here.snapshot(), *here.seal()]
            whole = len(records) if what == "flush" else size % (len(records) + 1)
            kept |= {key: value for key, value in records[:whole] if value is not None}
            committed = len(log) if what == "flush" else committed
        if what in ("kill", "torn"):
            here = restored()
            feed(committed)
    calm = banks(config)
    for offset in range(sent):
        calm.observe([Message(record(offset), offset)])
    assert state(here) == state(calm)
