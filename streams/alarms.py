"""Alarms about Tocsin itself: conditions that become alerts, by the ordinary routes.

One worker decides for all: the one that has the event log, and with it `tocsin.workers`, which has
one partition as well. What was told is in the log, so that the next one goes on from there.
"""

from collections.abc import Callable, Iterator, Mapping
from math import inf
from types import MappingProxyType

import msgspec
from aiokafka import AIOKafkaProducer
from msgspec.structs import replace

from config.settings import Config
from config.status import decode as decode_status
from routing.alert import Alert
from routing.event import AlertSeen, encode
from streams import clock
from streams.alarm_rules import OVER, RULES, Finding, Name, Rule, findings, unheard
from streams.chunk import Chunk
from streams.decide import EngineState
from streams.oncall.lookout import Lookout
from streams.own_alerts import name_of, own_alert
from streams.producer import send_all
from streams.state import StateTable
from streams.vitals import Vitals

_EVERY_S = 1.0
_HEARD_AFTER_S = 10.0  # the log says by then what was written into it


class Trigger:
    """Whether an alarm fires: on after its condition has held for a while, and off likewise."""

    def __init__(self) -> None:
        self.is_firing = False
        self._turned_at = -inf  # by us
        self._since: float | None = None  # the condition is the other way round

    def follow(self, *, is_told: bool, now: float) -> None:
        """What the log says, unless it cannot know yet what was told last."""
        if is_told is not self.is_firing and now - self._turned_at > _HEARD_AFTER_S:
            self.is_firing = is_told
            self._since = None

    def turns(self, rule: Rule, finding: Finding, *, now: float) -> bool:
        """Whether it has to be told now that the alarm fires, or that it is over."""
        is_as_it_was = finding.lasts if self.is_firing else not finding.fires
        if is_as_it_was:
            self._since = None
            return False
        self._since = now if self._since is None else self._since
        if now - self._since < (rule.over_s if self.is_firing else rule.after_s):
            return False
        self.is_firing = not self.is_firing
        self._turned_at, self._since = now, None
        return True


class Alarms:
    """Hears the workers, and tells the engine what is wrong with Tocsin."""

    def __init__(
        self,
        table: StateTable[EngineState],
        *,
        config: Callable[[], Config],
        producer: AIOKafkaProducer,
    ) -> None:
        self._table = table
        self._config = config
        self._producer = producer
        self._vitals = Vitals()
        self._lookout = Lookout()
        self._triggers: dict[Name, Trigger] = {}
        self._due_at = 0.0

    async def handle(self, chunk: Chunk) -> None:
        """A chunk of `tocsin.workers`; a record that is no status says nothing."""
        now = clock.epoch_s()
        for value in filter(None, chunk.values):
            try:
                self._vitals.hear(decode_status(value), now=now)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue

    async def tick(self, now: float) -> None:
        """Look at everything, where the event log is ours; `now` in epoch seconds."""
        if now < self._due_at:
            return
        self._due_at = now + _EVERY_S
        owned = self._table.owned()
        if not owned:
            self._forget()
        for partition in owned:
            state, config = self._table.part(partition), self._config()
            oncall = self._lookout.findings(state, config.policy, clock.instant(now))
            topic = config.topics.events
            seen = {**oncall, **dict(unheard(state.unheard.receivers.values()))}
            events = self.turned(state.own_alerts, now=now, seen=seen)
            await send_all(
                self._producer,
                [(topic, None, encode(AlertSeen(alert)), partition) for alert in events],
            )

    def _forget(self) -> None:
        """Another worker decides now; what was heard will be old when it is our turn again."""
        self._vitals = Vitals()
        self._lookout.forget()
        self._triggers.clear()

    def turned(
        self,
        told: Mapping[str, Alert],
        *,
        now: float,
        seen: Mapping[Name, Finding] = MappingProxyType({}),
    ) -> Iterator[Alert]:
        """The alerts that fire as of now, and those that end; `told` are firing in the log.

        `seen` is what the event log itself shows to be wrong.
        """
        known = {name: alert for alert in told.values() if (name := name_of(alert)) is not None}
        found = {**dict(findings(self._vitals, self._config(), now=now)), **seen}
        for name in sorted({*known, *self._triggers, *found}):
            trigger = self._triggers.setdefault(name, Trigger())
            trigger.follow(is_told=name in known, now=now)
            finding = found.get(name, OVER)
            if trigger.turns(RULES[name.rule], finding, now=now):
                alert = known.get(name) or own_alert(name, finding, now=now)
                yield alert if trigger.is_firing else replace(alert, ends_at=clock.instant(now))
            elif name not in found and not trigger.is_firing:
                del self._triggers[name]
