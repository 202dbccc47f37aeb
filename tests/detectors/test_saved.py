"""Saved state: what of which version is read, what is said of the rest, and how much is written."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from detectors.bank import Bank
from detectors.ewma import Ewma
from detectors.level_shift import LevelShift
from detectors.profile import Profile
from detectors.records import Ignored
from detectors.robust import Robust
from detectors.seasonal import Seasonal
from tests.detectors.test_bank import T0, feed, noise, quick_profile

FIXTURES = Path(__file__).parent / "fixtures"
SEASON = {"period_s": 600.0, "offset_s": 300.0}
STORED = Profile(
    name="stored",
    detectors=(
        Seasonal(bins=6, **SEASON),
        Ewma(memory_s=60.0),
        Robust(memory_s=60.0),
        LevelShift(bins=3, window_s=60.0, **SEASON),
    ),
    warm_up_s=300.0,
    warm_up_samples=20,
)
"""What the stored banks were of: series a and b, 400 samples, and b has an open anomaly."""

Log = list[tuple[bytes, bytes]]


def stored(version: int) -> Log:
    """The records of a bank that an earlier version wrote."""
    data = (FIXTURES / f"bank_v{version}.msgpack").read_bytes()
    return msgspec.msgpack.decode(data, type=Log)


def test_state_of_version_1_is_ignored_with_the_reason_and_deleted() -> None:
    bank = Bank(STORED)
    assert [bank.restore(key, value) for key, value in stored(1)] == [Ignored.VERSION] * 2
    assert list(bank.keys) == []
    feed(bank, noise(5))
    records = bank.snapshot()
    assert [(key, value is None) for key, value in records] == [
        (b"k0", True),
        (b"s0", True),
        (b"ra", False),
    ]


def test_state_of_version_2_is_restored_exactly() -> None:
    bank, log = Bank(STORED), stored(2)
    assert [bank.restore(key, value) for key, value in log] == [None, None]
    assert (sorted(bank.keys), bank.anomalies_open, bank.warming_up) == (["a", "b"], 1, 0)
    bank.touch(bank.rows(["a", "b"]))
    assert bank.snapshot() == log
    rows = bank.rows(["b", "b"])
    assert bank.observe(rows, T0 + np.array([3990.0, 4000]), np.full(2, 500.0), 399) == []
    (closed,) = bank.elapse(T0 + 86400)
    assert (closed.series, closed.opened_at, closed.is_open) == ("b", T0 + 3950, False)
    assert [point.value for point in closed.points[-5:]] == [500.0] * 5
    assert len(closed.points) == 64


def test_the_state_of_a_series_can_be_looked_at() -> None:
    bank = Bank(STORED)
    for key, value in stored(2):
        bank.restore(key, value)
    state = bank.state("b")
    assert state["gate"]["is_open"].tolist() == [1]
    assert state["gate"]["last_at"].tolist() == [T0 + 3990]
    assert state["detector seasonal"].fields()["bins"].shape == (1, 6, 3)
    assert state["tails"].fields()["seen"].shape == (5, 1)
    assert state["tails"].bytes() != bank.state("a")["tails"].bytes()
    with pytest.raises(KeyError):
        bank.state("c")


def test_state_of_other_parameters_is_ignored_with_the_reason_and_deleted() -> None:
    bank, other = Bank(quick_profile()), Bank(Profile(name="quick", detectors=(Ewma(memory_s=61),)))
    assert other.signature != bank.signature
    feed(bank, noise(50))
    ((key, value),) = bank.snapshot()
    assert other.restore(key, value) is Ignored.SIGNATURE
    assert list(other.keys) == []
    assert other.snapshot() == [(key, None)]


def test_what_was_written_since_outlives_what_is_ignored() -> None:
    old, bank = Bank(Profile(name="quick", detectors=(Ewma(memory_s=61),))), Bank(quick_profile())
    feed(old, noise(50))
    feed(bank, noise(50))
    again, log = Bank(quick_profile()), [*old.snapshot(), *bank.snapshot()]
    assert [again.restore(key, value) for key, value in log] == [Ignored.SIGNATURE, None]
    assert again.snapshot() == []
    assert list(again.keys) == ["a"]
    assert [again.restore(key, value) for key, value in log[::-1]] == [None, Ignored.SIGNATURE]
    assert list(again.keys) == []


def test_records_taken_back_at_once_are_as_one_by_one() -> None:
    alone, together = Bank(STORED), Bank(STORED)
    ((_, first), (key, newest)) = stored(2)
    log = [(key, first), (b"rc", first), (key, newest)]
    assert [alone.restore(*record) for record in log] == [None] * 3
    assert together.restore_all(log) == []
    assert list(together.keys) == list(alone.keys) == ["b", "c"]
    for bank in (alone, together):
        bank.touch(bank.rows(["b", "c"]))
    assert together.snapshot() == alone.snapshot() == [(key, newest), (b"rc", first)]


def test_what_is_ignored_of_records_taken_back_at_once_is_told() -> None:
    bank, (record, other) = Bank(STORED), stored(2)
    assert bank.restore_all([record, (b"rc", b"\1"), *stored(1)]) == [Ignored.VERSION] * 3
    assert bank.restore_all([other]) == []
    assert sorted(bank.keys) == ["a", "b"]


@pytest.mark.parametrize("damage", [slice(0, -1), slice(0, 12), slice(0, 0)])
def test_a_record_of_the_wrong_length_is_refused_or_ignored(damage: slice) -> None:
    bank = Bank(quick_profile())
    feed(bank, noise(5))
    ((key, value),) = bank.snapshot()
    assert value is not None
    if damage.stop == 0:
        assert Bank(quick_profile()).restore(key, value[damage]) is Ignored.VERSION
        return
    with pytest.raises(ValueError, match="a row of"):
        Bank(quick_profile()).restore(key, value[damage])


def test_no_more_is_written_than_the_rows_that_changed() -> None:
    bank = Bank(quick_profile())
    rows = bank.rows([f"s{i}" for i in range(2000)])
    bank.observe(rows, np.full(2000, T0), np.ones(2000), 0)
    bank.snapshot()
    some = rows[:: 2000 // 50]
    bank.observe(some, np.full(len(some), T0 + 10), np.ones(len(some)), 1)
    records = bank.snapshot()
    assert len(records) == 50
    written = sum(len(key) + len(value or b"") for key, value in records)
    assert written < 1.1 * 50 * bank.bytes_per_row
