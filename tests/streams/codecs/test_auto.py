"""`format: auto`: what is recognised from the first records, and when the answer changes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from config.settings import Input
from streams.codecs.auto import Auto
from streams.codecs.decoded import Decoded
from streams.codecs.recognition import MARKS, MOST, Guess, chosen, recognise
from streams.codecs.registry import FORMATS, codec_for
from tests.streams.codecs.corpus import VALID
from tests.streams.codecs.producers import NATIVE, SECOND, written

NOW = SECOND + 10.0
SOURCE = Input(name="shop", topic="shop")
NATIVE_RECORD = written(NATIVE)
JUNK = b"2027-01-15 08:00:00 INFO the cart is empty"


def auto() -> Auto:
    codec = codec_for(SOURCE)
    assert isinstance(codec, Auto)
    return codec


def decode(codec: Auto, *values: bytes | None) -> Decoded:
    return codec.decode(values, [SECOND * 1000] * len(values), now=NOW)


def guesses(*values: bytes | None) -> list[Guess]:
    return recognise(
        values,
        [SECOND * 1000] * len(values),
        now=NOW,
        formats=list(FORMATS),
        codec_of=lambda name: FORMATS[name](SOURCE),
    )


@pytest.mark.parametrize("name", list(VALID))
def test_format_is_recognised_from_one_record_and_decoded_as_if_it_had_been_declared(
    name: str,
) -> None:
    for value in VALID[name]:
        codec = auto()
        found = decode(codec, value)
        assert codec.format == name
        assert not found.bad
        assert found.keys or found.histograms
        declared = FORMATS[name](SOURCE).decode([value], [SECOND * 1000], now=NOW)
        assert found == declared


@pytest.mark.parametrize("name", list(VALID))
def test_records_of_one_format_are_taken_for_no_other(name: str) -> None:
    first, *others = guesses(*VALID[name])
    assert first == Guess(name, 1.0)
    assert all(other.share < 1.0 for other in others)


def test_every_format_but_the_mapping_has_a_mark() -> None:
    assert FORMATS.keys() - MARKS.keys() == {"auto", "mapping"}


def test_recognition_is_told_once_and_kept() -> None:
    codec = auto()
    with capture_logs() as logs:
        decode(codec, NATIVE_RECORD)
        decode(codec, NATIVE_RECORD, JUNK)
    assert [{k: entry[k] for k in ("event", "input", "format", "log_level")} for entry in logs] == [
        {"event": "input.format", "input": "shop", "format": "json", "log_level": "info"}
    ]


def test_keys_that_native_json_passes_over_are_told_once() -> None:
    tagged = b'{"name": "load", "value": 1, "tags": {"host": "a"}, "ts": 5}'
    codec = auto()
    with capture_logs() as logs:
        decode(codec, NATIVE_RECORD, tagged)
    assert [entry["passed_over"] for entry in logs] == [["tags", "ts"]]


def test_until_something_is_recognised_native_json_speaks_and_the_question_stays_open() -> None:
    codec = auto()
    with capture_logs() as logs:
        found = decode(codec, JUNK, b'{"value": 1}', None)
    assert codec.format == "auto"
    assert not logs
    declared = FORMATS["json"](SOURCE)
    values = [JUNK, b'{"value": 1}', None]
    assert found == declared.decode(values, [SECOND * 1000] * 3, now=NOW)
    decode(codec, *VALID["vector"])
    assert codec.format == "vector"


def test_first_record_that_is_junk_does_not_decide() -> None:
    codec = auto()
    found = decode(codec, JUNK, NATIVE_RECORD, NATIVE_RECORD)
    assert codec.format == "json"
    assert [bad.position for bad in found.bad] == [0]


def test_a_few_records_among_junk_do_not_decide() -> None:
    codec = auto()
    decode(codec, *[JUNK] * 20, *VALID["vector"][:2])
    assert codec.format == "auto"


def test_format_that_reads_more_of_the_run_is_taken() -> None:
    vector, beats = VALID["vector"], VALID["beats"]
    assert guesses(*vector, *beats, *beats)[0].format == "beats"
    assert guesses(*vector, *vector, *beats)[0].format == "vector"


def test_format_changes_when_a_whole_run_is_in_another_and_says_so() -> None:
    codec = auto()
    decode(codec, NATIVE_RECORD)
    with capture_logs() as logs:
        found = decode(codec, *VALID["vector"])
    assert codec.format == "vector"
    assert found.keys
    assert not found.bad
    assert [(e["log_level"], e["before"], e["format"]) for e in logs] == [
        ("warning", "json", "vector")
    ]


def test_format_stays_while_some_of_the_run_can_be_read_or_none_is_known() -> None:
    codec = auto()
    decode(codec, NATIVE_RECORD)
    decode(codec, NATIVE_RECORD, *VALID["vector"])
    decode(codec, JUNK, JUNK)
    decode(codec, None)
    assert codec.format == "json"


def test_format_that_takes_any_json_still_gives_way_to_the_one_that_is_meant() -> None:
    codec = auto()
    decode(codec, *VALID["vector"])
    found = decode(codec, NATIVE_RECORD)
    assert codec.format == "json"
    assert found.keys == ['latency_ms{service="cart"}']


def test_log_line_without_a_mark_does_not_change_the_format() -> None:
    codec = auto()
    decode(codec, *VALID["vector"])
    assert not decode(codec, b'{"message": "hello"}', *VALID["vector"]).bad
    assert not decode(codec, b'{"message": "hello"}').bad
    assert codec.format == "vector"


def test_clock_that_is_ahead_does_not_hide_the_format() -> None:
    late = written({**NATIVE, "timestamp": SECOND + 86400})
    codec = auto()
    found = decode(codec, late)
    assert codec.format == "json"
    assert [bad.reason for bad in found.bad] == ["timestamp"]
    decode(codec, late)
    assert codec.format == "json"


def test_topic_of_several_formats_is_told_a_few_times_only() -> None:
    codec = auto()
    with capture_logs() as logs:
        for _ in range(20):
            assert not decode(codec, NATIVE_RECORD).bad
            assert not decode(codec, *VALID["vector"]).bad
    assert len(logs) == 6
    assert "several formats" in logs[-1]["problem"]


@pytest.mark.parametrize("count", [1, MOST, MOST + 1, 10 * MOST + 3])
def test_records_that_are_looked_at_are_few_and_spread_over_the_run(count: int) -> None:
    positions = chosen([b"x"] * count)
    assert len(positions) <= MOST
    assert positions[0] == 0
    assert positions == sorted(set(positions))
    assert count - positions[-1] <= -(-count // MOST) + 1


def test_tombstones_and_huge_records_are_not_looked_at() -> None:
    assert chosen([None, b"", b"x" * (2 << 20), b"x"]) == [3]
    assert guesses(None, b"x" * (2 << 20)) == []


ALL = list(itertools.chain.from_iterable(VALID.values()))
VALUES = st.lists(st.sampled_from([*ALL, JUNK, b"", None]) | st.binary(max_size=40), max_size=8)


@given(st.lists(VALUES, max_size=4))
def test_the_same_runs_are_decoded_alike(runs: list[list[bytes | None]]) -> None:
    first, second = auto(), auto()
    for values in runs:
        assert decode(first, *values) == decode(second, *values)
        assert first.format == second.format
