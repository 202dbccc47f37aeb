"""Values as text, choices, and advice for every reason there is."""

import ast
from pathlib import Path

import pytest

from streams.letters.advice import ADVICE
from streams.letters.shown import printable, shown


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (b'{"b":[1],"a":"\xc3\xa9"}', ["{", '  "b": [', "    1", "  ],", '  "a": "é"', "}"]),
        (b"cpu value=1\nmem value=2\n", ["cpu value=1", "mem value=2"]),
        (b"\x1b[2J", ["00000000  1b 5b 32 4a" + " " * 39 + "|.[2J|"]),
        (b'"\\u009b2J"', [r'"\x9b2J"']),
        (b"", []),
    ],
)
def test_value_is_shown_as_what_it_is(value: bytes, lines: list[str]) -> None:
    assert shown(value, most=2048) == lines


def test_deep_json_does_not_break_it() -> None:
    assert shown(b"[" * 100_000, most=10) == ["[" * 10, "... 99,990 more (--all)"]


@pytest.mark.parametrize("text", ["\x1b]0;x\x07", "a\rb", "\u202eabc", "\x9b1m"])
def test_nothing_that_a_terminal_would_obey_is_printed(text: str) -> None:
    assert printable(text).isprintable()


def test_there_is_advice_for_every_reason() -> None:
    reasons = set()
    for path in Path("streams").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"Fault": 0, "Bad": 1}.get(node.func.id)
                if place is not None and len(node.args) > place:
                    reasons |= _words(node.args[place])
    assert "not_json" in reasons
    assert reasons - set(ADVICE) == set(), "add a line to streams/letters/advice.py"


def _words(node: ast.expr) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
