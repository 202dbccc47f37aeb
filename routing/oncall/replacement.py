"""Replacements: overrides and swaps, laid over the shifts of the layers one after the other."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from routing.oncall.schedule import Override, Schedule, Shift
from routing.oncall.spans import part


def stand_in(override: Override, user: str) -> str:
    """Who is on call for `user` (empty: for nobody) while the override is in force.

    >>> from datetime import UTC, datetime
    >>> day = datetime(2026, 11, 27, tzinfo=UTC)
    >>> swap = Override(user="bo", replaces="ana", is_swap=True, starts_at=day, ends_at=day)
    >>> [stand_in(swap, user) for user in ("ana", "bo", "cai", "")]
    ['bo', 'ana', 'cai', '']
    """
    if not override.replaces or user == override.replaces:
        return override.user
    if override.is_swap and user == override.user:
        return override.replaces
    return user


def with_overrides(schedule: Schedule, overrides: Sequence[Override]) -> Schedule:
    """The schedule with those of the overrides, made by command, that name it."""
    own = tuple(override for override in overrides if override.schedule == schedule.name)
    return replace(schedule, overrides=schedule.overrides + own) if own else schedule


def replaced(shifts: Iterable[Shift], overrides: Sequence[Override]) -> Iterable[Shift]:
    """The shifts, which follow each other without gaps, as the overrides make them."""
    for override in overrides:
        shifts = list(_replaced(shifts, override))
    return shifts


def _replaced(shifts: Iterable[Shift], override: Override) -> Iterator[Shift]:
    starts_at, ends_at = override.starts_at, override.ends_at
    for shift in shifts:
        if shift.ends_at <= starts_at or shift.starts_at >= ends_at or starts_at >= ends_at:
            yield shift
            continue
        if shift.starts_at < starts_at:
            yield part(shift, shift.starts_at, starts_at)
        inside = part(shift, starts_at, ends_at)
        user = stand_in(override, shift.user)
        yield Shift(user=user, starts_at=inside.starts_at, ends_at=inside.ends_at)
        if ends_at < shift.ends_at:
            yield part(shift, ends_at, shift.ends_at)
