"""Meters: what they make of a message, what they forget, and what they do not take back."""

import numpy as np
import pytest

from streams.codecs.decoded import Kind
from streams.meters import saved
from streams.meters.meters import PREFIX, Meters
from streams.samples import RECORD_BITS, Columns
from tests.streams.meters.messages import Given, Sample, given, histogram, message, meters, values


def test_message_of_gauges_is_given_back_as_it_is() -> None:
    columns = Columns(
        "app", "app/0", 5.0, ["load"], np.zeros(1, np.int32), np.array([5.0]), np.array([0.5]),
        np.array([7]),
    )  # fmt: skip
    ours = meters()
    assert ours.convert(0, columns) is columns
    assert list(ours.seal()) == []


def test_samples_and_what_is_made_of_histograms_are_in_the_order_of_the_source() -> None:
    ours = meters()
    kinds = {"load": Kind.GAUGE}
    first = [Sample("load", 100, 1), Sample("total", 100, 0), Sample("load", 100, 2)]
    ours.convert(0, message(first, [histogram(100, [0] * 4)], kinds=kinds))
    then = [Sample("load", 110, 3), Sample("total", 110, 50), Sample("load", 110, 4)]
    between = histogram(110, [9, 0, 0, 0], position=(1 << RECORD_BITS) + 5)
    found = ours.convert(1, message(then, [between], kinds=kinds))
    assert [one.key for one in given(found)] == [
        "load", "total", "took_count", "took_p50", "took_p99", "load",
    ]  # fmt: skip
    assert found.order.tolist() == [0, 1 << 20, *[(1 << 20) + 5] * 3, 2 << 20]
    assert (found.index.dtype, found.order.dtype) == (np.int32, np.int64)


def test_series_that_is_there_already_is_named_once() -> None:
    ours = meters()
    kinds = {"took_count": Kind.GAUGE}
    for at in (100.0, 110.0):
        counts = [at] * 4
        columns = message([Sample("took_count", at, 1)], [histogram(at, counts)], kinds=kinds)
        found = ours.convert(int(at), columns)
    assert list(found.keys) == ["took_count", "took_p50", "took_p99"]


def test_inputs_are_held_apart() -> None:
    ours = meters()
    for at, source_input in ((100.0, "app"), (110.0, "shop"), (120.0, "app")):
        found = ours.convert(int(at), message([Sample("a", at, at)], source_input=source_input))
    assert given(found) == [Given("a", 120, 1.0)]
    assert ours.inputs == {"app", "shop"}
    assert ours.series == 2


@pytest.mark.parametrize("key", ["total", "took", "took_count"])
def test_series_that_is_forgotten_begins_anew(key: str) -> None:
    ours = meters()
    ours.convert(0, message([Sample("total", 100, 1)], [histogram(100, [1, 0, 0, 0])]))
    ours.forget("app", key)
    ours.forget("other", key)
    assert ours.series == 1
    found = ours.convert(1, message([Sample("total", 110, 1)], [histogram(110, [1, 0, 0, 0])]))
    assert [one.key for one in given(found)] == ["took_count" if key == "total" else "total"]


def test_series_that_are_silent_for_long_are_forgotten() -> None:
    ours = meters()
    old = [Sample("old", 100, 1), Sample("new", 200, 1)]
    histograms = [histogram(100, [1, 0, 0, 0], key="h"), histogram(200, [1, 0, 0, 0], key="i")]
    ours.convert(0, message(old, histograms))
    ours.expire("app", 200.0)
    ours.expire("other", 1e9)
    assert ours.series == 2
    sent = [Sample("old", 300, 1), Sample("new", 300, 101)]
    histograms = [histogram(300, [1, 0, 0, 0], key="h"), histogram(300, [1, 0, 0, 0], key="i")]
    found = ours.convert(1, message(sent, histograms))
    assert sorted(given(found)) == [Given("i_count", 300, 0.0), Given("new", 300, 1.0)]


def test_series_beyond_the_limit_are_not_held_but_counted() -> None:
    ours = Meters(lambda _: (), most=lambda _: 2)
    for at in (100.0, 110.0):
        sent = [Sample(key, at, at) for key in "abca"]
        histograms = [histogram(at, [at, 0, 0, 0], key=key) for key in "hij"]
        found = ours.convert(int(at), message(sent, histograms))
    keys = sorted(one.key for one in given(found))
    assert keys == ["a", "b", "h_count", "i_count"]
    assert (ours.series, ours.surplus("app"), ours.surplus("other")) == (4, 4, 0)
    ours.forget("app", "a")
    ours.convert(200, message([Sample("c", 120, 1)]))
    assert ours.surplus("app") == 4


def restored(records: list[tuple[bytes, bytes | None]]) -> Meters:
    back = meters()
    for key, value in records:
        assert value is not None
        back.restore(key, value)
    return back


def test_saved_state_of_another_version_is_not_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = meters()
    monkeypatch.setattr(saved, "VERSION", 7)
    ours.convert(5, message([Sample("a", 100, 1)], [histogram(100, [1, 0, 0, 0])]))
    records = list(ours.seal())
    monkeypatch.undo()
    back = restored(records)
    assert back.ignored == {"saved by version 7, this is 1"}
    assert values(back.convert(0, message([Sample("a", 110, 1)]))) == []
    assert values(back.convert(1, message([Sample("a", 120, 11)]))) == [1.0]


@pytest.mark.parametrize("key", [b"applied", b"app\0s0", b"app\0k0", b"app\0h0", b"app\0kx", b"?"])
@pytest.mark.parametrize(
    "value", [b"", b"\xc1", saved.save(b"123"), saved.save(["x", {}]), b"\x92"]
)
def test_junk_is_not_taken_back_and_said(key: bytes, value: bytes) -> None:
    back = restored([(PREFIX + key, value)])
    found = [values(back.convert(i, message([Sample("a", at, at)]))) for i, at in enumerate((1, 2))]
    assert found == [[], [1.0]]
    assert len(back.ignored) == 1


def test_stored_state_of_version_1_is_taken_back() -> None:
    back = restored([(PREFIX + key, bytes.fromhex(value)) for key, value in STORED])
    assert back.ignored == set()
    assert back.convert(41, message([Sample("total", 110, 27)])).keys == []
    sent = message([Sample("total", 110, 27, 50)], [histogram(110, [1, 4, 3, 1])])
    assert given(back.convert(42, sent)) == [
        Given("total", 110, 2.0),
        Given("took_count", 110, 0.3),
        Given("took_p50", 110, 1.75),
        Given("took_p99", 110, 4.0),
    ]


STORED: list[tuple[bytes, str]] = [
    (b"app\x00s0", "9201c42000000000000059400000000000001c4000000000000049400100000000000000"),
    (b"app\x00k0", "920191a5746f74616c"),
    (b"app\x00h0",
     "92019197a4746f6f6b64cb0000000000000000c2cb401800000000000093cb3ff0000000000000cb"
     "4000000000000000cb401000000000000094cb3ff0000000000000cb4000000000000000cb400800"
     "0000000000cb0000000000000000"),
    (b"applied", "920129"),
]  # fmt: skip
