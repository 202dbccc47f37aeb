"""Series keys: which names and labels can be, and what is remembered."""

import pytest

from config.settings import Limits
from detectors.series import Series
from streams.codecs import keys as module
from streams.codecs.faults import Fault
from streams.codecs.keys import SeriesKeys


def test_key_can_be_read_back() -> None:
    keys = SeriesKeys(extra={"env": "prod", "dc": "1"})
    labels = {"service.name": 'a"b\\\n', "é": "", "env": "own", 'q"': "}"}
    key = keys.of("http.latency}", labels)
    assert Series.parse(key) == Series("http.latency}", {"dc": "1", **labels})


@pytest.mark.parametrize(
    ("name", "labels", "reason"),
    [
        ("", {}, "name"),
        ("a{", {}, "name"),
        ("a", {"": "x"}, "name"),
        *(("a", {f"x{sign}": "y"}, "name") for sign in "=,{}"),
        ("a", {"b": "", "c": "", "d": ""}, "labels"),
        ("a" * 9, {}, "label_length"),
        ("a", {"b" * 9: ""}, "label_length"),
        ("a", {"b": "c" * 9}, "label_length"),
    ],
)
def test_what_can_be_no_series_has_a_reason(name: str, labels: dict[str, str], reason: str) -> None:
    keys = SeriesKeys(extra={"of": "all"}, limits=Limits(labels=3, label_length=8))
    with pytest.raises(Fault) as fault:
        keys.learn("group", b"member", name, labels)
    assert fault.value.reason == reason
    assert keys.find("group", b"member") is None


def test_what_just_fits_is_taken() -> None:
    keys = SeriesKeys(extra={"of": "all"}, limits=Limits(labels=3, label_length=8))
    assert keys.of("a" * 8, {"b" * 8: "c" * 8, "d": ""})


def test_key_is_bounded_as_a_whole() -> None:
    keys = SeriesKeys(extra={})
    labels = {f"l{number}": "x" * 1000 for number in range(10)}
    with pytest.raises(Fault, match="in all, more than 8192") as fault:
        keys.of("a", labels)
    assert fault.value.reason == "label_length"


def test_learnt_key_is_found() -> None:
    keys = SeriesKeys(extra={})
    assert keys.find("up", b"{}") is None
    assert keys.learn("up", b"{}", "up", {}) == keys.find("up", b"{}") == "up"
    assert keys.tables == {"up": {b"{}": "up"}}


def test_memory_is_bounded_whatever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 100)
    monkeypatch.setattr(module, "_MOST_TEXT", 50_000)
    keys = SeriesKeys(extra={})
    for number in range(1000):
        labels = {"n": str(number), "x": "x" * (number % 1000)}
        assert keys.learn((b"resource", "m"), str(number), "m", labels) == keys.of("m", labels)
        kept = [key for table in keys.tables.values() for key in table.values()]
        assert len(kept) <= 100
        assert sum(map(len, kept)) <= 51_100  # one more than the bound
