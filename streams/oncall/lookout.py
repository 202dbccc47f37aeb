"""The lookout: on-call schedules that nobody stands for, found before and when it matters."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from routing.oncall.schedule import Schedule
from routing.oncall.shifts import gaps
from routing.oncall.spans import Span
from routing.policy import Policy
from routing.wording import say
from routing.zones import zone_of
from streams.alarm_rules import OVER, Finding, Name
from streams.decide import EngineState
from streams.oncall.lists import moment

AHEAD = timedelta(days=7)
_EVERY = timedelta(minutes=1)
_MINUTE = timedelta(minutes=1)


class Lookout:
    """Looks at the schedules once a minute, as the running engine has them."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._found: list[tuple[Schedule, Span]] = []

    def findings(self, state: EngineState, policy: Policy, now: datetime) -> Mapping[Name, Finding]:
        """The alarms about schedules that escalations ask, where gaps are not meant."""
        if self._looked_at is None or not timedelta() <= now - self._looked_at < _EVERY:
            self._looked_at = now
            asked = _asked(state, policy)
            self._found = [(one, gap) for one in asked if (gap := _next(one, now))]
        found: dict[Name, Finding] = {}
        for schedule, gap in self._found:
            fires = Finding(fires=True, lasts=True, figure=_words(schedule, gap, now))
            found[Name("TocsinOnCallGap", schedule.name)] = fires
            vain = state.vain_at
            is_in_vain = vain is not None and gap.starts_at <= vain < gap.ends_at
            is_on = is_in_vain and gap.starts_at <= now < gap.ends_at
            found[Name("TocsinNobodyOnCall", schedule.name)] = fires if is_on else OVER
        return found

    def forget(self) -> None:
        """Look again when it is our turn again."""
        self._looked_at = None


def _asked(state: EngineState, policy: Policy) -> list[Schedule]:
    levels = (level for one in policy.escalations for level in one.levels)
    names = {one.name for level in levels for one in level.targets if one.kind == "schedule"}
    return [one for one in state.engine.schedules() if one.name in names and not one.may_have_gaps]


def _next(schedule: Schedule, now: datetime) -> Span | None:
    """The first gap of the week ahead; one that is running with its beginning, of a week at most.

    A gap that is running began in the past, where somebody was perhaps looked for.
    """
    found = gaps(schedule, now - AHEAD, now + AHEAD)
    return next((gap for gap in found if gap.ends_at > now), None)


def _words(schedule: Schedule, gap: Span, now: datetime) -> str:
    zone = zone_of(schedule.time_zone)
    begins = "now" if gap.starts_at <= now else f"from {moment(gap.starts_at, zone)}"
    lasts = gap.ends_at - max(gap.starts_at, now)
    if gap.ends_at >= now + AHEAD - _MINUTE:
        return f"{begins}, for a week or longer" if begins == "now" else begins
    return f"{begins}, for {say(lasts - lasts % _MINUTE)}"
