"""Any JSON by a declared mapping: a walk that takes the samples of a record as its shape says.

{"ts": 1700000000, "host": "a", "load": {"1m": 0.4, "5m": 0.3}}

mapping: {timestamp: ts, fields: ["load.*"], labels: {host: host}, prefix: load_}
"""

from typing import Any

from config.settings import Input
from streams.codecs.absent import absent, none_of
from streams.codecs.decoded import Codec, Kind
from streams.codecs.faults import Fault
from streams.codecs.json_records import JsonRecords, Run, kind_of, stamp_of
from streams.codecs.keys import SeriesKeys
from streams.codecs.merged import Merging
from streams.codecs.paths import Glob, compile_path, name_pattern
from streams.codecs.places import ROOT, Place, at, first_of, number, place_of, text_of
from streams.codecs.shape import Shape, shape_of

Labels = tuple[tuple[str, str], ...]

_MOST_NAMES = 100_000  # whose kinds are remembered


def mapped(source: Input) -> Codec:
    """The codec of an input with `format: mapping`."""
    assert source.mapping is not None
    walk = Walk(shape_of(source.mapping), SeriesKeys(extra=source.labels, limits=source.limits))
    return JsonRecords(walk.record, latest_ahead_s=source.latest_ahead_s)


class Walk:
    """Takes the samples of parsed records of one shape."""

    def __init__(self, shape: Shape, keys: SeriesKeys) -> None:
        self._shape = shape
        self._keys = keys
        self._kinds = _Kinds(shape) if shape.counters or shape.deltas else None
        self._each = compile_path(shape.each) if shape.each else None
        self._where = [(place_of(path), frozenset(texts)) for path, texts in shape.where.items()]
        self._paths = (*shape.fields, *shape.series.values())
        self._stamp = first_of(shape.timestamps)
        self._name, self._value = first_of([shape.name]), first_of([shape.value])
        is_dropped = name_pattern(shape.drop)
        self._named = [(name, p) for name, p in _named(shape) if not is_dropped(name)]
        self._merging = Merging()
        for name, stands_at in self._named:
            self._merging.learn(name, stands_at.text)
        taken = _taken(shape)

        def wants(path: str, name: str) -> bool:
            if path in taken or is_dropped(name):
                return False
            self._merging.learn(name, path)
            return True

        globs = [text for text in shape.fields if "*" in text]
        self._globs = [Glob(text, wants, is_whole=shape.whole_names) for text in globs]
        self._labels = [
            (label, place) for label, p in shape.labels.items() if (place := first_of(p))
        ]
        self._labels_from = [place_of(path) for path in shape.labels_from]

    def record(self, record: object, run: Run) -> None:
        """Take the samples of a record: of each of its parts, where it has such."""
        parts = record
        if self._each is not None and (parts := self._each(record)) is None:
            raise Fault("missing", absent("each", self._shape.each or "", record))
        for part in parts if isinstance(parts, list) else (parts,):
            self.part(part, record, run)

    def part(self, node: object, root: object, run: Run, *, stamp: Any = None) -> None:
        """Take the samples of one part of a record, at `stamp` where it says none. Raises Fault."""
        if type(node) is not dict:
            raise Fault("shape", f"{kind_of(node)} stands where a map should")
        for place, texts in self._where:
            if text_of(at(place, node, root)) not in texts:
                return
        names: list[str] = []
        values: list[float] = []
        for name, place in self._named:
            value = at(place, node, root)
            if value is not None:
                names.append(name)
                values.append(number(value, place))
        if self._name is not None:
            self._take_pair(node, root, names, values)
        for glob in self._globs:
            glob.collect(node, names, values)
        if names:
            self._add(node, root, run, names, values, stamp)
        elif self._shape.is_strict:
            raise Fault("missing", none_of(self._paths, node))

    def _take_pair(self, node: object, root: object, names: list[str], values: list[float]) -> None:
        assert self._name is not None
        assert self._value is not None
        name = at(self._name, node, root)
        value = at(self._value, node, root)
        if type(name) is not str or not name:
            raise Fault("missing", _missing("name", self._name, node, root))
        if value is None:
            raise Fault("missing", _missing("value", self._value, node, root))
        names.append(name)
        values.append(number(value, self._value))

    def _add(
        self,
        node: object,
        root: object,
        run: Run,
        names: list[str],
        values: list[float],
        stamp: Any,
    ) -> None:
        try:
            floats = [float(value) for value in values]
        except OverflowError:
            raise Fault("not_finite", "a number is beyond all doubles") from None
        gathered = run.gathered
        self._merging.tell(names, gathered.merged)
        keys = self._series(self._label_texts(node, root), names)
        own = self._timestamp(node, root)
        gathered.stamps += [stamp_of(stamp if own is None else own)] * len(keys)
        gathered.keys += keys
        gathered.values += floats
        if self._kinds is not None:
            self._kinds.tell(names, keys, gathered.kinds)

    def _series(self, labels: Labels, names: list[str]) -> list[str]:
        group = (self._shape.prefix, labels)
        known = self._keys.tables.get(group, {})
        try:
            return [known[name] for name in names]
        except KeyError:
            prefix = self._shape.prefix
            return [
                self._keys.tables.get(group, {}).get(name)
                or self._keys.learn(group, name, prefix + name, dict(labels))
                for name in names
            ]

    def _timestamp(self, node: object, root: object) -> object:
        if self._stamp is None:
            return None
        stamp = at(self._stamp, node, root)
        if stamp is None and self._shape.is_strict:
            raise Fault("missing", _missing("timestamp", self._stamp, node, root))
        return stamp

    def _label_texts(self, node: object, root: object) -> Labels:
        pairs: list[tuple[str, str]] = []
        for label, place in self._labels:
            value = at(place, node, root)
            if (text := text_of(value)) is not None:
                pairs.append((label, text))
            elif value is not None and self._shape.is_strict:
                raise Fault("shape", f"{kind_of(value)} at {place.text!r} is no text of a label")
        for place in self._labels_from:
            entries = at(place, node, root)
            if type(entries) is dict:
                pairs += [(k, text) for k, v in entries.items() if (text := text_of(v)) is not None]
        return tuple(pairs)


class _Kinds:
    """What the series of a shape are, by their names."""

    def __init__(self, shape: Shape) -> None:
        globs = ((Kind.CUMULATIVE, shape.counters), (Kind.DELTA, shape.deltas))
        self._patterns = [(kind, name_pattern(texts)) for kind, texts in globs if texts]
        self._known: dict[str, Kind] = {}

    def tell(self, names: list[str], keys: list[str], kinds: dict[str, Kind]) -> None:
        """Put those of the keys into `kinds` that are no gauges."""
        for name, key in zip(names, keys, strict=True):
            kind = self._known.get(name)
            if kind is None:
                kind = self._learn(name)
            if kind is not Kind.GAUGE:
                kinds[key] = kind

    def _learn(self, name: str) -> Kind:
        if len(self._known) > _MOST_NAMES:
            self._known.clear()
        kind = next((kind for kind, fits in self._patterns if fits(name)), Kind.GAUGE)
        self._known[name] = kind
        return kind


def _named(shape: Shape) -> list[tuple[str, Place]]:
    """The series whose numbers stand at one path each; without a name it is the last key."""
    last = [(path.rpartition(".")[2], path) for path in shape.fields if "*" not in path]
    names = [name for name, _ in last]
    names += shape.series
    own = [
        (name if names.count(name) == 1 else path.removeprefix(ROOT), path) for name, path in last
    ]
    return [(name, place_of(path)) for name, path in [*shape.series.items(), *own]]


def _missing(setting: str, place: Place, node: object, root: object) -> str:
    return absent(setting, place.text, root if place.is_root else node)


def _taken(shape: Shape) -> frozenset[str]:
    """The paths that globs leave alone, because something else is made of what stands there."""
    own = (*shape.timestamps, shape.name or "", shape.value or "", *shape.series.values())
    labels = [path for paths in shape.labels.values() for path in paths]
    paths = (*own, *labels, *shape.fields)
    return frozenset(path.removeprefix(ROOT) if shape.each is None else path for path in paths)
