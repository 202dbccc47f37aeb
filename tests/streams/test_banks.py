"""The banks of a partition: counters, kills and replays, whatever the samples come as."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from config.loader import load
from config.settings import Config
from detectors.bank import Bank
from detectors.records import _HEAD
from streams.banks import PartitionBanks
from streams.codecs.decoded import Histogram, Kind
from streams.samples import RECORD_BITS, Columns
from streams.shares import Message
from streams.stats import Stats
from streams.store import take_back

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

FEW = """
inputs: [{name: app, topic: app, limits: {series: 4}}]
profiles: [{name: default, match: ['name=~"load.*"'], detectors: {ewma: {}}}]
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


def gauges(at: float, offset: int, *keys: str) -> Columns:
    """One value of each of these series."""
    n, order = len(keys), offset << RECORD_BITS
    return Columns(
        "app", "app/0", at, [*keys], np.arange(n, dtype=np.int32), np.full(n, at), np.ones(n),
        order + np.arange(n),
    )  # fmt: skip


def state(here: PartitionBanks) -> dict[bytes, bytes]:
    """What is saved of each series, without the offset that was applied to it."""
    for bank in here.banks.values():
        bank.touch(bank.rows(list(bank.keys)))  # type: ignore[union-attr]
    return {key: value[_HEAD:] for key, value in here.snapshot() if value is not None}


@pytest.mark.parametrize("key", [b"shop", b"shop\0", b"\0of a later version"])
def test_a_record_of_nobody_is_refused(config: Config, key: bytes) -> None:
    with pytest.raises(ValueError, match="not a partition's record"):
        banks(config).restore_all([(key, b"")])


def test_counters_are_judged_as_rates_and_histograms_as_quantiles(config: Config) -> None:
    here = banks(config)
    here.observe([Message(together(range(20)), 0)])
    assert set(here.banks["app", "gauges"].keys) == {
        "load", "total", "lat_count", "lat_p50", "lat_p95", "lat_p99",
    }  # fmt: skip
    assert list(here.banks["app", "counts"].keys) == ["hits"]
    assert here.series == 7


WHAT = ["go", "flush", "torn", "kill", "again", "busy", "torn busy"]
STEPS = st.lists(
    st.tuples(st.integers(1, 8), st.sampled_from(WHAT)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=50)
@given(STEPS)
def test_state_is_that_of_an_undisturbed_run_whenever_it_is_killed_and_read_again(
    config: Config, steps: list[tuple[int, str]]
) -> None:
    """A log of messages; `again` writes records again, as a worker killed before its commit does.

    `kill` loses what was not flushed, `torn` all of the last flush but its first records; while a
    `busy` one is read, records are applied.
    """
    log: list[Columns] = []
    sent = committed = 0  # records of the source; messages of the log
    here, kept = banks(config), {}

    def feed(first: int) -> None:
        for offset in range(first, len(log)):
            here.observe([Message(log[offset], offset)])

    def restored() -> PartitionBanks:
        fresh = banks(config)
        fresh.restore_all([*kept.items()])
        return fresh

    def go_on(first: int, size: int) -> None:
        nonlocal sent
        log.append(together(range(first, first + size)))
        sent = max(sent, first + size)
        feed(len(log) - 1)

    def flushed(size: int, *, is_busy: bool) -> Iterator[tuple[bytes, bytes | None]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("detectors.records._AT_ONCE", 2)
            pieces = here.pieces()
            yield from next(pieces, ())
            seal = list(here.seal())
            for piece in pieces:
                yield from piece
                if is_busy:
                    go_on(sent, size)
            yield from seal

    for size, what in steps:
        go_on(max(0, sent - size) if what == "again" else sent, size)
        if what not in ("go", "kill", "again"):
            covered = len(log)
            records = list(flushed(size, is_busy="busy" in what))
            whole = size % (len(records) + 1) if "torn" in what else len(records)
            kept |= {key: value for key, value in records[:whole] if value is not None}
            committed = committed if "torn" in what else covered
        if what == "kill" or "torn" in what:
            here = restored()
            feed(committed)
    calm = banks(config)
    for offset in range(sent):
        calm.observe([Message(record(offset), offset)])
    assert state(here) == state(calm)


@pytest.mark.parametrize("is_keyed", [True, False])
def test_topic_that_was_made_anew_is_judged_from_its_beginning(
    config: Config, *, is_keyed: bool
) -> None:
    """That of a keyed input, or the one of all samples, which the inputs go on filling."""
    here, again = banks(config), banks(config)
    here.observe([Message(together(range(500, 600)), None if is_keyed else 77)])
    again.restore_all([(k, v) for k, v in [*here.snapshot(), *here.seal()] if v is not None])
    for offset in range(10):
        once = record(offset if is_keyed else 900 + offset)
        move = 900.0 * is_keyed
        later = [replace(h, at=h.at + move) for h in once.histograms]
        moved = replace(once, at=once.at + move, histograms=later)
        again.observe([Message(moved, None if is_keyed else offset)])
    gauges = again.banks["app", "gauges"]
    assert isinstance(gauges, Bank)
    for key in ("load", "total", "lat_count"):
        assert gauges.state(key)["gate"]["last_at"][0] == 1909.0, key


@pytest.mark.parametrize("is_keyed", [True, False])
def test_topic_that_was_made_anew_counts_once_whatever_of_the_next_flush_a_crash_leaves(
    config: Config, *, is_keyed: bool
) -> None:
    def anew(here: PartitionBanks, offsets: range) -> None:
        for offset in offsets:
            once = record(offset if is_keyed else 900 + offset)
            histograms = [replace(h, at=h.at + 900) for h in once.histograms]
            moved = replace(once, at=once.at + 900, histograms=histograms)
            here.observe([Message(moved, None if is_keyed else offset)])

    def saved(here: PartitionBanks) -> list[tuple[bytes, bytes]]:
        return [(k, v) for k, v in [*here.snapshot(), *here.seal()] if v is not None]

    here, calm = banks(config), banks(config)
    for each in (here, calm):
        each.observe([Message(together(range(500, 600)), None if is_keyed else 77)])
    kept = saved(here)
    anew(here, range(10))
    records = saved(here)
    anew(calm, range(12))
    for whole in range(len(records) + 1):
        again = banks(config)
        again.restore_all([*(dict(kept) | dict(records[:whole])).items()])
        anew(again, range(12))
        assert state(again) == state(calm), whole


def test_a_record_that_cannot_be_read_costs_no_other(config: Config) -> None:
    here, again = banks(config), banks(config)
    here.observe([Message(record(1), 0)])
    kept = {key: value or b"" for key, value in [*here.snapshot(), *here.seal()]}
    damaged = next(key for key in kept if key.endswith(b"rload"))
    records = [(key, value[:-1] if key == damaged else value) for key, value in kept.items()]
    assert list(take_back(again, records)) == [damaged]
    assert again.series == 1
    assert "load" not in again.banks["app", "gauges"]
    assert "hits" in again.banks["app", "counts"]


def restored(here: PartitionBanks, config: Config) -> PartitionBanks:
    again = banks(config)
    again.restore_all([(k, v) for k, v in [*here.snapshot(), *here.seal()] if v is not None])
    return again


def test_series_that_are_restored_count_before_they_are_heard_again(config: Config) -> None:
    here = banks(config)
    assert (here.series, here.series_of("app")) == (0, 0)
    here.observe([Message(together(range(20)), 0)])
    again = restored(here, config)
    assert (again.series, again.series_of("app"), again.series_of("shop")) == (7, 7, 0)
    more = gauges(1100.0, 30, "load", "new")
    again.observe([Message(more, 1)])
    assert (again.series, again.series_of("app")) == (8, 8)
    again.observe([Message(together(range(40, 50)), 2)])
    assert again.series == 8


def test_series_that_are_restored_and_silent_for_long_count_no_more(config: Config) -> None:
    here, wall = banks(config), [1.0]
    here.observe([Message(together(range(20)), 0)])
    saved = [(k, v) for k, v in [*here.snapshot(), *here.seal()] if v is not None]
    for heard in ([], ["load"]):
        again = PartitionBanks(config, lambda: wall[0], Stats())
        again.restore_all(saved)
        if heard:
            again.observe([Message(gauges(1100.0, 30, *heard), 1)])
        wall[0] += 9 * 86_400.0
        again.elapse()
        assert again.series == 0


def test_series_that_an_edit_gave_to_another_profile_count_once_they_are_heard_as_before(
    config: Config, tmp_path: Path
) -> None:
    here = banks(config)
    here.observe([Message(together(range(20)), 0)])
    path = tmp_path / "tocsin.yaml"
    path.write_text(CONFIG.replace("hits.*", "(hits|load).*"))
    edited = load(path, environ={})
    here.adopt(edited)
    for one in (here, restored(here, edited)):
        assert one.series == 7
        one.observe([Message(together(range(40, 60)), 2)])
        assert one.series == 7


def test_series_that_is_long_silent_is_forgotten_and_begins_anew(config: Config) -> None:
    wall = [1.0]
    here = PartitionBanks(config, lambda: wall[0], Stats())
    here.observe([Message(together(range(20)), 0)])
    assert here.series == 7
    wall[0] += 9 * 86_400.0
    here.elapse()
    assert here.series == 0
    assert all(len(bank.keys) == 0 for bank in here.banks.values())
    here.observe([Message(together(range(900_000, 900_001)), 1)])
    assert "load" in here.banks["app", "gauges"]
    saved = {key for key, value in here.snapshot() if value is not None}
    assert saved == {b"app\0gauges\0rload", b"app\0counts\0rhits"}  # one sample makes no rate yet


def test_series_that_nobody_watches_make_room_once_they_are_silent(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.yaml"
    path.write_text(FEW)
    wall, stats = [1.0], Stats()
    here = PartitionBanks(load(path, environ={}), lambda: wall[0], stats)
    here.observe([Message(gauges(1000.0, 0, "load", "a", "b", "c"), 0)])
    for day, keys in ((1.0, ["load"]), (5.0, ["load"]), (10.0, ["load2", "load", "a"])):
        wall[0] = 1.0 + day * 86_400.0
        here.elapse()
        here.observe([Message(gauges(1000.0 + wall[0], int(day), *keys), int(day))])
    assert [*here.banks["app", "default"].keys] == ["load", "load2"]
    assert stats.input("app").overflow == 0


def test_sample_not_newer_than_its_series_is_counted_as_stale(config: Config) -> None:
    stats = Stats()
    here = PartitionBanks(config, lambda: 1.0, stats)
    here.observe([Message(record(5), 0)])
    older = replace(record(6), at=np.full(3, 900.0), histograms=[])
    here.observe([Message(older, 1)])
    assert stats.input("app").stale >= 1


@pytest.mark.parametrize(
    ("per", "partition_by", "part"),
    [
        pytest.param("[host]", "[]", [1 / 8], id="spread over four partitions"),
        pytest.param("[host, zone]", "[host]", [1 / 2], id="kept together"),
        pytest.param("[zone]", "[host]", [1 / 8], id="kept together by other labels"),
        pytest.param("profile", "[host]", [1 / 8], id="the whole profile"),
        pytest.param("series", "[host]", None, id="each its own"),
    ],
)
def test_a_shared_budget_is_divided_by_its_series_and_the_partitions_they_are_in(
    tmp_path: Path, per: str, partition_by: str, part: list[float] | None
) -> None:
    (tmp_path / "tocsin.yaml").write_text(f"""
inputs: [{{name: app, topic: app, partition_by: {partition_by}}}]
profiles: [{{name: all, detectors: {{ewma: {{}}}}, false_alarms: 1/30d, per: {per}}}]
receivers: {{ops: []}}
route: {{receiver: ops}}
""")
    config = load(tmp_path / "tocsin.yaml", environ={})
    here = PartitionBanks(config, lambda: 1.0, Stats(), partitions=4)
    keys = ['load{host="a",zone="x"}', 'disk{host="a",zone="x"}']
    here.observe([Message(replace(record(0), keys=[*keys, "none"], histograms=[]), 0)])
    list(here.snapshot())
    bank = here.banks["app", "all"]
    assert isinstance(bank, Bank)
    granted = bank._sharing.granted(np.array([0]), np.array([1000.0]))
    assert (None if granted is None else granted.factor.tolist()) == part
