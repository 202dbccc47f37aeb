"""Spans of time as people write them."""

from datetime import datetime

from config.documents import Document, Loc


def check_span(document: Document, starts_at: datetime, ends_at: datetime, loc: Loc) -> None:
    """Note an end that is not after its start."""
    if ends_at <= starts_at:
        loc = (*loc, "ends_at")
        document.report(document.place_of(loc), loc, "must be later than starts_at")
