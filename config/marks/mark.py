"""A mark: one thing that a person said of series, as a record of `tocsin.marks`.

The key of a record is the id of its mark; a record without a value takes the mark back.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from detectors.series import Series
from routing.digest import digest
from routing.labels import Labels, Matcher
from routing.matching import matches

MOST_SERIES = 20
"""Of one incident, those whose budget one press changes: the foremost."""

NOTE_LIMIT = 200
UNSAID = datetime.fromtimestamp(0, UTC)  # made when its record was written

Judgement = Literal["not_useful", "missed"]
Work = Literal["deploy", "maintenance"]


class Feedback(Struct, frozen=True, kw_only=True, tag="feedback", omit_defaults=True):
    """That an anomaly of some series was not worth telling, or that one was missed.

    `series` are keys; `matchers` stand for every series that passes them all. `at` is when the
    missed one was.
    """

    id: str
    kind: Judgement
    by: str
    made_at: datetime = UNSAID
    series: tuple[str, ...] = ()
    matchers: tuple[Matcher, ...] = ()
    incident_id: str = ""
    at: datetime | None = None
    note: str = ""

    @property
    def steps(self) -> int:
        """How often it doubles the budget of a series."""
        return 1 if self.kind == "missed" else -1


class Span(Struct, frozen=True, kw_only=True, tag="span", omit_defaults=True):
    """A stretch of event time, [starts_at, ends_at), in which matching series are worked on."""

    id: str
    kind: Work
    by: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    made_at: datetime = UNSAID
    note: str = ""
    series: tuple[str, ...] = ()

    def state(self, now: datetime) -> Literal["to come", "in force", "over"]:
        """How it stands at an instant."""
        if now < self.starts_at:
            return "to come"
        return "in force" if now < self.ends_at else "over"


Mark = Feedback | Span

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Mark)


def encode(mark: Mark) -> bytes:
    """The mark as a record value."""
    return _encoder.encode(mark)


def decode(value: bytes, *, written_ms: int) -> Mark:
    """The mark in a record that was written at an instant, in ms since the epoch.

    Raises `msgspec.DecodeError` when it is none.
    """
    mark: Mark = _decoder.decode(value)
    if mark.made_at == UNSAID:
        return replace(mark, made_at=datetime.fromtimestamp(written_ms / 1000, UTC))
    return mark


def of_incident(
    incident_id: str, series: Iterable[str], *, by: str, made_at: datetime = UNSAID
) -> Feedback:
    """That an incident was not useful. Whoever says so of one incident says the same thing."""
    return Feedback(
        id=digest("not_useful", incident_id, chars=10),
        kind="not_useful",
        by=by,
        made_at=made_at,
        series=tuple(dict.fromkeys(series))[:MOST_SERIES],
        incident_id=incident_id,
    )


def new_id(kind: str, by: str, made_at: datetime) -> str:
    """The id of a mark that somebody makes at an instant."""
    return digest(kind, by, made_at.isoformat(), chars=10)


def labels_of(series: Series) -> Labels:
    """What matchers see: the series' labels, and its name as `metric` and `name`."""
    return {"metric": series.name, "name": series.name, **series.labels}


def covers(mark: Mark, series: str) -> bool:
    """Whether a mark is about a series, given by its key.

    >>> at = datetime(2026, 1, 1)
    >>> mark = Feedback(id="f", kind="missed", by="ana", made_at=at, series=('load{host="a"}',))
    >>> covers(mark, 'load{host="a"}'), covers(mark, 'load{host="b"}')
    (True, False)
    """
    if series in mark.series:
        return True
    return bool(mark.matchers) and matches(mark.matchers, labels_of(Series.parse(series)))
