"""Duty: who is on call now and next, by schedule and by policy, and when nobody is.

Pure: it knows no clock.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from routing.oncall.replacement import with_overrides
from routing.oncall.schedule import Override, Schedule, Shift
from routing.oncall.shifts import next_on_call, on_call, shifts
from routing.policy import EscalationPolicy, Level, Policy, Target
from routing.zones import zone_of

AHEAD = timedelta(weeks=4)


class Duty(Struct, frozen=True, kw_only=True):
    """A schedule now: its shifts of the weeks ahead, the first of which is running.

    `policies` are the escalation policies that ask it.
    """

    schedule: Schedule
    shifts: Sequence[Shift]
    policies: tuple[str, ...]

    @property
    def now(self) -> Shift:
        """The shift that is running; it begins now, whenever it really began."""
        return self.shifts[0]

    @property
    def following(self) -> Shift | None:
        """The shift after it, None where that is weeks away."""
        return self.shifts[1] if len(self.shifts) > 1 else None

    @property
    def gaps(self) -> list[Shift]:
        """When nobody is on call."""
        return [shift for shift in self.shifts if not shift.user]


class Rung(Struct, frozen=True, kw_only=True):
    """A level of a policy: whom it would tell now, with the name by which it asks for them."""

    number: int
    wait: timedelta
    people: tuple[tuple[str, str], ...]
    rotates: bool = False
    is_conditional: bool = False


def laid_over(policy: Policy, overrides: Iterable[Override]) -> list[Schedule]:
    """The schedules as the running engine has them."""
    made = tuple(overrides)
    return [with_overrides(schedule, made) for schedule in policy.schedules]


def duties(policy: Policy, schedules: Sequence[Schedule], now: datetime) -> list[Duty]:
    """Every schedule at `now`."""
    return [
        Duty(
            schedule=schedule,
            shifts=shifts(schedule, now, now + AHEAD),
            policies=tuple(one.name for one in policy.escalations if _asks(one, schedule.name)),
        )
        for schedule in schedules
    ]


def rungs(plan: EscalationPolicy, schedules: Sequence[Schedule], now: datetime) -> list[Rung]:
    """The levels of an escalation policy, with whom they would tell at `now`."""
    known = {schedule.name: schedule for schedule in schedules}
    return [_rung(number, level, known, now) for number, level in enumerate(plan.levels, start=1)]


def local(at: datetime, schedule: Schedule) -> str:
    """A time on the clock of a schedule.

    >>> from datetime import UTC
    >>> vienna = Schedule(name="s", time_zone="Europe/Vienna", layers=())
    >>> local(datetime(2026, 7, 1, 7, tzinfo=UTC), vienna)
    'Wed 1 July 09:00 CEST'
    """
    there = at.astimezone(zone_of(schedule.time_zone))
    return f"{there:%a} {there.day} {there:%B %H:%M %Z}"


def _asks(plan: EscalationPolicy, name: str) -> bool:
    targets = (target for level in plan.levels for target in level.targets)
    return any(target.kind == "schedule" and target.name == name for target in targets)


def _rung(number: int, level: Level, known: dict[str, Schedule], now: datetime) -> Rung:
    conditions = [level.only_if, *(target.only_if for target in level.targets)]
    return Rung(
        number=number,
        wait=level.wait,
        people=tuple(_person(target, known, now) for target in level.targets),
        rotates=level.rotates,
        is_conditional=any(conditions),
    )


def _person(target: Target, known: dict[str, Schedule], now: datetime) -> tuple[str, str]:
    schedule = known.get(target.name)
    if target.kind == "receiver":
        return "", f"receiver {target.name}"
    if target.kind == "user" or schedule is None:
        return target.name, ""
    if target.is_next:
        following = next_on_call(schedule, now)
        return following.user if following else "nobody", f"next of {target.name}"
    return on_call(schedule, now) or "nobody", target.name
