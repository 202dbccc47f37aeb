"""Marks for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from config.marks.mark import Feedback, Span
from routing.labels import Matcher

AT = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)


def matching(**labels: str) -> tuple[Matcher, ...]:
    return tuple(Matcher(name=name, op="=", value=value) for name, value in labels.items())


def opinion(id: str = "f1", kind: Any = "not_useful", **more: Any) -> Feedback:
    """Feedback on the series `load`."""
    usual = {"by": "ana", "made_at": AT, "series": ("load",)}
    return Feedback(id=id, kind=kind, **{**usual, **more})


def span(
    id: str = "s1",
    kind: Any = "maintenance",
    begins_at: float = 0.0,
    lasts: float = 60.0,
    **more: Any,
) -> Span:
    """Work on the series `load`, from epoch seconds on."""
    starts_at = datetime.fromtimestamp(begins_at, UTC)
    usual = {"by": "ana", "made_at": AT, "matchers": matching(name="load")}
    ends_at = starts_at + timedelta(seconds=lasts)
    return Span(id=id, kind=kind, starts_at=starts_at, ends_at=ends_at, **{**usual, **more})
