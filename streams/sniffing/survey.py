"""What a topic holds, as figures: from its newest records, decoded as they would be on ingest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from config.settings import Input, RecordMapping
from streams.codecs.decoded import Bad, Decoded
from streams.codecs.native import KEYS as NATIVE_KEYS
from streams.codecs.recognition import ENOUGH, Guess, chosen, look, recognise
from streams.codecs.registry import FORMATS, codec_for
from streams.sniffing.guessing import guess_mapping
from streams.sniffing.occurrences import are_errors
from streams.sniffing.reading import Slice
from streams.sniffing.rows import OneOfRows, one_of_rows
from streams.sniffing.series import SeriesSeen, series_seen
from streams.sniffing.units import unit_of

_SHOWN = 3
_EVER_S = 1e9
_DOCUMENTS = 300  # of unknown shape are enough to guess by
_ERRORS = 0.5  # share of records that are errors, where they are no metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A partition: the records it has, and how many of them were read."""

    partition: int
    records: int
    read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Bytes of the records' values."""

    smallest: int
    median: int
    largest: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The records' own keys: how many have one, how many are different, and one of them."""

    records: int
    distinct: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A decoded sample; a histogram has its count for a value."""

    series: str
    at: float
    value: float
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Timestamps of the samples, epoch seconds, and how far they lie behind (below 0: ahead).

    `behind_kafka_s` is the median behind the record's own time in Kafka, `behind_clock_s` the
    newest behind the clock.
    """

    oldest: float
    newest: float
    behind_kafka_s: float
    behind_clock_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Everything that was found. `source` is the input as it is suggested, None for no idea.

    `share` of the records were read by it, and of the rest `bad` counts the reasons.
    """

    topic: str
    parts: tuple[Part, ...]
    nulls: int
    keys: Keys
    compressions: Mapping[str, int]
    sizes: Sizes | None
    guesses: tuple[Guess, ...]
    source: Input | None
    share: float = 0.0
    bad: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Bad, ...] = ()  # the first of each reason
    samples: tuple[Sample, ...] = ()
    count: int = 0  # of samples and histograms
    times: Times | None = None
    unit: str = ""  # of the timestamps
    series: SeriesSeen | None = None
    clashing: str = ""  # a series that has several values at one instant
    merged: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # names of several paths
    one_of_rows: OneOfRows | None = None
    first_value: bytes | None = None

    @property
    def read(self) -> int:
        """Records that were read."""
        return sum(part.read for part in self.parts)


def survey(slices: Sequence[Slice], source: Input, *, now: float) -> Survey:
    """What the slices of a topic hold; `source` is an input for it, as far as one is known."""
    values = [value for one in slices for value in one.values]
    timestamps = [stamp for one in slices for stamp in one.timestamps]
    guesses = _guesses(values, timestamps, source, now)
    found = _described(slices, source, values, guesses)
    suggested = _suggested(values, timestamps, source, guesses, now)
    if suggested is None:
        return found
    decoded = [_decode(one, suggested, now) for one in slices]
    found = _with_faults(found, suggested, decoded)
    if "timestamp" in found.bad:  # to tell how wrong the producer's clock is
        lenient = replace(suggested, latest_ahead_s=_EVER_S)
        decoded = [_decode(one, lenient, now) for one in slices]
    return _with_samples(found, suggested, slices, decoded, now)


def _guesses(
    values: Sequence[bytes | None], timestamps: Sequence[int], source: Input, now: float
) -> list[Guess]:
    return recognise(
        values,
        timestamps,
        now=now,
        formats=tuple(FORMATS),
        codec_of=lambda name: FORMATS[name](replace(source, mapping=None)),
    )


def _suggested(
    values: Sequence[bytes | None],
    timestamps: Sequence[int],
    source: Input,
    guesses: Sequence[Guess],
    now: float,
) -> Input | None:
    """The input, with the format that was found, or a mapping for what is unknown."""
    if source.format != "auto" or source.kind == "errors":
        return source  # somebody has decided
    known = guesses[0].format if guesses and guesses[0].share >= ENOUGH else None
    if known not in (None, "json"):
        return replace(source, format=known)
    looks = [look(value) for value in values[-_DOCUMENTS:] if value]
    mapping = guess_mapping([seen.whole for seen in looks], now=now)
    if known == "json" and not (mapping and _reads_more(mapping)):
        return replace(source, format="json")
    items = [seen.item for seen in looks]
    may_be = known is None and _can_be_errors(values, timestamps, source, now)
    if may_be and are_errors(items, measured=mapping is not None):
        return replace(source, kind="errors")
    return replace(source, format="mapping", mapping=mapping) if mapping else None


def _reads_more(mapping: RecordMapping) -> bool:
    """Whether it takes labels, or the time, from keys that the format `json` passes over."""
    paths = (mapping.timestamp or "", *mapping.labels.values(), *mapping.labels_from)
    return any(path and path.partition(".")[0] not in NATIVE_KEYS for path in paths)


def _can_be_errors(
    values: Sequence[bytes | None], timestamps: Sequence[int], source: Input, now: float
) -> bool:
    looked_at = chosen(values)
    found = codec_for(replace(source, kind="errors")).decode(
        [values[i] for i in looked_at], [timestamps[i] for i in looked_at], now=now
    )
    return len(found.keys) >= max(1, _ERRORS * len(looked_at))


def _described(
    slices: Sequence[Slice],
    source: Input,
    values: Sequence[bytes | None],
    guesses: Sequence[Guess],
) -> Survey:
    keys = [key for one in slices for key in one.keys if key is not None]
    sizes = sorted(len(value) for value in values if value is not None)
    return Survey(
        topic=source.topic,
        parts=tuple(
            Part(partition=one.partition, records=one.end - one.first, read=len(one.values))
            for one in slices
        ),
        nulls=sum(value is None for value in values),
        keys=Keys(
            records=len(keys),
            distinct=len(set(keys)),
            example=keys[-1][:80].decode(errors="backslashreplace") if keys else "",
        ),
        compressions=dict(sum((one.compressions for one in slices), Counter[str]())),
        sizes=_sizes(sizes) if sizes else None,
        guesses=tuple(guesses),
        source=None,
        first_value=next((value for value in values if value), None),
    )


def _sizes(ascending: Sequence[int]) -> Sizes:
    return Sizes(
        smallest=ascending[0],
        median=int(median(ascending)),
        largest=ascending[-1],
        total=sum(ascending),
    )


def _decode(one: Slice, source: Input, now: float) -> Decoded:
    return codec_for(source).decode(one.values, one.timestamps, now=now)


def _with_faults(found: Survey, source: Input, decoded: Sequence[Decoded]) -> Survey:
    bad = [fault for run in decoded for fault in run.bad]  # one a record at the most
    first = {fault.reason: fault for fault in reversed(bad)}
    return replace(
        found,
        source=source,
        share=1.0 - len(bad) / max(1, found.read),
        bad=dict(Counter(fault.reason for fault in bad).most_common()),
        faults=tuple(first.values()),
    )


def _with_samples(
    found: Survey,
    source: Input,
    slices: Sequence[Slice],
    decoded: Sequence[Decoded],
    now: float,
) -> Survey:
    return replace(
        found,
        samples=_samples(decoded),
        count=sum(len(run.keys) + len(run.histograms) for run in decoded),
        times=_times(slices, decoded, now),
        unit=unit_of([value for one in slices for value in one.values], source),
        series=series_seen(decoded),
        clashing=_clashing(decoded),
        merged={name: paths for run in decoded for name, paths in run.merged.items()},
        one_of_rows=one_of_rows(slices, decoded) if source.format == "debezium" else None,
    )


def _clashing(decoded: Sequence[Decoded]) -> str:
    """The first series that has several values at one instant, or nothing."""
    known: dict[tuple[str, float], float] = {}
    for run in decoded:
        for key, at, value in zip(run.keys, run.at, run.value, strict=True):
            if known.setdefault((key, at), value) != value:
                return key
    return ""


def _samples(decoded: Sequence[Decoded]) -> tuple[Sample, ...]:
    """A few of the newest, of different names where there are such."""
    all_of_them = [sample for run in decoded for sample in _in(run)]
    by_name = {sample.series.partition("{")[0]: sample for sample in all_of_them}
    by_series = {sample.series: sample for sample in all_of_them}
    wanted = {s.series: s for s in [*by_name.values(), *by_series.values()]}
    return tuple(wanted.values())[:_SHOWN]


def _in(run: Decoded) -> list[Sample]:
    samples = [
        Sample(
            series=key,
            at=at,
            value=value,
            kind=run.kinds[key].name.lower() if key in run.kinds else "gauge",
        )
        for key, at, value in zip(run.keys, run.at, run.value, strict=True)
    ]
    histograms = (
        Sample(series=h.key, at=h.at, value=h.count, kind="histogram") for h in run.histograms
    )
    return [*samples, *histograms]


def _times(slices: Sequence[Slice], decoded: Sequence[Decoded], now: float) -> Times | None:
    at = [instant for run in decoded for instant in (*run.at, *(h.at for h in run.histograms))]
    behind = [
        one.timestamps[position] / 1000.0 - instant
        for one, run in zip(slices, decoded, strict=True)
        for position, instant in (
            *zip(run.position, run.at, strict=True),
            *((h.position, h.at) for h in run.histograms),
        )
    ]
    if not at:
        return None
    return Times(
        oldest=min(at),
        newest=max(at),
        behind_kafka_s=median(behind),
        behind_clock_s=now - max(at),
    )
