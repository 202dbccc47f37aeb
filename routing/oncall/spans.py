"""Spans: pieces of time in order and apart, cut, joined and laid over each other."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from routing.oncall.schedule import Shift


class Span(NamedTuple):
    """The instants of [starts_at, ends_at)."""

    starts_at: datetime
    ends_at: datetime


def united(spans: Iterable[Span]) -> list[Span]:
    """What any of the spans contains; they may come in any order and overlap."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span.starts_at < span.ends_at):
        if found and span.starts_at <= found[-1].ends_at:
            last = found.pop()
            span = Span(last.starts_at, max(last.ends_at, span.ends_at))
        found.append(span)
    return found


def within(shifts: Iterable[Shift], spans: Sequence[Span]) -> Iterator[Shift]:
    """The parts of shifts that lie in spans; both in order."""
    first = 0
    for shift in shifts:
        while first < len(spans) and spans[first].ends_at <= shift.starts_at:
            first += 1
        for span in spans[first:]:
            if span.starts_at >= shift.ends_at:
                break
            yield part(shift, span.starts_at, span.ends_at)


def part(shift: Shift, starts_at: datetime, ends_at: datetime) -> Shift:
    """The part of a shift in [starts_at, ends_at), which it meets."""
    return Shift(
        user=shift.user,
        starts_at=max(shift.starts_at, starts_at),
        ends_at=min(shift.ends_at, ends_at),
    )


def laid_over(above: Sequence[Shift], below: Iterable[Shift]) -> list[Shift]:
    """The shifts `above`, and where there are none those `below`; all of them in order."""
    found = list(above)
    first = 0
    for shift in below:
        at = shift.starts_at
        while first < len(above) and above[first].ends_at <= at:
            first += 1
        over = first
        while over < len(above) and above[over].starts_at < shift.ends_at:
            if at < above[over].starts_at:
                found.append(part(shift, at, above[over].starts_at))
            at = above[over].ends_at
            over += 1
        if at < shift.ends_at:
            found.append(part(shift, at, shift.ends_at))
    return sorted(found, key=_start)


def joined(shifts: Iterable[Shift]) -> list[Shift]:
    """Shifts in order, neighbours of one user made one."""
    found: list[Shift] = []
    for shift in shifts:
        if found and found[-1].user == shift.user and found[-1].ends_at == shift.starts_at:
            before = found.pop()
            shift = Shift(user=shift.user, starts_at=before.starts_at, ends_at=shift.ends_at)
        found.append(shift)
    return found


def _start(shift: Shift) -> datetime:
    return shift.starts_at
