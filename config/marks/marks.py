"""All marks together, and what follows from them for a series."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

import msgspec

from config.marks.mark import Feedback, Mark, Span, covers
from detectors.leeway import MOST_STEPS, Said, Window

MOST_FEEDBACK = 1000
MOST_SPANS = 200
KEPT_FOR = timedelta(days=7)
"""How long a span is kept after its end, for samples that come late."""

_decode = msgspec.json.Decoder(tuple[Mark, ...]).decode


class Marks:
    """Marks that are in force together; two are equal when they hold the same ones.

    Beyond what is allowed of a kind, the newest ones count.

    >>> at = datetime(2026, 1, 1)
    >>> made = dict(by="ana", made_at=at, series=("load",))
    >>> once = Feedback(id="f1", kind="not_useful", **made)
    >>> again = Feedback(id="f2", kind="not_useful", **made)
    >>> Marks([once, again]).steps("load"), Marks([once]).factor("load"), Marks().factor("load")
    (-2, 0.5, 1.0)
    """

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        both = sorted(marks, key=lambda mark: (mark.made_at, mark.id))
        self.feedback = [mark for mark in both if isinstance(mark, Feedback)][-MOST_FEEDBACK:]
        self.spans = [mark for mark in both if isinstance(mark, Span)][-MOST_SPANS:]
        self._named: dict[str, list[Feedback]] = {}
        for mark in self.feedback:
            for series in mark.series:
                self._named.setdefault(series, []).append(mark)
        self._matching = [mark for mark in self.feedback if mark.matchers]
        self._maintained: dict[str, list[Span]] = {}  # by series, once it was asked for

    def __iter__(self) -> Iterator[Mark]:
        yield from self.feedback
        yield from self.spans

    def __len__(self) -> int:
        return len(self.feedback) + len(self.spans)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Marks) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]

    def about(self, series: str) -> list[Feedback]:
        """The feedback on a series, the oldest first."""
        found = self._named.get(series, [])
        more = [m for m in self._matching if series not in m.series and covers(m, series)]
        return sorted([*found, *more], key=lambda mark: (mark.made_at, mark.id)) if more else found

    def steps(self, series: str) -> int:
        """How often the budget of a series is doubled (negative: halved), within bounds."""
        steps = sum(mark.steps for mark in self.about(series))
        return max(-MOST_STEPS, min(MOST_STEPS, steps))

    def factor(self, series: str) -> float:
        """What the budget of a series is multiplied by: 2^(missed - not useful), 1/16 to 16."""
        return float(2 ** self.steps(series))

    def said(self) -> Said | None:
        """The same for banks; None where there is nothing to say."""
        return Said(self.steps, tuple(map(_window, self.spans))) if self else None

    def is_quiet(self, series: str, now: float) -> bool:
        """Whether a series is in maintenance at an instant, in epoch seconds."""
        spans = self._maintained.get(series)
        if spans is None:
            spans = [s for s in self.spans if s.kind == "maintenance" and covers(s, series)]
            self._maintained[series] = spans
        return any(s.starts_at.timestamp() <= now < s.ends_at.timestamp() for s in spans)

    @property
    def has_maintenance(self) -> bool:
        """Whether any series may be in maintenance at any time."""
        return any(span.kind == "maintenance" for span in self.spans)

    def before(self, series: str, at: float, within_s: float) -> list[Span]:
        """The spans of a series that began so shortly before an instant, or go on, last first."""
        found = [s for s in self.spans if _is_near(s, at, within_s) and covers(s, series)]
        return sorted(found, key=lambda span: span.starts_at, reverse=True)

    def over(self, now: datetime) -> list[Span]:
        """The spans that nobody needs any more."""
        return [span for span in self.spans if span.ends_at + KEPT_FOR < now]

    def dump(self) -> bytes:
        """All of it, for `load`."""
        return msgspec.json.encode(tuple(self))

    @classmethod
    def load(cls, data: bytes) -> "Marks":
        """What `dump` gave. Raises `msgspec.DecodeError` for anything else."""
        return cls(_decode(data))


def _is_near(span: Span, at: float, within_s: float) -> bool:
    begins_at = span.starts_at.timestamp()
    return begins_at <= at and (at - begins_at <= within_s or at < span.ends_at.timestamp())


def _window(span: Span) -> Window:
    return Window(
        begins_at=span.starts_at.timestamp(),
        ends_at=span.ends_at.timestamp(),
        is_quiet=span.kind == "maintenance",
        covers=partial(covers, span),
    )
