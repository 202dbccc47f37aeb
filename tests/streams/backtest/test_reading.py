"""Reading tables: headers, units of time, what is bad, and what tells series apart."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from streams.backtest.files import Found, find_files, read_file
from streams.backtest.past import Source, UnreadableSource
from streams.backtest.reading import keyed, read_files
from streams.backtest.table import Asked
from tests.streams.backtest.tables import table, written

FIRST = 1_700_000_000.0


def read(tmp_path: Path, *lines: str, name: str = "cpu.csv", asked: Asked | None = None) -> Source:
    path = written(tmp_path / name, lines)
    return read_file(Found(path, name), asked or Asked())


@pytest.mark.parametrize(
    "heading",
    [
        "timestamp,value",
        "TimeStamp,Value",
        '"TIMESTAMP", "VALUE"',
        "time;value",
        "\ufefftimestamp\tvalue",
    ],
)
def test_headers_are_known_in_any_case_and_with_any_common_delimiter(
    tmp_path: Path, heading: str
) -> None:
    delimiter = next(d for d in ",;\t" if d in heading)
    source = read(tmp_path, heading, f"1700000000{delimiter}5")
    (past,) = source.pasts
    assert past.samples.at.tolist() == [FIRST]
    assert past.samples.value.tolist() == [5.0]
    assert past.series.key == "cpu"


@pytest.mark.parametrize(
    "stamp",
    [
        "1700000000",
        "1700000000.0",
        "1700000000000",
        "1700000000000000",
        "1700000000000000000",
        "2023-11-14 22:13:20",
        "2023-11-14T22:13:20Z",
        "2023-11-14T23:13:20+01:00",
        '"2023-11-14 22:13:20.000"',
    ],
)
def test_timestamps_are_known_in_every_common_unit(tmp_path: Path, stamp: str) -> None:
    source = read(tmp_path, "timestamp,value", f"{stamp},5")
    assert source.pasts[0].samples.at.tolist() == [FIRST]
    assert not source.bad


def test_small_numbers_are_seconds_and_that_is_said(tmp_path: Path) -> None:
    source = read(tmp_path, "timestamp,value", "0,5", "1,6")
    assert source.pasts[0].samples.at.tolist() == pytest.approx([0.0, 1.0], abs=1e-5)
    (note,) = source.notes
    assert note.startswith("its timestamps are small numbers: taken as seconds")
    assert note.endswith("such as --step 5m")


def test_further_columns_are_ignored_wherever_they_stand(tmp_path: Path) -> None:
    source = read(tmp_path, "host,value,note,timestamp", "a,5,x,1700000000")
    (past,) = source.pasts
    assert past.samples.value.tolist() == [5.0]
    assert not past.series.labels


def test_a_row_wider_than_the_header_is_not_read_as_something_else(tmp_path: Path) -> None:
    source = read(
        tmp_path, "timestamp,value", "1700000000,1,234.5", "1700000060,5,", "1700000120,6"
    )
    (bad,) = source.bad
    assert bad.line == 2
    assert bad.reason == "has 3 columns and its header 2: quote what has delimiters"
    assert source.pasts[0].samples.value.tolist() == [5.0, 6.0]


def test_decimal_commas_are_read_between_semicolons(tmp_path: Path) -> None:
    source = read(
        tmp_path, "timestamp;value", "1700000000;10,5", "1700000060;1.5", "1700000120;1,2,3"
    )
    assert source.pasts[0].samples.value[:2].tolist() == [10.5, 1.5]
    assert [row.reason for row in source.bad] == ["value '1,2,3' is not a number"]


def test_bad_rows_are_told_by_line_and_reason_and_the_others_kept(tmp_path: Path) -> None:
    source = read(
        tmp_path, "timestamp,value", "1700000000,1", "soon,2", "1700000020,many", "1700000030",
        "", "1700000040,5", "1700000050,", "1700000060,NaN", "1700000035,7",
    )  # fmt: skip
    assert [row.line for row in source.bad] == [3, 4, 5]
    reasons = [row.reason for row in source.bad]
    assert reasons[0] == "timestamp 'soon' is not RFC 3339"
    assert reasons[1] == "value 'many' is not a number"
    assert reasons[2] == "has 1 of 2 columns"
    (past,) = source.pasts
    assert (past.gaps, past.out_of_order) == (2, 1)
    assert np.isfinite(past.samples.at).sum() == 5


def test_a_column_of_names_makes_series_and_labels_do_where_asked(tmp_path: Path) -> None:
    lines = (
        "timestamp,metric,host,value",
        "1700000000,cpu,a,1", "1700000000,cpu,b,2", "1700000000,mem,a,3", "1700000060,cpu,a,4",
    )  # fmt: skip
    by_name = read(tmp_path, *lines)
    assert [past.series.key for past in by_name.pasts] == ["cpu", "mem"]
    source = read(tmp_path, *lines, asked=Asked(labels=["Host"]))
    keys = ['cpu{Host="a"}', 'cpu{Host="b"}', 'mem{Host="a"}']
    assert [past.series.key for past in source.pasts] == keys
    assert source.pasts[0].rows.tolist() == [0, 3]
    assert source.pasts[0].samples.value.tolist() == [1.0, 4.0]


NEWEST_FIRST = ["its newest rows are first: they were judged from the last one on"]


@pytest.mark.parametrize(
    ("what", "lines", "are_turned"),
    [
        ("newest first", ["30,a,3", "20,a,2", "10,a,1"], True),
        ("each series", ["20,a,2", "30,b,3", "10,a,1", "20,b,2"], True),
        ("equal times", ["20,a,3", "20,a,2", "10,a,1"], True),
        ("a bad row between", ["20,a,2", "soon,a,9", "10,a,1"], True),
        ("oldest first", ["10,a,1", "20,a,2"], False),
        ("one series rises", ["20,a,2", "10,b,1", "10,a,1", "20,b,2"], False),
        ("one row is late", ["10,a,1", "30,a,3", "20,a,2"], False),
        ("equal times alone", ["10,a,1", "10,a,2"], False),
        ("a row of each", ["20,a,1", "10,b,2"], False),
    ],
    ids=lambda told: told if isinstance(told, str) else "",
)
def test_file_whose_newest_rows_are_first_is_read_from_its_end(
    tmp_path: Path, what: str, lines: list[str], are_turned: bool
) -> None:
    stamped = [line if line[0] == "s" else f"17000000{line}" for line in lines]
    source = read(tmp_path, "timestamp,name,value,label", *(f"{s},{s[-1]}" for s in stamped),
                  asked=Asked(truth="label"))  # fmt: skip
    for past in source.pasts:
        rows, truth = past.rows.tolist(), past.truth
        assert rows == sorted(rows, reverse=are_turned), what
        assert [source.stamps[row] for row in rows] == [
            "soon" if at != at else f"{at:.0f}" for at in past.samples.at.tolist()
        ]
        assert truth is not None
        assert past.samples.value.tolist() == [float(source.values[row]) for row in rows]
    assert list(source.notes) == (NEWEST_FIRST if are_turned else [])


def test_labels_of_truth_are_read_where_asked(tmp_path: Path) -> None:
    lines = ("timestamp,value,Label", "1700000000,1,0", "1700000060,2,1", "1700000120,3,")
    (past,) = read(tmp_path, *lines, asked=Asked(truth="label")).pasts
    assert past.truth is not None
    assert past.truth.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"timestamp,value\n", "has a header and no rows"),
        (
            b"1700000000,5\n",
            "has no columns `timestamp` and `value` in its first line: '1700000000,5'",
        ),
        (b"timestamp,value\n1700000000,\xff\n", "is not UTF-8 text"),
        (b"timestamp,value\n1,\x00\n" + b'1,"' + b"x" * 200_000, "is not CSV"),
    ],
)
def test_what_cannot_be_read_says_why_and_does_not_stop_the_others(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    table(tmp_path / "good.csv")
    found = read_files(find_files([tmp_path]), Asked())
    assert [source.place for source in found.sources] == ["good.csv"]
    assert reason in found.unreadable["bad.csv"]


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="no column `zone`; there are: timestamp, value"):
        read(tmp_path, "timestamp,value", "1700000000,5", asked=Asked(labels=["zone"]))


def test_folders_are_walked_and_gzip_is_read(tmp_path: Path) -> None:
    plain = table(tmp_path / "in" / "a" / "x.csv")
    packed = tmp_path / "in" / "b" / "y.csv.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "in" / "notes.txt").write_text("no table")
    found = find_files([tmp_path / "in"])
    assert [file.place for file in found] == ["a/x.csv", "b/y.csv.gz"]
    first, second = read_files(found, Asked()).sources
    assert second.pasts[0].series.key == "y"
    np.testing.assert_array_equal(first.pasts[0].samples.at, second.pasts[0].samples.at)
    with pytest.raises(UnreadableSource, match="no CSV file"):
        find_files([tmp_path / "in", _empty(tmp_path)])


def _empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_files_of_one_name_are_told_apart_by_their_place(tmp_path: Path) -> None:
    for folder in "ab":
        table(tmp_path / folder / "cpu.csv")
    table(tmp_path / "mem.csv")
    sources = read_files(find_files([tmp_path]), Asked()).sources
    keys = [key for key, _, _ in keyed(sources)]
    assert keys == ['cpu{file="a/cpu.csv"}', 'cpu{file="b/cpu.csv"}', "mem"]
