"""On-call schedules, with their references checked."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.documents import Document, Loc
from config.intervals import build_intervals
from config.models.oncall import (
    LayerModel,
    OverrideModel,
    RestrictionModel,
    ScheduleModel,
    SwapModel,
)
from config.models.root import RootModel
from config.names import refer
from config.oncall.calendars import CalendarReader, horizon
from config.oncall.turns import Turn
from config.ranges import WeekTime
from config.spans import check_span
from config.zones import zone
from routing.intervals import Range, TimeInterval
from routing.oncall.schedule import Layer, Override, Schedule, WeeklyRange

_DAY = 24 * 60
_WEEK = 7 * _DAY
_EVERY_DAY: Range = (0, 6)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # the start of what has none


def build_schedules(
    document: Document, root: RootModel, now: datetime | None
) -> tuple[Schedule, ...]:
    """The schedules by name, in order; what is wrong goes into the document."""
    builder = _Builder(document, root, now)
    return tuple(builder.schedule(name, given) for name, given in root.schedules.items())


class _Builder:
    def __init__(self, document: Document, root: RootModel, now: datetime | None) -> None:
        self._document = document
        self._root = root
        self._now = now

    def schedule(self, name: str, given: ScheduleModel) -> Schedule:
        """One schedule with its layers, overrides and swaps; what is wrong goes to the document."""
        loc: Loc = ("schedules", name)
        home = zone(self._document, given.time_zone, loc)
        overrides = [
            self._override(override, (*loc, "overrides", i))
            for i, override in enumerate(given.overrides)
        ]
        swaps = [self._swap(swap, (*loc, "swaps", i)) for i, swap in enumerate(given.swaps)]
        return Schedule(
            name=name,
            time_zone=home.key,
            layers=tuple(
                self._layer(layer, home, (*loc, "layers", i))
                for i, layer in enumerate(given.layers)
            ),
            overrides=(*overrides, *swaps),
            may_have_gaps=given.may_have_gaps,
        )

    def _layer(self, given: LayerModel, home: ZoneInfo, loc: Loc) -> Layer:
        if given.calendar is not None:
            return self._calendar(given, given.calendar, home, loc)
        for i, user in enumerate(given.users):
            self._refer_user(user, (*loc, "users", i))
        handoff = given.handoff or time(0, 0)
        starts_at = _instant(given.starts_at or _NEVER, handoff, home)
        ends_at = None if given.ends_at is None else _instant(given.ends_at, handoff, home)
        if ends_at is not None:
            check_span(self._document, starts_at, ends_at, loc)
        turn = given.turn or Turn()
        return Layer(
            users=tuple(given.users),
            starts_at=starts_at,
            turn=turn.length,
            months=turn.months,
            handoff=handoff,
            ends_at=ends_at,
            weekly=tuple(_weekly(given.restrictions)),
            during=self._intervals(given.restrictions, (*loc, "restrictions")),
        )

    def _calendar(self, given: LayerModel, name: str, home: ZoneInfo, loc: Loc) -> Layer:
        for text, user in given.names.items():
            self._refer_user(user, (*loc, "names", text))
        span = horizon(self._now or _NEVER)
        at: Loc = (*loc, "calendar")
        file = self._document.place_of(at).file.parent / name
        self._document.calendars.append(file)
        users = self._root.users
        reader = CalendarReader(self._document, at, home=home, users=users, names=given.names)
        return Layer(
            users=(),
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            turn=timedelta(0),
            weekly=tuple(_weekly(given.restrictions)),
            during=self._intervals(given.restrictions, (*loc, "restrictions")),
            shifts=reader.shifts(file, span) if self._now is not None else (),
        )

    def _intervals(
        self, restrictions: Sequence[RestrictionModel], loc: Loc
    ) -> tuple[TimeInterval, ...]:
        names = []
        for i, restriction in enumerate(restrictions):
            if restriction.interval is not None:
                refer(self._document, (*loc, i, "interval"), "time_intervals", restriction.interval)
                names.append(restriction.interval)
        given = self._root.time_intervals
        known = {name: given[name] for name in names if name in given}
        return build_intervals(self._document, known)

    def _override(self, given: OverrideModel, loc: Loc) -> Override:
        self._refer_user(given.user, (*loc, "user"))
        if given.replaces is not None:
            self._refer_user(given.replaces, (*loc, "replaces"))
            self._check_others((given.user, given.replaces), (*loc, "replaces"))
        check_span(self._document, given.starts_at, given.ends_at, loc)
        return Override(
            user=given.user,
            replaces=given.replaces or "",
            starts_at=given.starts_at,
            ends_at=given.ends_at,
        )

    def _swap(self, given: SwapModel, loc: Loc) -> Override:
        for i, user in enumerate(given.users):
            self._refer_user(user, (*loc, "users", i))
        self._check_others(given.users, (*loc, "users", 1))
        check_span(self._document, given.starts_at, given.ends_at, loc)
        first, second = given.users
        return Override(
            user=first,
            replaces=second,
            is_swap=True,
            starts_at=given.starts_at,
            ends_at=given.ends_at,
        )

    def _check_others(self, users: Sequence[str], loc: Loc) -> None:
        if len(set(users)) < len(users):
            message = f"{users[0]} cannot stand in for {users[0]}: name two people"
            self._document.report(self._document.place_of(loc), loc, message)

    def _refer_user(self, name: str, loc: Loc) -> None:
        refer(self._document, loc, "users", name)


def _weekly(restrictions: Sequence[RestrictionModel]) -> Iterator[WeeklyRange]:
    for one in restrictions:
        if one.start_time is None or one.end_time is None:
            continue
        if one.start_time.weekday is None:
            days = one.weekdays or [_EVERY_DAY]
            for day in sorted({day for first, last in days for day in range(first, last + 1)}):
                yield _range(one.start_time, one.end_time, day, _DAY)
        else:
            yield _range(one.start_time, one.end_time, 0, _WEEK)


def _range(start: WeekTime, end: WeekTime, day: int, period: int) -> WeeklyRange:
    """Where the end is not after the start it is in the next day, or week."""
    starts, ends = (((at.weekday or 0) + day) * _DAY + at.minute for at in (start, end))
    return WeeklyRange(starts=starts, ends=ends if ends > starts else ends + period)


def _instant(at: datetime | date, handoff: time, home: ZoneInfo) -> datetime:
    """An instant in UTC; a date is at the handoff, and without a zone it is the schedule's."""
    if not isinstance(at, datetime):
        at = datetime.combine(at, handoff)
    return (at if at.tzinfo else at.replace(tzinfo=home)).astimezone(UTC)
