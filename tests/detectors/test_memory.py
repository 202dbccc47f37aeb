"""Memory of tables that grow: what was there stays, and what comes is zero."""

import numpy as np
import pytest

from detectors import memory
from detectors.memory import Memory


@pytest.fixture(params=["small", "large"])
def bounds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "large":
        monkeypatch.setattr(memory, "_LARGE", 1024)
        monkeypatch.setattr(memory, "_PIECE", 1 << 14)


@pytest.mark.usefixtures("bounds")
@pytest.mark.parametrize("width", [(), (5,)])
def test_a_table_keeps_its_rows_while_it_grows(width: tuple[int, ...]) -> None:
    kept, had = Memory(np.uint32, *width), 0
    for rows in (0, 1, 64, 65, 4000, 4500, 9000, 40_000):
        table = kept.table(rows)
        assert table.shape == (rows, *width)
        assert np.all(table[:had] == 7)
        assert not np.any(table[had:])
        table[had:] = 7
        had = rows


@pytest.mark.usefixtures("bounds")
def test_a_row_of_nothing_has_a_table_too() -> None:
    assert Memory(np.uint32, 0).table(5000).shape == (5000, 0)


@pytest.mark.usefixtures("bounds")
def test_a_system_without_large_pages_gives_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.mmap, "MADV_HUGEPAGE", 9999, raising=False)
    assert not np.any(Memory(np.uint32).table(5000))


@pytest.mark.usefixtures("bounds")
def test_a_table_that_cannot_have_twice_its_rows_has_its_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "_AHEAD", 1 << 40)
    kept = Memory(np.uint32, 5)
    kept.table(5000)[:] = 7
    table = kept.table(40_000)
    assert np.all(table[:5000] == 7)
    assert not np.any(table[5000:])
