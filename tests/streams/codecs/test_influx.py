"""Influx line protocol: what a line becomes, and which lines are none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from line_protocol_parser import parse_line

from config.settings import Limits
from streams.codecs.decoded import Decoded
from streams.codecs.influx import InfluxLines

NOW = 1_800_000_000.0
STAMP = 1_799_999_995_000
NS = "1799999990000000000"


def a_codec(**settings: Any) -> InfluxLines:
    return InfluxLines(**{"extra": {}, "latest_ahead_s": 600, **settings})


def decode(*values: str | bytes | None, codec: InfluxLines | None = None) -> Decoded:
    written = [value.encode() if isinstance(value, str) else value for value in values]
    return (codec or a_codec()).decode(written, [STAMP] * len(written), now=NOW)


def samples(found: Decoded) -> dict[str, float]:
    return dict(zip(found.keys, found.value, strict=True))


def test_fields_are_series_of_their_measurement() -> None:
    found = decode(f"cpu,host=web1,region=eu usage_idle=97.1,procs=12i,value=3 {NS}")
    labels = '{host="web1",region="eu"}'
    assert samples(found) == {
        f"cpu_usage_idle{labels}": 97.1,
        f"cpu_procs{labels}": 12.0,
        f"cpu{labels}": 3.0,
    }
    assert found.at == [1_799_999_990.0] * 3
    assert found.kinds == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0), ("-1.5", -1.5), (".5", 0.5), ("1e3", 1000.0), ("1.5E-2", 0.015), ("-7i", -7.0),
        ("18446744073709551615u", 2.0**64), ("t", 1.0), ("True", 1.0), ("F", 0.0), ("false", 0.0),
    ],
)  # fmt: skip
def test_value_is_read_in_every_form(text: str, value: float) -> None:
    found = decode(f"m f={text} {NS}")
    assert found.value == [value]
    assert type(found.value[0]) is float


def test_texts_are_left_out() -> None:
    found = decode(f'm a="x y=1,z=2",f=1,b="\\"" {NS}', f'm a="only" {NS}')
    assert (samples(found), found.bad) == ({"m_f": 1.0}, [])


def test_field_that_becomes_a_text_is_left_out_then() -> None:
    found = decode(f"m f=1,g=1 {NS}\nm f=2,g=2 {NS}\nm f=3,g=3 {NS}", f'm f="5",g=4 {NS}')
    assert sorted(found.value) == [1, 1, 2, 2, 3, 3, 4]
    assert found.position == [0] * 6 + [1]


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        (" 1799999990", 1_799_999_990.0),
        (" 1799999990500", 1_799_999_990.5),
        (" 1799999990500000", 1_799_999_990.5),
        (" 1799999990500000000", 1_799_999_990.5),
        ("", STAMP / 1000),
    ],
)
def test_timestamp_is_read_in_every_unit(stamp: str, at: float) -> None:
    found = decode(f"m f=1{stamp}", f"m f=1{stamp}\r\n")
    assert found.at == pytest.approx([at, at])


def test_escaped_names_are_read() -> None:
    lines = [
        f"disk\\ io,path=C:\\ \\=d,a\\,b=x\\,y used\\ pct=5,n\\=1=6 {NS}",
        f"disk,path=a\\,b f=7 {NS}",
    ]
    for _ in range(3):
        found = decode("\n".join(lines))
        assert samples(found) == {
            'disk io_used pct{path="C: =d"}': 5.0,
            'disk_f{path="a,b"}': 7.0,
        } or [bad.reason for bad in found.bad] == ["name"]
    assert samples(found)['disk_f{path="a,b"}'] == 7.0


def test_lines_that_say_nothing_are_passed_over() -> None:
    found = decode(f"# a comment\n\n  \nm f=1 {NS}\n#\n\r\nm f=2 {NS}\n\n")
    assert (found.value, found.bad) == ([1.0, 2.0], [])


def test_text_may_go_over_several_lines() -> None:
    found = decode(f'm a="one\ntwo, f=5\n",f=1 {NS}\nm f=2 {NS}')
    assert (found.value, found.bad) == ([1.0, 2.0], [])


def test_bad_line_is_told_by_its_number_and_the_others_are_taken() -> None:
    record = f"m f=1 {NS}\nm f= {NS}\nno line\nm f=2 {NS}"
    found = decode(f"m f=0 {NS}", record, f"m f=3 {NS}")
    assert [(bad.position, bad.reason) for bad in found.bad] == [(1, "not_influx")]
    assert found.bad[0].detail.startswith("line 2: ")
    assert (found.value, found.position) == ([0.0, 1.0, 2.0, 3.0], [0, 1, 1, 2])


def test_rest_of_a_record_is_left_after_a_hundred_bad_lines() -> None:
    lines = [f"m f=1 {NS}", *["bad"] * 99, f"m f=2 {NS}", "bad", f"m f=3 {NS}"]
    found = decode("\n".join(lines), f"m f=4 {NS}")
    assert found.value == [1.0, 2.0, 4.0]
    assert len(found.bad) == 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(None, "empty", id="tombstone"),
        pytest.param("", "empty", id="empty"),
        pytest.param(" \n ", "empty", id="blank"),
        pytest.param(b"m f=1 " * (1 << 18), "too_large", id="too large"),
        pytest.param('{"a": 1}', "not_influx", id="JSON"),
        pytest.param("m", "not_influx", id="no field"),
        pytest.param("m f", "not_influx", id="no value"),
        pytest.param("m f=x", "not_influx", id="a bare word"),
        pytest.param("m f=nan", "not_influx", id="NaN"),
        pytest.param("m f=1_0", "not_influx", id="an underscore"),
        pytest.param("m f=+1", "not_influx", id="a plus"),
        pytest.param("m f=1e999", "not_influx", id="beyond a double"),
        pytest.param('m f="x', "not_influx", id="an open quote"),
        pytest.param("m,a= f=1", "not_influx", id="an empty tag"),
        pytest.param("m,a=b,a=c f=1", "not_influx", id="a tag twice"),
        pytest.param("m f=1 soon", "not_influx", id="no timestamp"),
        pytest.param(b"m f=1\x00", "not_influx", id="a zero byte"),
        pytest.param(b"m,a=\xff f=1", "not_influx", id="not UTF-8"),
        pytest.param("m " + ",".join(f"f{i}=1" for i in range(2000)), "too_large", id="wide"),
        pytest.param("m f=1 5", "timestamp", id="in 1970"),
        pytest.param("m f=1 -5", "timestamp", id="before 1970"),
        pytest.param("m f=1 4000000000", "timestamp", id="in 2096"),
        pytest.param("m{ f=1", "name", id="a brace"),
        pytest.param("m,a}=b f=1", "name", id="a brace in a tag"),
        pytest.param(f"m,a={'b' * 2000} f=1", "label_length", id="long"),
        pytest.param("m," + ",".join(f"t{i}=x" for i in range(41)) + " f=1", "labels", id="many"),
    ],
)
def test_bad_record_has_a_reason_again_and_again(value: str | bytes | None, reason: str) -> None:
    codec = a_codec()
    for _ in range(3):
        found = decode(f"m f=1 {NS}", value, f"m f=2 {NS}", codec=codec)
        assert [(bad.position, bad.reason) for bad in found.bad] == [(1, reason)]
        assert found.value == [1.0, 2.0]


def test_limits_are_those_of_the_input() -> None:
    codec = a_codec(extra={"env": "prod"}, limits=Limits(labels=2, label_length=4))
    found = decode("m,a=b f=1", "m,a=b,c=d f=1", "m,a=bbbbb f=1", codec=codec)
    assert samples(found) == {'m_f{a="b",env="prod"}': 1.0}
    assert [bad.reason for bad in found.bad] == ["labels", "label_length"]


PIECES = st.sampled_from(
    [
        "m",
        "cpu",
        ",",
        "=",
        " ",
        "\\",
        '"',
        "1",
        "5i",
        "t",
        ".",
        "-",
        "\n",
        "#",
        "é",
        "f=1",
        "a=b",
        "\t",
    ]
)


@given(st.lists(st.lists(PIECES, max_size=14).map("".join), max_size=6))
def test_known_lines_are_decoded_as_new_ones(records: list[str]) -> None:
    codec = a_codec()
    first = decode(*records, codec=codec)
    assert decode(*records, codec=codec) == first
    for position, record in enumerate(records):
        alone = decode(record)
        mine = [i for i, place in enumerate(first.position) if place == position]
        assert alone.keys == [first.keys[i] for i in mine]
        assert alone.value == [first.value[i] for i in mine]


NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=5)


@given(
    NAMES,
    st.dictionaries(NAMES, NAMES, max_size=3),
    st.dictionaries(
        NAMES, st.floats(-1e9, 1e9).filter(lambda x: not 0 < abs(x) < 1e-9), min_size=1
    ),
)
def test_values_are_those_that_the_library_reads(
    name: str, tags: dict[str, str], fields: dict[str, float]
) -> None:
    head = ",".join([name, *(f"{key}={value}" for key, value in tags.items())])
    line = f"{head} {','.join(f'{key}={value!r}' for key, value in fields.items())} {NS}"
    parsed = parse_line(line)
    codec = a_codec()
    decode(line, codec=codec)
    assert sorted(decode(line, codec=codec).value) == sorted(parsed["fields"].values())
