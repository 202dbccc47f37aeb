"""What a YAML syntax error means, in words for the person who made it."""

import re

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

_NO_COLON = "a key without a colon: write `key: value` (with a space after the colon)"
_MEANINGS = (
    (r"found character '\\t'|found a tab", "a tab cannot indent YAML: use spaces"),
    (
        r"mapping values are not allowed",
        "a colon that does not belong here: quote a text that holds `: `, or mend the indentation",
    ),
    (
        r"expected <block end>, but found '(<block mapping start>|<block sequence start>)'",
        "bad indentation: this line begins at another column than its neighbours",
    ),
    (
        r"expected <block end>, but found '-'",
        "a list item among the keys of a map: indent it under its key, or remove the dash",
    ),
    (
        r"expected <block end>, but found '\?'",
        "a key among the items of a list: indent it under its item, or put a dash before it",
    ),
    (r"expected <block end>, but found '[\]}]'", "a closing bracket that nothing opened"),
    (
        r"expected <block end>, but found '<scalar>'",
        "text after the end of a value: quote the whole value, or mend the indentation",
    ),
    (r"expected ',' or '\]'", "a list that begins with [ is not closed: a comma or ] is missing"),
    (r"expected ',' or '\}'", "a map that begins with { is not closed: a comma or } is missing"),
    (r"expected the node content", "a value is missing here"),
    (r"could not find expected ':'", _NO_COLON),
    (r"found unexpected end of stream", "a quote is opened and never closed"),
    (r"found unexpected document separator", "a quote is opened and never closed"),
    (
        r"but found another document",
        "a second document (---) in one file: put it into a file of its own",
    ),
    (
        r"found undefined alias '?(?P<name>[^']*)",
        "there is no anchor &{name} for the alias *{name}",
    ),
    (r"found duplicate anchor '?(?P<name>[^']*)", "the anchor &{name} is here twice"),
    (
        r"found character '?(?P<name>[`@%])",
        "a text that begins with {name} needs quotes around it",
    ),
    (r"found unknown escape character", "an unknown escape in double quotes: use single quotes"),
    (r"could not determine a constructor", "tags are not used here"),
)


def explain(error: YAMLError, text: str) -> tuple[int, int, str]:
    """Line and column from 1, and what is wrong there."""
    if isinstance(error, ReaderError):
        return _unacceptable(error, text)
    if not isinstance(error, MarkedYAMLError):
        return 1, 1, "not YAML"
    said = " ".join(filter(None, (error.context, error.problem)))
    mark = error.problem_mark or error.context_mark
    if said.endswith("found unexpected end of stream"):
        mark = error.context_mark or mark  # where the quote was opened, not where the file ends
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    line, column = _within(text, line, column)
    if "mapping values are not allowed" in said and (before := _keyless(text, line)):
        return before[0], before[1], _NO_COLON
    return line, column, _meaning(said)


def _keyless(text: str, line: int) -> tuple[int, int] | None:
    """The line before, if it stands as far in and has no colon of its own."""
    lines = text.splitlines()
    if line < 2:
        return None
    before, here = lines[line - 2], lines[line - 1]
    indent = len(before) - len(before.lstrip())
    is_neighbour = indent == len(here) - len(here.lstrip())
    if not before.strip() or ":" in before or "#" in before or not is_neighbour:
        return None
    return line - 1, len(before.rstrip()) + 1


def _within(text: str, line: int, column: int) -> tuple[int, int]:
    """The place, moved back to the last line with text if it lies behind it."""
    lines = text.rstrip().splitlines() or [""]
    return (line, column) if line <= len(lines) else (len(lines), len(lines[-1]) + 1)


def _meaning(said: str) -> str:
    for pattern, meaning in _MEANINGS:
        if found := re.search(pattern, said):
            return meaning.format(**found.groupdict()) if found.groupdict() else meaning
    return f"not YAML: {said.splitlines()[0]}" if said else "not YAML"


def _unacceptable(error: ReaderError, text: str) -> tuple[int, int, str]:
    code = error.character if isinstance(error.character, int) else ord(str(error.character)[:1])
    at = max(text.find(chr(code)), 0)
    line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
    return line, column, f"the character U+{code:04X} cannot stand in YAML: remove it"
