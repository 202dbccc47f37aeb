"""Plain runs: read without an object for each sample, they give the same samples."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.kernels.loading import kernels
from streams.codecs.influx import InfluxLines
from streams.codecs.native import NativeJson
from streams.codecs.plain import Plain
from streams.kernels.influx_line import lines
from streams.kernels.json_sample import MEMBERS, samples

NOW = 1_800_000_000.0
STAMP = 1_799_999_990_000  # of every Kafka record, in ms
RECORDS = 64  # fewer bytes than theirs are not read as a plain run

NAMES = st.sampled_from(["cpu", "load", "ab", 'q"', "\N{GREEK SMALL LETTER MU}", "a{", ""])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False) | st.integers(
    -(10**20), 10**20
)
STAMPS = st.sampled_from([NOW, NOW * 1000, 1_700_000_000.25, "2027-01-15T08:00:00Z", 5, None])
LABELS = st.dictionaries(st.sampled_from("xyz"), st.text(max_size=3), max_size=2)
RECORD = st.fixed_dictionaries(
    {"name": NAMES, "value": NUMBERS}, optional={"labels": LABELS, "timestamp": STAMPS}
)


Codec = NativeJson | InfluxLines


def codec() -> NativeJson:
    return NativeJson(extra={}, latest_ahead_s=600)


def plain(values: Sequence[bytes | None], of: Codec | None = None) -> Plain | None:
    return (of or codec()).plain(values, [STAMP] * len(values), now=NOW)


def written(records: list[Any], *, is_dense: bool = True) -> list[bytes]:
    separators = (",", ":") if is_dense else (" , ", ": ")
    return [json.dumps(record, separators=separators).encode() for record in records]


def assert_same(found: Plain, values: list[bytes], of: Codec | None = None) -> None:
    whole = (of or codec()).decode(values, [STAMP] * len(values), now=NOW)
    assert not whole.bad
    assert [found.keys[number] for number in found.index] == whole.keys
    assert found.at.tolist() == whole.at
    assert found.value.tolist() == whole.value
    assert found.position.tolist() == whole.position


@settings(max_examples=40)
@given(st.lists(RECORD, min_size=1, max_size=4), st.booleans())
def test_plain_run_has_the_samples_that_are_decoded(records: list[Any], is_dense: bool) -> None:
    values = written(records * RECORDS, is_dense=is_dense)
    found = plain(values)
    if found is not None:
        assert_same(found, values)
        return
    stamps = [record.get("timestamp", STAMP / 1000) for record in records]
    is_odd = any(isinstance(stamp, str | None) for stamp in stamps) or len(set(stamps)) > 1
    is_odd |= any(str(record["value"]) == "-0.0" for record in records)
    assert is_odd or codec().decode(values, [STAMP] * len(values), now=NOW).bad


def test_series_are_known_once_seen_and_told_apart_by_name_and_labels() -> None:
    once = [{"name": n, "labels": {"x": x}, "value": 1} for n in ("a", "ax") for x in ("", "y")]
    of = codec()
    for _ in range(2):
        found = plain(written(once * RECORDS), of)
        assert found is not None
        assert found.keys == ['a{x=""}', 'a{x="y"}', 'ax{x=""}', 'ax{x="y"}']
        assert found.index.tolist() == [0, 1, 2, 3] * RECORDS


def test_labels_written_in_another_way_are_the_same_series() -> None:
    forms = [b'{"x":"1","y":"2"}', b'{ "y": "2", "x": "1" }', b'{"x":"\\u0031","y":"2"}']
    found = plain([b'{"name":"a","value":1,"labels":' + form + b"}" for form in forms] * RECORDS)
    assert found is not None
    assert found.keys == ['a{x="1",y="2"}']


def test_thousands_of_series_are_told_apart() -> None:
    records = [{"name": f"n{i % 70}", "labels": {"i": str(i)}, "value": i} for i in range(5000)]
    of = codec()
    for begin in (0, 2500, 0):
        some = written(records[begin : begin + 2500])
        found = plain(some, of)
        assert found is not None
        assert_same(found, some)


GOOD = b'{"name":"a","value":1}'


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="empty"),
        pytest.param(None, id="tombstone"),
        pytest.param(b'[{"name":"a","value":1}]', id="a list"),
        pytest.param(b'{"name":"a","value":1}}', id="more after its end"),
        pytest.param(b'{"name":"a","value":1', id="no end"),
        pytest.param(b'{"name":"a","value":1,}', id="a comma too many"),
        pytest.param(b'{"name":"a","value":01}', id="a zero before a number"),
        pytest.param(b'{"name":"a","value":1.}', id="no digit after the point"),
        pytest.param(b'{"name":"a","value":.5}', id="no digit before the point"),
        pytest.param(b'{"name":"a","value":-}', id="a sign alone"),
        pytest.param(b'{"name":"a","value":1e}', id="no exponent"),
        pytest.param(b'{"name":"a","value":1e999}', id="beyond a double"),
        pytest.param(b'{"name":"a","value":null}', id="null"),
        pytest.param(b'{"name":"a","value":1,"value":2}', id="twice"),
        pytest.param(b'{"name":"a","fields":{"b":1}}', id="fields"),
        pytest.param(b'{"name":"a","value":1,"more":2}', id="a member unknown"),
        pytest.param(b'{"name":"a","value":1,"labels":{"x":{}}}', id="nested labels"),
        pytest.param(b'{"name":"a","value":1,"labels":{"x":5}}', id="a number for a label"),
        pytest.param(b'{"name":"\xff","value":1}', id="not UTF-8"),
        pytest.param(b'{"name":"\x01","value":1}', id="a control character"),
        pytest.param(b'{"name":"a{","value":1}', id="a name that no series can have"),
        pytest.param(b'{"name":"a","value":1,"timestamp":5}', id="before 2000"),
        pytest.param(b'{"name":"a","value":1,"timestamp":-1}', id="a timestamp of -1"),
        pytest.param(b'{"name":"a","value":1,"timestamp":-1.000000000000000000}', id="a long -1"),
        pytest.param(b'{"name":"a","value":1,"timestamp":"soon"}', id="a timestamp in words"),
        pytest.param(b'{"name":"a","value":1}\n{"name":"a","value":1}', id="two in one"),
    ],
)
def test_run_with_anything_else_is_left_to_who_reads_with_care(value: bytes | None) -> None:
    values: list[Any] = [GOOD] * RECORDS
    assert plain(values) is not None
    assert plain([*values, value, *values]) is None


@pytest.fixture(params=["compiled", "as they are"])
def _kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "as they are":
        for one in kernels("streams.kernels"):
            monkeypatch.setitem(vars(one), "compiled", np.errstate(all="ignore")(one.plain))


@pytest.mark.usefixtures("_kernels")
def test_loops_read_numbers_and_places() -> None:
    records = [b' {"value" : -1.5e3,"labels":{"a":"}"}, "name":"x"}\n', b'{"name":"y","value":0}']
    data = np.frombuffer(bytearray(b"".join(records)), np.uint8)
    spans, numbers = np.full((2, 2 * len(MEMBERS)), -1), np.zeros((2, 2))
    assert samples(data, np.cumsum([*map(len, records)]), spans, numbers)
    assert [data[a:b].tobytes() for a, b in spans.reshape(-1, 2) if a >= 0] == [
        b'"x"', b'{"a":"}"}', b"-1.5e3", b'"y"', b"0",
    ]  # fmt: skip
    assert numbers[0].tolist() == [-1500.0, 0.0]


def influx() -> InfluxLines:
    return InfluxLines(extra={}, latest_ahead_s=600)


GROUPS = st.sampled_from(["cpu", "cpu,host=a", "cpu,host=b", "m\N{MICRO SIGN},x=1,y=2", "v=1"])
FIELDS = st.dictionaries(
    st.sampled_from(["a", "b", "value", "\N{MICRO SIGN}"]),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False).map(repr)
    | st.integers(-(10**17), 10**17).map(lambda number: f"{number}i"),
    min_size=1,
)
STAMPS_NS = st.sampled_from(["", " 1700000000123456789", " 1799999990999999999"])


@st.composite
def a_line(draw: st.DrawFn) -> str:
    fields = ",".join(f"{name}={number}" for name, number in draw(FIELDS).items())
    return f"{draw(GROUPS)} {fields}{draw(STAMPS_NS)}"


@settings(max_examples=40)
@given(st.lists(st.lists(a_line(), min_size=1, max_size=3), min_size=1, max_size=4))
def test_plain_lines_have_the_samples_that_are_decoded(records: list[list[str]]) -> None:
    values = ["\n".join(lines).encode() + b"\n" for lines in records] * (2 * RECORDS)
    found = plain(values, influx())
    if found is not None:
        assert_same(found, values, influx())
        return
    text = b"".join(values)  # stamps of some lines alone are of two units
    assert b"=-0" in text or len({line.count(" ") for r in records for line in r}) > 1


LINE = b"cpu,host=a v=1,w=2i 1700000000000000000"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n\n", id="empty lines"),
        pytest.param(b"cpu v=1\n\ncpu v=1", id="an empty line between"),
        pytest.param(b"# cpu v=1", id="a comment"),
        pytest.param(b'cpu v="text"', id="text"),
        pytest.param(b"cpu v=true", id="a truth"),
        pytest.param(b"cpu v=1.5i", id="a point in a whole number"),
        pytest.param(b"cpu v=-0i", id="a zero with a sign"),
        pytest.param(b"cpu v=99999999999999999999i", id="beyond 64 bits"),
        pytest.param(b"cpu v=1e400", id="beyond a double"),
        pytest.param(b"cpu v=5e-324", id="hardly more than nothing"),
        pytest.param(b"cpu v=1u", id="unsigned"),
        pytest.param(b"cpu v=1,v=2", id="twice"),
        pytest.param(b"cpu v=1,", id="a comma too many"),
        pytest.param(b"cpu v=", id="no number"),
        pytest.param(b"cpu =1", id="no name"),
        pytest.param(b"cpu v", id="no field"),
        pytest.param(b"cpu", id="nothing but a measurement"),
        pytest.param(b"cpu  v=1", id="two blanks"),
        pytest.param(b"cpu v=1 ", id="a blank at the end"),
        pytest.param(b"cpu v=1 -5", id="a negative timestamp"),
        pytest.param(b"cpu v=1 9999999999999999999", id="a timestamp beyond 64 bits"),
        pytest.param(b"cpu v=1 5", id="before 2000"),
        pytest.param(b"cpu,host= v=1", id="a tag without value"),
        pytest.param(b"cpu,host=a\\ b v=1", id="an escape"),
        pytest.param(b"cpu\xff v=1", id="not UTF-8"),
        pytest.param(b"cpu v=1\0", id="a control character"),
        pytest.param(b"cpu," + b"x" * 5000 + b"=1 v=1", id="a long line"),
    ],
)
def test_lines_with_anything_else_are_left_to_who_reads_with_care(line: bytes) -> None:
    values = [LINE] * RECORDS
    assert plain(values, influx()) is not None
    assert plain([*values, line, *values], influx()) is None


@pytest.mark.usefixtures("_kernels")
def test_loops_read_fields_of_lines() -> None:
    records = [b"cpu,h=a v=-1.5e3,w=7i 17\nmem u=0", b"cpu v=2 18\n"]
    data = np.frombuffer(bytearray(b"".join(records)), np.uint8)
    texts, written = np.zeros((9, 4), np.int64), np.zeros((9, 2), np.int64)
    value, stamp, position = np.zeros(9), np.zeros(9), np.zeros(9, np.int64)
    ends = np.cumsum([*map(len, records)])
    assert lines(data, ends, texts, written, value, stamp, position) == 4
    assert [(data[a:b].tobytes(), data[c:d].tobytes()) for a, b, c, d in texts[:4]] == [
        (b"cpu,h=a", b"w"), (b"cpu,h=a", b"v"), (b"mem", b"u"), (b"cpu", b"v"),
    ]  # fmt: skip
    assert value[:4].tolist() == [7.0, -1500.0, 0.0, 2.0]
    assert stamp[:4].tolist() == [17.0, 17.0, -1.0, 18.0]
    assert position[:4].tolist() == [0, 0, 0, 1]
