"""Forecasts: where an alert would go at an instant, before there is one.

The same code decides as in the engine: the tree, the group, the hours, the silences, who is on
call. What depends on the past is left out: incidents that are open, people who were told before.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from routing import hours
from routing.alert import Alert
from routing.condition import Occasion
from routing.directory import Addressee, Answer, Directory
from routing.group import ALL_LABELS, group_key, group_labels
from routing.inhibition import Inhibitions
from routing.levels import ask
from routing.matching import labels_of
from routing.mute import Mute
from routing.policy import EscalationPolicy, Policy, Route
from routing.routes import Way, ways
from routing.silences import Silences


class Told(NamedTuple):
    """Who is told at a step; level 0 is the receiver. `problems` name those who cannot be."""

    level: int
    addressees: tuple[Addressee, ...]
    problems: tuple[str, ...]


class Forecast(Struct, frozen=True, kw_only=True):
    """What one route would do with the alert: its way there, the group, who is told, and what
    keeps it quiet. `told` are the receiver and the levels up to the first that has somebody, else
    the receiver of the root; `inhibitions` the rules that would mute it while another alert fires.
    """

    way: Way
    group_key: str
    group_labels: dict[str, str]
    quiet: tuple[Mute, ...]
    inhibitions: tuple[str, ...]
    told: tuple[Told, ...]

    @property
    def route(self) -> Route:
        """The node that takes the alert."""
        return self.way[-1]


def forecast(policy: Policy, alert: Alert, at: datetime) -> tuple[Forecast, ...]:
    """What each route that takes the alert would do at `at`, in the order of the tree."""
    root = policy.route
    directory = Directory(policy)
    found = ways(root, labels_of(alert)) or ((root,),)
    return tuple(_one(directory, way, alert, at) for way in found)


def _one(directory: Directory, way: Way, alert: Alert, at: datetime) -> Forecast:
    route = way[-1]
    labels = alert.labels if route.group_by == ALL_LABELS else labels_of(alert)
    grouped = group_labels(route, labels)
    return Forecast(
        way=way,
        group_key=group_key(route, grouped),
        group_labels=grouped,
        quiet=_quiet(directory, route, alert, at),
        inhibitions=Inhibitions(directory.policy.inhibitions).targets(alert),
        told=tuple(_told(directory, route, alert, at)),
    )


def _quiet(directory: Directory, route: Route, alert: Alert, at: datetime) -> tuple[Mute, ...]:
    silences = Silences(directory.policy.silences, {}, directory.interval)
    whole = hours.closed(route, directory.interval, at)
    muted = silences.quiet({"": alert}, at).get("", ())
    return (*((whole,) if whole else ()), *muted)


def _told(directory: Directory, route: Route, alert: Alert, at: datetime) -> list[Told]:
    steps = [_step(0, directory.receiver(route.receiver))]
    plan = directory.escalation(route.escalation) if route.escalation else None
    if plan is not None:
        about = Occasion(alert.severity, (labels_of(alert),), at)
        steps += _climbed(directory, plan, about)
    if not any(step.addressees for step in steps):
        steps.append(_step(0, directory.receiver(directory.policy.route.receiver)))
    return steps


def _climbed(directory: Directory, plan: EscalationPolicy, about: Occasion) -> Iterator[Told]:
    """The levels up to the first of which somebody is told; one with nobody costs no time."""
    for number, level in enumerate(plan.levels, start=1):
        asked = ask(directory, level, about)
        problems = (*(text for _, text in asked.answer.problems), *asked.left_out)
        yield Told(number, asked.answer.addressees, problems)
        if asked.answer.addressees:
            return


def _step(level: int, answer: Answer) -> Told:
    return Told(level, answer.addressees, tuple(text for _, text in answer.problems))
