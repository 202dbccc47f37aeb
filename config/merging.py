"""Several files as one configuration: sections with the same name are joined."""

from collections.abc import Iterable
from typing import Any

from config.documents import Document, Loc


def merge(documents: Iterable[Document]) -> Document:
    """The documents of several files as one: sections with the same name are joined.

    Lists are joined in the order of the files, maps by key. A key in two files is a problem that
    names both places.
    """
    whole = Document()
    for document in documents:
        whole.lines |= document.lines
        whole.problems += document.problems
        whole.spoilt |= document.spoilt
        whole.is_broken |= document.is_broken
        for section, value in document.data.items():
            if value is not None:
                _join(whole, document, section, value)
    return whole


def _join(whole: Document, part: Document, section: str, value: Any) -> None:
    present = whole.data.get(section)
    if present is None:
        whole.data[section] = value
        _adopt(whole, part, (section,), 0)
    elif isinstance(present, list) and isinstance(value, list):
        _adopt(whole, part, (section,), len(present))
        present += value
    elif isinstance(present, dict) and isinstance(value, dict):
        for key in [key for key in value if key in present]:
            _report_twice(whole, part, (section, key))
        fresh = {key: item for key, item in value.items() if key not in present}
        present |= fresh
        for key in fresh:
            _adopt(whole, part, (section, key), 0)
    else:
        _report_twice(whole, part, (section,))


def _adopt(whole: Document, part: Document, prefix: Loc, shift: int) -> None:
    """Take over the places under `prefix`, with list positions moved by `shift`."""
    depth = len(prefix)
    for ours, theirs in ((whole.places, part.places), (whole.keys, part.keys)):
        for loc, place in theirs.items():
            if loc[:depth] != prefix:
                continue
            if shift and len(loc) > depth and isinstance(index := loc[depth], int):
                loc = (*prefix, index + shift, *loc[depth + 1 :])
            ours.setdefault(loc, place)


def _report_twice(whole: Document, part: Document, loc: Loc) -> None:
    first, second = whole.key_of(loc), part.key_of(loc)
    name = loc[-1]
    whole.report(second, loc, f'"{name}" is also in {first.file}:{first.line}:{first.column}')
