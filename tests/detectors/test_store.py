"""Rows lent as columns: what a round does to them is what their rows then are."""

import numpy as np
import pytest

from detectors.layout import Layout, Part
from detectors.store import Store

DTYPE = np.dtype(
    [
        ("level", "f8"),
        ("bits", "u4"),
        ("rule", "u2"),
        ("severity", "i1"),
        ("is_open", "u1"),
        ("ring", "f4", (4, 2)),
    ]
)
TAILS = np.dtype([("seen", "f4"), ("edge", "f4")])
PARTS = [Part("detector", DTYPE), Part("tails", TAILS, streams=3)]
ROWS = 40


def filled() -> Store:
    """A store whose fields tell their row."""
    store = Store(PARTS)
    store.begin(range(ROWS), None)
    for part in ("detector", "tails"):
        for column in store.columns(part).values():
            column[..., :ROWS] = np.arange(ROWS)
    return store


def test_a_column_changed_in_place_and_one_replaced_are_both_given_back() -> None:
    store, rows = filled(), np.array([30, 2, 11])
    loan = store.lend(rows)
    detector, tails = loan.states
    detector["level"] += 0.5
    detector["severity"][:] = -1
    detector["rule"] = np.array([700, 800, 900], np.uint16)
    tails["edge"] = tails["edge"] * 2
    detector.cells["ring"].put(detector.cells["ring"].at(np.array([0, 2, 4])), np.ones((2, 3)))
    loan.give_back()
    told = store.read("detector", rows)
    assert told["level"].tolist() == [30.5, 2.5, 11.5]
    assert told["severity"].tolist() == [-1, -1, -1]
    assert told["rule"].tolist() == [700, 800, 900]
    assert told["is_open"].tolist() == [30, 2, 11]
    assert store.read("tails", rows)["edge"].tolist() == [[60, 4, 22]] * 3
    assert np.argwhere(told.cells["ring"].values()[:, :, 0]).tolist() == [[0, 0], [1, 1], [2, 2]]
    others = np.setdiff1d(np.arange(ROWS), rows)
    assert store.read("detector", others)["level"].tolist() == others.tolist()


def test_columns_replaced_together_are_given_back() -> None:
    store, rows = filled(), np.array([3, 4])
    loan = store.lend(rows)
    detector, tails = loan.states
    detector.update(level=np.array([7.0, 8.0]))
    tails |= {"edge": tails["edge"] + 1}
    loan.give_back()
    assert store.read("detector", rows)["level"].tolist() == [7.0, 8.0]
    assert store.read("tails", rows)["edge"].tolist() == [[4, 5]] * 3


def test_rows_given_back_early_keep_what_was_learnt_until_then() -> None:
    store = filled()
    loan = store.lend(np.array([5, 6, 7]))
    loan.states[0]["level"] = loan.states[0]["level"] + 100
    loan.narrow(1)
    loan.states[0]["level"] = loan.states[0]["level"] + 100
    loan.give_back()
    assert store.column("detector", "level")[4:9].tolist() == [4, 205, 106, 107, 8]


def test_a_second_loan_of_as_many_rows_sees_nothing_of_the_first() -> None:
    store = filled()
    first = store.lend(np.array([1, 2]))
    first.states[0]["bits"] = np.array([77, 88], np.uint32)
    first.give_back()
    second = store.lend(np.array([9, 2]))
    assert second.states[0]["bits"].tolist() == [9, 88]
    assert second.states[0].cells["ring"].base.tolist() == [72, 16]


def test_a_loan_after_rows_were_added_reaches_their_cells() -> None:
    store = filled()
    store.lend(np.array([0])).give_back()
    store.begin(range(ROWS, 1000), None)
    loan = store.lend(np.array([999]))
    ring = loan.states[0].cells["ring"]
    ring.flat[ring.base[0]] = 3.0
    loan.give_back()
    assert store.cells("detector", np.array([999]))["ring"].values()[0, 0, 0] == 3.0


def test_small_numbers_with_a_fraction_are_refused() -> None:
    with pytest.raises(ValueError, match="4 or 8 bytes"):
        Layout([Part("detector", np.dtype([("half", "f2")]))])
