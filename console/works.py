"""What the first page says of deploys and maintenance that are in force, or to come."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from config.marks.mark import Span
from config.marks.words import subject
from routing.channels.text import clean

MOST = 20


class Works(Struct, frozen=True):
    """The first of them, and how many more there are."""

    first: list["WorkRow"]
    more: int


class WorkRow(Struct, frozen=True, kw_only=True):
    """One mark in words."""

    id: str
    kind: str
    series: str
    is_to_come: bool
    starts_at: datetime
    ends_at: datetime
    by: str
    note: str
    means: str


_MEANS = {
    "deploy": "nothing is learnt",
    "maintenance": "nothing is learnt, and nothing opens",
}


def works_ahead(spans: Iterable[Span], now: datetime) -> Works:
    """The marks that are not over, those in force first."""
    ahead = [span for span in spans if span.state(now) != "over"]
    ahead.sort(key=lambda span: (max(span.starts_at, now), span.ends_at))
    return Works([_row(span, now) for span in ahead[:MOST]], len(ahead[MOST:]))


def _row(span: Span, now: datetime) -> WorkRow:
    return WorkRow(
        id=clean(span.id, 60),
        kind=span.kind,
        series=clean(subject(span), 200),
        is_to_come=span.state(now) == "to come",
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        by=clean(span.by, 80),
        note=clean(span.note, 200),
        means=_MEANS[span.kind],
    )
