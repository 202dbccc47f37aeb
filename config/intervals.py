"""The time intervals of a configuration."""

from collections.abc import Mapping, Sequence

from config.documents import Document, Loc
from config.models.intervals import IntervalModel
from config.zones import zone
from routing.intervals import Part, TimeInterval


def build_intervals(
    document: Document, given: Mapping[str, Sequence[IntervalModel]]
) -> tuple[TimeInterval, ...]:
    """The intervals by name, in order; what is wrong goes into the document."""
    return tuple(
        TimeInterval(
            name=name,
            parts=tuple(
                _part(document, part, ("time_intervals", name, i)) for i, part in enumerate(parts)
            ),
        )
        for name, parts in given.items()
    )


def _part(document: Document, part: IntervalModel, loc: Loc) -> Part:
    return Part(
        times=tuple((hours.start_time, hours.end_time) for hours in part.times),
        weekdays=tuple(part.weekdays),
        days=tuple(part.days_of_month),
        months=tuple(part.months),
        years=tuple(part.years),
        time_zone=zone(document, part.time_zone, loc).key,
    )
