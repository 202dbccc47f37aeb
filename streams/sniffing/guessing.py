"""A mapping for JSON of unknown shape, guessed from the names and the values in its records."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from config.settings import RecordMapping
from streams.codecs.fluent_bit import NAMING
from streams.codecs.paths import name_pattern
from streams.sniffing.leaves import Leaf, Leaves, leaves_of, lists_of

_STAMP = re.compile(
    r"(^|[._@])((event_?|log_?)?time(_?stamp)?|ts|date(time)?|when|epoch)(_?(m|u|n)?s)?$|_at$", re.I
)
_NAME = re.compile(r"(^|\.)((metric|series|sensor)(_?name)?|name|measurement|key)$", re.I)
_VALUE = re.compile(r"(^|\.)(value|val|v|reading)$", re.I)
_LABEL = re.compile(
    r"(^|[._])(host([._]?name)?|service([._]name)?|app|application|env|environment|region|zone"
    r"|cluster|node|pod|instance|container|namespace|team|device|unit|type|kind|status|code|method|route|level)$",
    re.I,
)
_LABEL_MAP = re.compile(r"(^|\.)(labels|tags|dimensions|attributes)$", re.I)
_COUNTER = re.compile(r"(_total|_count|_sum)$")
_NAMES_ONLY = name_pattern(NAMING)
_MOST_VALUES = 50  # of a label
_LONGEST = 100  # characters of one
_FEW = 6  # fields that are listed one by one
_RISES = 5  # seen of a counter


def guess_mapping(documents: Sequence[Any], *, now: float) -> RecordMapping | None:
    """A mapping for these records, None where no number looks like a measurement."""
    nodes = [n for d in documents for n in (d if type(d) is list else [d]) if type(n) is dict]
    plain = _Guess(leaves_of(nodes), len(nodes), now).mapping(each=None, around={})
    if plain is not None:
        return plain
    lists = lists_of(nodes)
    for path, items in sorted(lists.items(), key=lambda found: -len(found[1])):
        guess = _Guess(leaves_of(items), len(items), now)
        if mapping := guess.mapping(each=path, around=leaves_of(nodes)):
            return mapping
    return None


class _Guess:
    """What the leaves of one kind of map are taken for."""

    def __init__(self, leaves: Leaves, count: int, now: float) -> None:
        self._leaves = leaves
        self._count = count
        self._now = now

    def mapping(self, *, each: str | None, around: Leaves) -> RecordMapping | None:
        """The mapping that the leaves suggest, with those around them; None for none."""
        outside = {f"$.{path}": leaf for path, leaf in around.items()}
        timestamp = self._timestamp(self._leaves) or self._timestamp(outside)
        maps = (*_label_maps(self._leaves), *_label_maps(outside))
        labels = self._labels(self._leaves) | self._labels(outside)
        labels = {path: leaf for path, leaf in labels.items() if path != timestamp}
        pair = self._pair()
        fields = {} if pair else self._fields(timestamp, labels)
        if not pair and not fields:
            return None
        globs, names = _globs(fields)
        return RecordMapping(
            each=each,
            timestamp=timestamp,
            name=pair[0] if pair else None,
            value=pair[1] if pair else None,
            fields=globs,
            drop=self._dropped(globs, {timestamp, *labels, *fields}),
            counters=tuple(name for p, name in names.items() if self._counts(p, labels)),
            labels=_named(p for p in labels if p not in (pair or ()) and _parent(p) not in maps),
            labels_from=maps,
        )

    def _timestamp(self, leaves: Leaves) -> str | None:
        """The path that is most likely the time: by its name, and by what stands there."""
        best: tuple[float, str] | None = None
        for path, leaf in leaves.items():
            is_named = _STAMP.search(path) is not None
            if not leaf.is_instant(self._now, recent=not is_named and not leaf.texts):
                continue
            score = 2.0 * is_named + leaf.seen / max(1, self._count) - path.count(".") / 10
            if best is None or score > best[0]:
                best = score, path
        return best[1] if best else None

    def _labels(self, leaves: Leaves) -> Leaves:
        return {
            path: leaf
            for path, leaf in leaves.items()
            if _is_label(path, leaf) and (leaf.numbers or not leaf.is_instant(self._now))
        }

    def _pair(self) -> tuple[str, str] | None:
        """The paths of a name and its value, where records are such pairs."""
        for name, leaf in self._leaves.items():
            parent = _parent(name)
            if not (leaf.texts and _NAME.search(name) and leaf.seen >= self._count / 2):
                continue
            for value in self._leaves:
                if _VALUE.search(value) and _parent(value) == parent:
                    return name, value
        return None

    def _fields(self, timestamp: str | None, labels: Iterable[str]) -> Leaves:
        taken = {timestamp, *labels}
        return {
            path: leaf
            for path, leaf in self._leaves.items()
            if leaf.numbers
            and path not in taken
            and not _NAMES_ONLY(path)
            and not (_STAMP.search(path) and leaf.is_instant(self._now))
        }

    def _dropped(self, globs: tuple[str, ...], known: set[str | None]) -> tuple[str, ...]:
        """The names that globs would give to numbers that are no measurements."""
        others = [p for p, leaf in self._leaves.items() if leaf.numbers and p not in known]
        if "**" in globs:
            return tuple(others)
        tops = {_top(glob) for glob in globs if "*" in glob}
        return tuple(_below(path) for path in others if _top(path) in tops)

    def _counts(self, path: str, labels: Leaves) -> bool:
        """Whether the numbers only rise, in each combination of labels."""
        numbers = self._leaves[path].numbers
        if not all(float(value).is_integer() for value in numbers.values()):
            return False
        runs: dict[tuple[object, ...], list[float]] = defaultdict(list)
        for record, value in numbers.items():
            runs[tuple(leaf.texts.get(record) for leaf in labels.values())].append(value)
        steps = [b - a for run in runs.values() for a, b in pairwise(run)]
        rises = sum(step > 0 for step in steps)
        return min(steps, default=0) >= 0 and rises >= (1 if _COUNTER.search(path) else _RISES)


def _globs(fields: Iterable[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The fields as few globs, and the name that each of the fields gets by them."""
    paths = list(fields)
    if len(paths) <= _FEW:
        last = Counter(map(_last, paths))
        return tuple(paths), {p: _last(p) if last[_last(p)] == 1 else p for p in paths}
    names = {path: _below(path) for path in paths}
    if len(set(names.values())) < len(paths):
        return ("**",), {path: path for path in paths}
    return tuple(dict.fromkeys(f"{top}.**" if (top := _top(p)) else "*" for p in paths)), names


def _label_maps(leaves: Leaves) -> tuple[str, ...]:
    """Maps that hold nothing but labels."""
    inner: dict[str, list[bool]] = defaultdict(list)
    for path, leaf in leaves.items():
        inner[_parent(path)].append(bool(leaf.texts) and not leaf.numbers and _is_short(leaf))
    return tuple(path for path, fits in inner.items() if _LABEL_MAP.search(path) and all(fits))


def _is_short(leaf: Leaf) -> bool:
    """Whether the texts are few, and none is long."""
    values = set(leaf.texts.values())
    return len(values) <= _MOST_VALUES and max(map(len, values), default=0) <= _LONGEST


def _is_label(path: str, leaf: Leaf) -> bool:
    is_named = _LABEL.search(path) is not None
    if leaf.numbers:
        few = len(set(leaf.numbers.values())) <= _MOST_VALUES
        whole = all(type(value) is int for value in leaf.numbers.values())
        return is_named and few and whole and not leaf.texts
    values = len(set(leaf.texts.values()))
    return values > 0 and _is_short(leaf) and (is_named or 1 < values <= leaf.seen / 2)


def _named(paths: Iterable[str]) -> dict[str, str]:
    """Labels by name: the last key, or the whole path where several end alike."""
    given = list(paths)
    last = Counter(map(_last, given))
    return {
        _label(_last(path) if last[_last(path)] == 1 else path.removeprefix("$.")): path
        for path in given
    }


def _label(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_.:/-]", "_", text)[:200]
    return name if name[:1].isalpha() or name.startswith("_") else f"_{name}"[:200]


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _top(path: str) -> str:
    return path.partition(".")[0] if "." in path else ""


def _below(path: str) -> str:
    return path.partition(".")[2] or path
