"""Rounds and what is new in them, against a loop over the samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.rounds import rounds, runs

chunks = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=1, max_size=40)


@given(chunks)
def test_each_round_has_the_next_sample_of_every_row_that_has_one(
    chunk: list[tuple[int, int]],
) -> None:
    rows = np.array([row for row, _ in chunk], np.int32)
    seen: dict[int, int] = {}
    expected: dict[int, set[int]] = {}
    for position, row in enumerate(rows.tolist()):
        seen[row] = seen.get(row, -1) + 1
        expected.setdefault(seen[row], set()).add(position)
    assert [set(places.tolist()) for places in rounds(rows)] == list(expected.values())


@given(chunks)
def test_the_rows_of_a_round_are_the_first_of_the_round_before(
    chunk: list[tuple[int, int]],
) -> None:
    rows = np.array([row for row, _ in chunk])
    for tile in runs(rows).tiles(4):
        for places in tile.rounds():
            assert rows[tile.order[places]].tolist() == tile.rows[: len(places)].tolist()


@given(chunks)
def test_a_sample_is_new_when_it_is_newer_than_all_before_of_its_row(
    chunk: list[tuple[int, int]],
) -> None:
    rows, at = (np.array(column) for column in zip(*chunk, strict=True))
    newest = dict.fromkeys(rows.tolist(), 2.0)
    expected = []
    for row, when in zip(rows.tolist(), at.tolist(), strict=True):
        expected.append(when > newest[row])
        newest[row] = max(newest[row], when)
    chunked = runs(rows)
    value = np.random.default_rng(1).random(len(at))
    when, x, newer = chunked.samples(at.astype(float), value, np.full(6, 2.0))
    assert when.tolist() == at[chunked.order].tolist()
    assert x.tolist() == value[chunked.order].tolist()
    assert (newer is None) == all(expected)
    newer = np.ones(len(at), np.bool_) if newer is None else newer
    assert newer[np.argsort(chunked.order)].tolist() == expected
    kept = chunked.kept(newer)
    assert sorted(kept.order.tolist()) == np.flatnonzero(expected).tolist()


@pytest.mark.parametrize("most", [1, 3, 100])
def test_tiles_are_all_rows_once(most: int) -> None:
    rows = np.random.default_rng(1).integers(0, 50, 300)
    tiles = list(runs(rows).tiles(most))
    assert sorted(row for tile in tiles for row in tile.rows.tolist()) == sorted(set(rows.tolist()))
    assert max(len(tile.rows) for tile in tiles) <= most


def test_a_chunk_of_which_nothing_is_new_has_no_rounds() -> None:
    nothing = runs(np.zeros(2, np.intp)).kept(np.zeros(2, np.bool_))
    assert [places for tile in nothing.tiles(4) for places in tile.rounds()] == []
