"""Marks in words: budgets, what changed, and who said so."""

from collections.abc import Collection
from datetime import datetime, timedelta

from config.marks.mark import Feedback, Mark, Span
from config.matchers import show
from routing.channels.text import duration
from routing.wording import say

NAMES = {
    "not_useful": "not useful",
    "missed": "missed",
    "deploy": "deploy",
    "maintenance": "maintenance",
}


def budget(per_s: float) -> str:
    """A budget of false alarms as the configuration has it.

    >>> budget(1 / (30 * 86400)), budget(2 / 86400)
    ('1/30d', '1/12h')
    """
    period = 1 / per_s
    step = next(unit for unit in (86400, 3600, 60, 1, 0.001) if period >= 2 * unit or unit < 1)
    return f"1/{say(timedelta(seconds=round(period / step) * step))}"


def factor(steps: int) -> str:
    """What doubling a budget so often makes of it.

    >>> factor(-2), factor(0), factor(3)
    ('a quarter of its budget', 'its usual budget', '8 times its budget')
    """
    names = {-2: "a quarter of its budget", -1: "half its budget", 0: "its usual budget"}
    if steps in names:
        return names[steps]
    return f"{2**steps} times its budget" if steps > 0 else f"1/{2**-steps} of its budget"


def opinions(feedback: Collection[Feedback]) -> str:
    """How often what was said, and by whom.

    >>> at = datetime(2026, 1, 1)
    >>> opinions([Feedback(id="f", kind="missed", by="ana", made_at=at)])
    '1 missed (ana)'
    """
    parts = []
    for kind in ("not_useful", "missed"):
        whose = [mark.by for mark in feedback if mark.kind == kind]
        if whose:
            parts.append(f"{len(whose)} {NAMES[kind]} ({', '.join(dict.fromkeys(whose))})")
    return ", ".join(parts)


def changed(span: Span, at: datetime) -> str:
    """What was done so long before an instant.

    >>> at = datetime(2026, 1, 1)
    >>> span = Span(id="d", kind="deploy", by="ana", made_at=at, matchers=(), starts_at=at,
    ...             ends_at=at, note="checkout v12")
    >>> changed(span, at + timedelta(minutes=4, seconds=20))
    'deploy of checkout v12 4 min before (ana)'
    """
    what = span.note or subject(span)
    since = timedelta(minutes=(at - span.starts_at) // timedelta(minutes=1))
    when = f"{duration(since)} before" if since else "just before"
    return f"{span.kind} of {what} {when} ({span.by})"


def subject(mark: Mark) -> str:
    """Which series a mark is about."""
    named = [*mark.series, *([" ".join(map(show, mark.matchers))] if mark.matchers else [])]
    return named[0] + (f" and {len(named) - 1} more" if len(named) > 1 else "")
