"""What people said of the series of an incident, and what came of it, in words.

Pure: it knows no clock.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from config.marks.incident import series_of
from config.marks.mark import Feedback, of_incident
from config.marks.marks import Marks
from config.marks.words import NAMES, subject
from routing.channels.text import clean
from routing.incident import Incident

MOST_SHOWN = 20
_MOST_BUDGETS = 3

Budgets = Callable[[str, Marks], str]


class Opinion(Struct, frozen=True, kw_only=True):
    """One thing that was said, and the id by which it is taken back."""

    id: str
    kind: str
    by: str
    made_at: datetime
    about: str
    note: str


class Opinions(Struct, frozen=True, kw_only=True):
    """All that was said of an incident's series, the newest first.

    `series` counts those that a press changes; `budgets` are those of the foremost series.
    `is_given`: the incident was said to be not useful.
    """

    series: int
    given: tuple[Opinion, ...]
    budgets: tuple[tuple[str, str], ...]
    is_given: bool


def opinions(incident: Incident, marks: Marks, budgets: Budgets) -> Opinions:
    """What there is to show."""
    series = series_of(incident)
    found = {mark.id: mark for one in series for mark in marks.about(one)}
    newest = sorted(found.values(), key=lambda mark: (mark.made_at, mark.id), reverse=True)
    return Opinions(
        series=len(series),
        given=tuple(map(_opinion, newest[:MOST_SHOWN])),
        budgets=tuple((clean(one, 200), budgets(one, marks)) for one in series[:_MOST_BUDGETS]),
        is_given=not_useful(incident, by="").id in found,
    )


def not_useful(incident: Incident, *, by: str) -> Feedback:
    """The mark of somebody for whom the incident was not worth telling."""
    return of_incident(incident.id, series_of(incident), by=by)


def _opinion(mark: Feedback) -> Opinion:
    return Opinion(
        id=mark.id,
        kind=NAMES[mark.kind],
        by=clean(mark.by, 80),
        made_at=mark.made_at,
        about=clean(subject(mark), 200),
        note=clean(mark.note, 200),
    )
