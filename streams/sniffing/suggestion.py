"""The input that is suggested for a topic, as YAML, and what to think about before it is used."""

import re
from collections.abc import Iterator
from dataclasses import fields
from io import StringIO
from itertools import islice
from typing import Any

from ruamel.yaml import YAML

from config.settings import RecordMapping
from streams.sniffing.survey import Survey

_AHEAD_S = 5.0  # of the clock: more than clocks that are set differ
_FOLDED = re.compile("[\x85\u2028\u2029]")
_LINES = re.compile(rb"^\s*\{.*\}\s*\n\s*\{")
_MOST_MERGED = 5
_MIXED = 0.05  # share of records in another format that is no accident


def suggested(found: Survey) -> dict[str, Any] | None:
    """The input as the configuration has it, None where there is no idea."""
    source = found.source
    if source is None:
        return None
    item: dict[str, Any] = {"name": source.name, "topic": source.topic}
    if source.kind == "errors":
        item["kind"] = "errors"
    else:
        item["format"] = source.format
    if found.series is not None and found.series.may_be_keyed:
        item["keyed"] = True
    if source.mapping is not None:
        item["mapping"] = _mapping(source.mapping)
    if source.labels:
        item["labels"] = dict(source.labels)
    return item


def as_yaml(item: dict[str, Any]) -> str:
    """The input as a section `inputs`; names in any script as they are.

    Other ends of lines within a name are not written as they are by ruamel.yaml, which folds them.
    """
    text = _written(item, escapes=False)
    return _written(item, escapes=True) if _FOLDED.search(text) else text


def _written(item: dict[str, Any], *, escapes: bool) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode = not escapes
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 1000
    text = StringIO()
    yaml.dump({"inputs": [item]}, text)
    return text.getvalue()


def input_name(topic: str) -> str:
    """A name for the input of a topic.

    >>> input_name("fleet.telegraf_v2")
    'fleet-telegraf_v2'
    """
    return re.sub(r"[^\w-]+", "-", topic).strip("-") or "input"


def notes(found: Survey) -> Iterator[str]:
    """What to think about, a sentence each."""
    yield from _of_formats(found)
    source, series, times = found.source, found.series, found.times
    if source is None or series is None:
        return
    if not found.count and found.share:
        yield "the records hold no numbers: nothing would be watched"
    for label in series.labels:
        if label.is_endless:
            yield (
                f"nearly every record brings a new value of the label {label.name}: leave it out, "
                "or the series never repeat and their number is soon over limits.series"
            )
    yield from _of_merging(found)
    if series.estimated > source.limits.series:
        yield (
            f"about {series.estimated:,} series are more than limits.series of "
            f"{source.limits.series:,}: raise it, or leave labels out"
        )
    if times is not None and times.behind_clock_s < -_AHEAD_S:
        over = -times.behind_clock_s > source.latest_ahead_s
        yield (
            f"timestamps are ahead of this machine's clock by {-times.behind_clock_s:,.0f} s"
            + (", more than latest_ahead: such records are dead letters" if over else "")
        )
    if series.may_be_keyed:
        yield "keyed: true is right only if the producer partitions by series, for good"


def _of_merging(found: Survey) -> Iterator[str]:
    """Where several things come as one series."""
    for name, (first, second) in islice(found.merged.items(), _MOST_MERGED):
        yield (
            f"{first} and {second} are both called {name}, and only the first is taken: name them "
            "under `series` of the mapping, or begin the glob with a star, which keeps whole paths"
        )
    if found.clashing and not found.merged:
        yield (
            f"{found.clashing} has several values at one instant, of which one would be taken: "
            "give it labels that tell them apart, by `mapping`"
        )
    if (one := found.one_of_rows) is not None:
        labels = ", ".join(f"{column}: {column}" for column in one.columns) or "NAME: COLUMN"
        yield (
            f"rows of {one.rows} keys are one series, {one.series}: `mapping: {{labels: "
            f"{{{labels}}}}}` makes a series of each row, where rows are changed again and again"
        )


def _of_formats(found: Survey) -> Iterator[str]:
    mixed = [guess for guess in found.guesses if guess.share >= _MIXED]
    if len(mixed) > 1 and sum(guess.share for guess in mixed) <= 1.0 + _MIXED:
        names = ", ".join(guess.format for guess in mixed)
        yield f"several formats in one topic ({names}): give each a topic and an input of its own"
    if found.source is None:
        yield _unknown(found.first_value or b"")


def _unknown(value: bytes) -> str:
    """What may be done about records that nothing can read."""
    if value[:1] == b"\x00" and len(value) > 5:
        return (
            "the records look like a schema registry's (a zero byte, and the id of a schema): have "
            "the producer write JSON, or the fields of the Prometheus adapter"
        )
    if _LINES.search(value):
        return "the records have several JSON values each, a line each: write records, or lists"
    if value.lstrip()[:1] in (b"{", b"["):
        return "the records are JSON without a number that could be watched"
    if value.isascii():
        return "the records are text in no format that is known: write JSON or line protocol"
    return "the records are bytes in no format that is known: write OTLP, JSON or line protocol"


def _mapping(mapping: RecordMapping) -> dict[str, Any]:
    given = ((item.name, getattr(mapping, item.name)) for item in fields(mapping))
    return {name: _plain(value) for name, value in given if value}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, dict) else value
