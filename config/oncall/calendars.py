"""Layers from iCalendar files: events become plain shifts, for a time that a configuration lasts.

RRULE, RDATE, EXDATE, moved occurrences and TZID are those of RFC 5545; a time without a zone, and
a day, is in the schedule's. Cancelled events do not count. Where events overlap, the one that
begins later has it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from config.documents import Document, Loc
from config.errors import Place, did_you_mean
from config.models.people import UserModel
from config.oncall.events import LINE, Unreadable, events
from routing.oncall.schedule import Shift
from routing.oncall.spans import Span, joined, laid_over, within
from routing.oncall.wall import months_later

_BACK, _AHEAD = -1, 15  # months, of which one is the present


def horizon(now: datetime) -> Span:
    """The span in which calendars are read; the same for a whole month.

    >>> [at.date().isoformat() for at in horizon(datetime(2026, 11, 27, 12, tzinfo=UTC))]
    ['2026-10-01', '2028-02-01']
    """
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Span(months_later(month, _BACK), months_later(month, _AHEAD))


class Named(NamedTuple):
    """Whom an event is for, and where it stands."""

    shift: Shift
    place: Place


class CalendarReader:
    """Reads one calendar; what is wrong goes into the document."""

    def __init__(
        self,
        document: Document,
        loc: Loc,
        *,
        home: ZoneInfo,
        users: Mapping[str, UserModel],
        names: Mapping[str, str],
    ) -> None:
        self._document = document
        self._loc = loc
        self._home = home
        self._known = dict(_known(users)) | {text.casefold(): name for text, name in names.items()}
        self._unknown: set[str] = set()

    def shifts(self, file: Path, span: Span) -> tuple[Shift, ...]:
        """The shifts of a file that meet the span, in order and apart."""
        try:
            content = file.read_bytes()
            self._document.lines.setdefault(file, content.decode("utf-8-sig").splitlines())
            found = list(self._named(events(content, span), file))
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not UTF-8 text"
            self._report(self._document.place_of(self._loc), f"{file} cannot be read: {why}")
        except Unreadable as error:
            self._report(Place(file, error.line, 1), str(error))
        else:
            return self._laid(found, span)
        return ()

    def _named(self, found: Iterable[Any], file: Path) -> Iterator[Named]:
        for event in found:
            starts_at, ends_at = (self._instant(event[key].dt) for key in ("DTSTART", "DTEND"))
            is_cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
            if is_cancelled or starts_at >= ends_at:
                continue
            place = Place(file, int(event[LINE]), 1)
            if user := self._user(event, place):
                yield Named(Shift(user=user, starts_at=starts_at, ends_at=ends_at), place)

    def _user(self, event: Any, place: Place) -> str:
        texts = list(_texts(event))
        users = (self._known.get(text.casefold(), "") for text in texts)
        user = next(filter(None, users), "")
        said = texts[0] if texts else ""
        if not user and said not in self._unknown:
            self._unknown.add(said)
            meant = did_you_mean(said, self._known) if said else ""
            layer = self._document.place_of(self._loc)
            text = f'"{said}" is no user{meant}' if said else "an event without a summary"
            where = f"`names` of the layer in {layer.file.name}:{layer.line}"
            self._report(place, f"{text}: name the event after a user, or say who it is in {where}")
        return user

    def _instant(self, at: date | datetime) -> datetime:
        if not isinstance(at, datetime):
            at = datetime.combine(at, time(0))
        return (at if at.tzinfo else at.replace(tzinfo=self._home)).astimezone(UTC)

    def _laid(self, found: Sequence[Named], span: Span) -> tuple[Shift, ...]:
        laid: list[Shift] = []
        has_warned = False
        for shift, place in sorted(found, key=_order):
            over: list[Shift] = []
            while laid and laid[-1].ends_at > shift.starts_at:
                over.insert(0, laid.pop())
            other = next((one.user for one in over if one.user != shift.user), "")
            if other and not has_warned:
                has_warned = True
                day = f"{shift.starts_at.astimezone(self._home):%F}"
                text = f"overlaps an event of {other} on {day}: the later to begin, this one, holds"
                self._report(place, text, is_warning=True)
            laid += laid_over([shift], over)
        return tuple(joined(within(laid, [span])))

    def _report(self, place: Place, message: str, *, is_warning: bool = False) -> None:
        self._document.report(place, self._loc, message, is_warning=is_warning)


def _known(users: Mapping[str, UserModel]) -> Iterator[tuple[str, str]]:
    """What a calendar may call users, without regard to case; the plainest name wins."""
    for name, user in users.items():
        for contact in user.contacts:
            if "@" in contact.address:
                yield contact.address.casefold(), name
    for name, user in users.items():
        if user.full_name:
            yield user.full_name.casefold(), name
    for name in users:
        yield name.casefold(), name


def _texts(event: Any) -> Iterator[str]:
    """The summary of an event, then the addresses and names of its attendees."""
    if summary := str(event.get("SUMMARY", "")).strip():
        yield summary
    attendees = event.get("ATTENDEE", [])
    for one in attendees if isinstance(attendees, list) else [attendees]:
        text = str(one)
        yield text[7:] if text.lower().startswith("mailto:") else text
        if common := str(one.params.get("CN", "")):
            yield common


def _order(named: Named) -> tuple[datetime, timedelta]:
    """The later one, and of two that begin together the shorter, lies above."""
    shift = named.shift
    return shift.starts_at, shift.starts_at - shift.ends_at
