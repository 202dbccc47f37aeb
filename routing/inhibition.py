"""Inhibition: while one alert fires, others that follow from it are not told.

A rule mutes the alerts that pass its target matchers while an alert fires that passes its source
matchers and has the same values of the labels `equal`, where a missing label is an empty one. An
alert that passes both sides is not muted by another that does, so that no two mute each other. All
alerts of open incidents count, wherever they were routed.

Reference: Alertmanager's `inhibit_rules`, as 0.25 evaluates them: every source is seen.
"""

import heapq
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, field

from routing.alert import Alert
from routing.fingerprint import written
from routing.labels import Labels
from routing.lookup import Lookup
from routing.matching import labels_of, matches
from routing.mute import FOR_EVER, Mute, Quiet
from routing.policy import Inhibition
from routing.remembered import Remembered
from routing.wording import counted

MOST_NAMED = 3


class Cause(Struct, frozen=True):
    """What may mute: a rule, by its place, and values of its equal labels."""

    rule: int
    values: tuple[str, ...]


class Sources(Struct):
    """The firing alerts behind a cause, by fingerprint; `one_sided` pass the source side only."""

    alerts: dict[str, Labels] = field(default_factory=dict)
    one_sided: set[str] = field(default_factory=set)


class Inhibitions:
    """The rules, and the firing alerts that are sources of one.

    A look at an alert costs what the rules that it is a target of cost, however many alerts fire.
    `released` collects the names of mutes that ended; whoever waits for them empties it.
    """

    __slots__ = ("_causes", "_find_sources", "_find_targets", "_rules", "_sources", "released")

    def __init__(self, rules: Iterable[Inhibition]) -> None:
        self._rules = tuple(rules)
        sources = Lookup([rule.source for rule in self._rules])
        targets = Lookup([rule.target for rule in self._rules])
        self._find_sources = Remembered(sources.names, sources.find)
        self._find_targets = Remembered(targets.names, targets.find)
        self._causes: dict[str, tuple[Cause, ...]] = {}
        self._sources: dict[Cause, Sources] = {}
        self.released: set[str] = set()

    def fires(self, fingerprint: str, alert: Alert) -> None:
        """Note that an alert fires."""
        if not self._rules:
            return
        known = self._causes.get(fingerprint)
        if known is not None:
            if self._sources[known[0]].alerts[fingerprint] == labels_of(alert):
                return
            self.ends(fingerprint)
        places = self._find_sources(alert)
        if places:
            self._note(fingerprint, labels_of(alert), places)

    def _note(self, fingerprint: str, labels: Labels, places: Iterable[int]) -> None:
        causes = self._causes[fingerprint] = tuple(self._cause(one, labels) for one in places)
        for cause in causes:
            sources = self._sources.setdefault(cause, Sources())
            sources.alerts[fingerprint] = labels
            if not matches(self._rules[cause.rule].target, labels):
                sources.one_sided.add(fingerprint)

    def ends(self, fingerprint: str) -> None:
        """Note that an alert fires no more."""
        for cause in self._causes.pop(fingerprint, ()):
            sources = self._sources[cause]
            had_one_sided = bool(sources.one_sided)
            del sources.alerts[fingerprint]
            sources.one_sided.discard(fingerprint)
            if not sources.alerts:
                del self._sources[cause]
            if not sources.alerts or (had_one_sided and not sources.one_sided):
                self.released.add(self._name(cause))

    def quiet(self, alerts: Mapping[str, Alert], now: datetime) -> Quiet:
        """The muted ones of `alerts`, each with the rules that mute it."""
        if not self._sources:
            return {}
        found = {fp: tuple(self._mutes(alert, now)) for fp, alert in alerts.items()}
        return {fp: mutes for fp, mutes in found.items() if mutes}

    def targets(self, alert: Alert) -> tuple[str, ...]:
        """The names of the rules that may mute an alert."""
        return tuple(self._rules[place].name for place in self._find_targets(alert))

    def _mutes(self, alert: Alert, now: datetime) -> Iterable[Mute]:
        places = self._find_targets(alert)
        labels = labels_of(alert) if places else {}
        for place in places:
            cause = self._cause(place, labels)
            sources = self._sources.get(cause)
            if sources is None:
                continue
            is_both = matches(self._rules[place].source, labels)
            muting = sources.one_sided if is_both else sources.alerts
            if muting:
                yield Mute(
                    name=self._name(cause),
                    until=now + FOR_EVER,
                    reason="inhibited",
                    because=_named(sources, muting),
                )

    def _cause(self, place: int, labels: Labels) -> Cause:
        return Cause(place, tuple(labels.get(name, "") for name in self._rules[place].equal))

    def _name(self, cause: Cause) -> str:
        rule = self._rules[cause.rule]
        grouped = written(dict(zip(rule.equal, cause.values, strict=True)))
        return f"inhibition {rule.name}" + (f" {{{grouped}}}" if grouped else "")


def _named(sources: Sources, muting: Iterable[str]) -> str:
    """Some of the alerts that mute, the same ones in every replay."""
    fingerprints = list(muting)
    if len(fingerprints) > 100 * MOST_NAMED:
        return counted(len(fingerprints), "alert")
    some = heapq.nsmallest(MOST_NAMED, fingerprints)
    said = [written(sources.alerts[fingerprint]) for fingerprint in some]
    more = len(fingerprints) - len(some)
    return "; ".join([*said, *([f"{counted(more, 'other')}"] if more else [])])
