"""The alarms about on-call schedules: a gap that is near, and one in which somebody was needed."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from msgspec.structs import replace

from routing.alert import Alert, Severity
from routing.event import AlertSeen, Event, SetOverride, Tick, encode
from routing.fingerprint import fingerprint
from routing.oncall.schedule import Layer, Override, Schedule
from routing.policy import Policy
from streams.alarms import Alarms
from streams.decide import EngineState
from streams.oncall.lookout import Lookout
from tests.scenarios.story import START, levels, policy

DAY = timedelta(days=1)


def shop(*, may_have_gaps: bool = False, ends: timedelta = 20 * DAY) -> Policy:
    """An escalation to a schedule that is empty from `ends` on, then to cai."""
    layer = Layer(users=("ana",), starts_at=START - DAY, turn=DAY, ends_at=START + ends)
    schedule = Schedule(name="web", time_zone="UTC", layers=(layer,), may_have_gaps=may_have_gaps)
    idle = Schedule(name="idle", time_zone="UTC", layers=())
    return policy(escalation=levels("schedule:web", "cai"), schedules=(schedule, idle))


class Watch:
    """An engine with its log, and the alarms that one worker raises about it."""

    def __init__(self, given: Policy) -> None:
        self.policy, self.now = given, START
        self.state, self.lookout = EngineState(given), Lookout()
        self.told: dict[str, Alert] = {}
        self.restart()

    def restart(self) -> None:
        config: Any = lambda: SimpleNamespace(inputs=())  # noqa: E731
        nothing: Any = None
        self.alarms = Alarms(nothing, config=config, producer=nothing)

    def log(self, event: Event) -> None:
        self.state.apply(self.state.applied, self.now.timestamp(), encode(event))

    def fires(self) -> None:
        labels = {"service": f"s{self.state.applied}"}
        self.log(AlertSeen(Alert(labels=labels, severity=Severity.CRITICAL, starts_at=self.now)))
        self.now += timedelta(minutes=1)
        self.log(Tick())

    def turned(self, after: timedelta = timedelta()) -> list[str]:
        """Alarms that turn by then; those that end with a dash."""
        end, found = self.now + after, list[str]()
        while self.now <= end:
            oncall = self.lookout.findings(self.state, self.policy, self.now)
            for alert in self.alarms.turned(self.told, now=self.now.timestamp(), seen=oncall):
                mark = "" if alert.is_firing else "-"
                found.append(f"{mark}{alert.labels['alertname']} {alert.annotations['summary']}")
                (self.told.setdefault if alert.is_firing else self.told.pop)(
                    fingerprint(alert.labels), alert
                )
            self.now += timedelta(minutes=1)
        return found


def test_a_gap_is_told_a_week_ahead() -> None:
    watch = Watch(shop())
    assert watch.turned(12 * DAY) == []
    assert watch.turned(2 * DAY) == [
        "TocsinOnCallGap Nobody is on call in schedule web from Sun 2026-11-22 03:00 UTC"
    ]
    assert watch.turned(5 * DAY) == []


def test_who_stands_in_ends_the_alarm() -> None:
    watch = Watch(shop(ends=2 * DAY))
    assert len(watch.turned()) == 1
    stand_in = Override(
        id="o", schedule="web", user="bo", starts_at=START, ends_at=START + 60 * DAY
    )
    watch.log(SetOverride(stand_in))
    (said,) = watch.turned(timedelta(minutes=5))
    assert said.startswith("-TocsinOnCallGap")


def test_a_gap_in_which_somebody_is_looked_for_is_an_error_until_somebody_is_there() -> None:
    watch = Watch(shop(ends=-DAY / 2))
    (ahead,) = watch.turned(timedelta(minutes=5))
    assert ahead.endswith("web now, for a week or longer")
    watch.fires()
    (said,) = watch.turned(timedelta(minutes=5))
    assert said.startswith("TocsinNobodyOnCall Somebody was looked for in schedule web")
    restored = EngineState(watch.policy)
    for key, value in watch.state.snapshot():
        assert value is not None
        restored.restore(key, value)
    watch.state = restored
    watch.restart()
    assert watch.turned(timedelta(minutes=5)) == []
    stand_in = Override(id="o", schedule="web", user="bo", starts_at=START, ends_at=START + 9 * DAY)
    watch.log(SetOverride(stand_in))
    ended = [one.split()[0] for one in watch.turned(timedelta(minutes=5))]
    assert ended == ["-TocsinNobodyOnCall", "-TocsinOnCallGap"]


def test_gaps_that_are_meant_and_schedules_that_nobody_asks_are_no_alarm() -> None:
    watch = Watch(shop(may_have_gaps=True, ends=-DAY / 2))
    watch.fires()
    assert watch.state.vain_at is not None
    assert watch.turned(DAY) == []


def test_a_schedule_without_gaps_is_no_alarm_when_another_one_has_none_to_give() -> None:
    given = shop()
    ghost = replace(given, escalations=(levels("schedule:ghost", "cai"),))
    watch = Watch(ghost)
    watch.fires()
    assert watch.turned(DAY) == []
