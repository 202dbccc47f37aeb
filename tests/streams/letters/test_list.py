"""`tocsin deadletter list` and `show` on a real broker."""

import json

import pytest

from streams.letters.advice import ADVICE
from tests.streams.letters.post import Post


def test_nothing_is_listed_before_there_is_a_letter(post: Post) -> None:
    answer = post.run("list")
    assert (answer.exit_code, answer.stdout) == (0, "0 dead letters\n")


def test_letters_are_listed_newest_first(post: Post) -> None:
    post.sent_and_buried(b"a", b"b", b"c")
    answer = post.run("list", "--limit", "2")
    header, *rows, total = answer.stdout.splitlines()
    assert header.split() == ["NUMBER", "BURIED", "RECORD", "STATE", "REASON", "DETAIL"]
    assert [row.split()[3] for row in rows] == [f"{post.input}/0/2", f"{post.input}/0/1"]
    assert rows[0].split()[4:] == ["open", "not_json", "why", "2"]
    assert total == "3 dead letters, 1 older not shown"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), [3, 2, 1, 0]),
        (("--reason", "timestamp"), [3, 2]),
        (("--topic", "other"), []),
        (("--since", "1h"), [3, 2, 1, 0]),
        (("--since", "2100-01-01T00:00:00Z"), []),
        (("--limit", "0", "--open"), [3, 2, 1, 0]),
    ],
)
def test_letters_are_chosen(post: Post, options: tuple[str, ...], expected: list[int]) -> None:
    records = post.send(b"0", b"1", b"2", b"3") and post.read()
    post.bury(records[:2])
    post.bury(records[2:], "timestamp")
    found = json.loads(post.run("list", "--json", *options).stdout)
    assert [letter["number"] for letter in found["letters"]] == expected
    assert found["total"] == len(expected)


def test_summary_counts_by_reason(post: Post) -> None:
    records = post.send(b"0", b"1", b"2") and post.read()
    post.bury(records[:1])
    post.bury(records[1:], "timestamp")
    rows = [line.split() for line in post.run("list", "--summary").stdout.splitlines()]
    assert rows == [
        ["LETTERS", "REASON", "TOPIC"],
        ["2", "timestamp", post.input],
        ["1", "not_json", post.input],
        ["3", "dead", "letters"],
    ]


def test_record_that_was_buried_twice_is_listed_once(post: Post) -> None:
    post.sent_and_buried(b"0")
    post.bury(post.read())
    assert post.run("list").stdout.splitlines()[-1] == "1 dead letter"


def test_what_is_no_letter_is_passed_over(post: Post) -> None:
    post.sent_and_buried(b"0")
    post.input, own = post.topics.deadletter, post.input
    post.send(b"junk", b"{}")
    post.input = own
    assert post.run("list").stdout.splitlines()[-1] == "1 dead letter"
    assert post.run("show", "1").exit_code == 1


def test_letter_is_shown_with_its_record_and_what_to_do(post: Post) -> None:
    (place,) = post.sent_and_buried(b'{"name": "load"}', key=b"k", headers=[("trace", b"\x1b[2J")])
    for wanted in (str(place), "0"):
        text = post.run("show", wanted).stdout
        assert f"{place}, still there" in text
        assert "not_json: why 0" in text
        assert ADVICE["not_json"] in text
        assert r"\x1b[2J" in text
        assert text.endswith('value, 16 bytes:\n{\n  "name": "load"\n}\n')


def test_record_that_is_gone_is_shown_as_far_as_its_letter_has_it(post: Post) -> None:
    records = post.send(b"\x00" * 300_000, timestamp_ms=1) and post.read()
    post.bury(records, timestamp=2)  # another record is at its place now
    text = post.run("show", "0").stdout
    assert f"{post.input}/0/0, gone from there" in text
    assert "value, 300,000 bytes, of which its letter has 262,144:" in text
    assert text.splitlines()[-1] == "... 260,096 more (--all)"


@pytest.mark.parametrize("wanted", ["7", "other/0/0"])
def test_letter_that_is_not_there_is_said(post: Post, wanted: str) -> None:
    answer = post.run("show", wanted)
    assert answer.exit_code == 1
    assert answer.stderr == f"tocsin: no dead letter {wanted}: see tocsin deadletter list\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "app-1"), "'app-1' is no place of a record: TOPIC/PARTITION/OFFSET"),
        (("list", "--reason", "timestmp"), '"timestmp" (did you mean "timestamp"?)'),
        (("retry", "--reason", "moon"), '"moon"; there are empty, too_large, not_json'),
        (("list", "--since", "soon"), "--since takes a duration such as 2h, or an instant"),
        (("list", "--since", "2026-11-23T08:00:00"), "say the zone, such as"),
    ],
)
def test_wrong_usage_is_said_in_a_line(post: Post, arguments: tuple[str, ...], said: str) -> None:
    answer = post.run(*arguments)
    assert answer.exit_code == 2
    assert said in answer.stderr
