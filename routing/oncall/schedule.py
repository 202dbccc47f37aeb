"""On-call schedules as values: layers of rotations or of plain shifts, and what replaces them.

They are part of the policy, and travel with it in the event log and in snapshots: a new field has
a default, so that old records read.
"""

from datetime import datetime, time, timedelta

from msgspec import Struct

from routing.intervals import TimeInterval


class Shift(Struct, frozen=True, kw_only=True):
    """One user's time on call, [starts_at, ends_at). `user` is empty where nobody is."""

    user: str
    starts_at: datetime
    ends_at: datetime


class WeeklyRange(Struct, frozen=True, kw_only=True):
    """Hours of every week on the wall clock, in minutes from Monday 00:00.

    `ends` lies after `starts`, by a week at most; beyond 10,080 it is in the following week.
    """

    starts: int
    ends: int


class Layer(Struct, frozen=True, kw_only=True):
    """A rotation: `users` take turns of `turn` each, handed over at `handoff` local time.

    With `months` a turn lasts so many calendar months instead. From `ends_at` on the layer has
    nobody, and where it has restrictions (`weekly`, `during`) also outside all of them. A layer of
    plain `shifts`, in order and apart, has no rotation.
    """

    users: tuple[str, ...]
    starts_at: datetime
    turn: timedelta
    handoff: time = time(0, 0)
    months: int = 0
    ends_at: datetime | None = None
    weekly: tuple[WeeklyRange, ...] = ()
    during: tuple[TimeInterval, ...] = ()
    shifts: tuple[Shift, ...] = ()


class Override(Struct, frozen=True, kw_only=True):
    """A temporary replacement in a schedule during [starts_at, ends_at).

    With `replaces`, only where that user would be on call; in a swap these two also stand in for
    each other. One that was made by command has an `id`, and names its `schedule`.
    """

    user: str
    starts_at: datetime
    ends_at: datetime
    replaces: str = ""
    is_swap: bool = False
    id: str = ""
    schedule: str = ""
    created_by: str = ""
    comment: str = ""


class Schedule(Struct, frozen=True, kw_only=True):
    """Who is responsible at any instant; a later layer wins over an earlier one.

    Overrides are laid over the layers one after the other. `may_have_gaps`: that nobody is on call
    at times is meant.
    """

    name: str
    time_zone: str
    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()
    may_have_gaps: bool = False
