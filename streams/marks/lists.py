"""Lists of marks as commands print them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from config.marks.budgets import budgets_of
from config.marks.mark import Feedback, Span
from config.marks.marks import Marks
from config.marks.words import NAMES, factor, subject
from config.settings import Config
from streams.table import Row, table


def feedback_lines(marks: Marks, config: Config) -> Iterator[str]:
    """All feedback, the newest first, and the budget that each series has by now."""
    if not marks.feedback:
        yield "no feedback: tocsin feedback not-useful INCIDENT gives some"
        return
    rows = [_feedback_row(mark, marks, config) for mark in reversed(marks.feedback)]
    yield from table(("ID", "FEEDBACK", "BY", "WHEN", "SERIES", "BUDGET NOW"), rows)


def _feedback_row(mark: Feedback, marks: Marks, config: Config) -> Row:
    if mark.series:
        now = budgets_of(mark.series[0], marks, config)
    else:
        now = f"{factor(mark.steps)} for each"
    return (mark.id, NAMES[mark.kind], mark.by, minute(mark.made_at), subject(mark), now)


def latest_first(spans: Iterable[Span]) -> list[Span]:
    """Marks in the order of lists."""
    return sorted(spans, key=lambda span: span.starts_at, reverse=True)


def span_lines(spans: Iterable[Span], now: datetime) -> Iterator[str]:
    """Deploy and maintenance marks, in their order."""
    rows = [_span_row(span, now) for span in spans]
    if not rows:
        yield "no marks: tocsin mark deploy --match service=NAME makes one"
        return
    yield from table(("ID", "MARK", "STATE", "FROM", "UNTIL", "SERIES", "BY", "NOTE"), rows)


def _span_row(span: Span, now: datetime) -> Row:
    begins, ends = minute(span.starts_at), minute(span.ends_at)
    return (span.id, span.kind, span.state(now), begins, ends, subject(span), span.by, span.note)


def minute(at: datetime) -> str:
    """An instant to the minute, in UTC.

    >>> minute(datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC))
    '2026-03-01 04:05Z'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%MZ}"
