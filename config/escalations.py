"""The escalation policies and conditions of a configuration."""

from collections.abc import Mapping

from config.documents import Document, Loc
from config.models.conditions import OnlyIfModel
from config.models.escalations import EscalationModel, LevelModel, TargetModel
from config.names import once, refer
from routing.alert import Severity
from routing.policy import EscalationPolicy, Level, OnlyIf, Target


def build_escalations(
    document: Document, given: Mapping[str, EscalationModel]
) -> tuple[EscalationPolicy, ...]:
    """Who is told after whom; what is wrong goes into the document."""
    return tuple(_escalation(document, name, one) for name, one in given.items())


def only_if(document: Document, given: OnlyIfModel | None, loc: Loc) -> OnlyIf | None:
    """The condition at `loc`, with its intervals checked."""
    if given is None:
        return None
    for i, name in enumerate(given.during):
        refer(document, (*loc, "during", i), "time_intervals", name)
    return OnlyIf(
        severities=tuple(map(Severity, given.severity)),
        during=tuple(given.during),
        match=tuple(given.match),
    )


def _escalation(document: Document, name: str, given: EscalationModel) -> EscalationPolicy:
    loc: Loc = ("escalations", name)
    if name == "none":
        document.report(document.key_of(loc), loc, '"none" means no escalation: take another name')
    levels = (_level(document, one, (*loc, "levels", i)) for i, one in enumerate(given.levels))
    return EscalationPolicy(
        name=name,
        levels=tuple(levels),
        repeat=given.repeat,
        ack_expires=given.ack_expires,
    )


def _level(document: Document, given: LevelModel, loc: Loc) -> Level:
    places: list[Loc] = [(*loc, "targets", i) for i in range(len(given.targets))]
    targets = [_target(document, one, at) for one, at in zip(given.targets, places, strict=True)]
    named = [(at, f"{one.kind} {one.name}") for one, at in zip(targets, places, strict=True)]
    once(
        document,
        [entry for entry, one in zip(named, targets, strict=True) if not one.is_next],
        "target",
    )
    if given.rotate and len(targets) == 1:
        at = (*loc, "rotate")
        document.report(document.place_of(at), at, "one target has nobody to take turns with")
    return Level(
        targets=tuple(targets),
        wait=given.wait,
        only_if=only_if(document, given.only_if, (*loc, "only_if")),
        rotates=given.rotate,
    )


def _target(document: Document, given: TargetModel, loc: Loc) -> Target:
    condition = only_if(document, given.only_if, (*loc, "only_if"))
    if given.user is not None:
        refer(document, (*loc, "user"), "users", given.user)
        return Target(kind="user", name=given.user, only_if=condition)
    if given.schedule is not None:
        refer(document, (*loc, "schedule"), "schedules", given.schedule)
        return Target(kind="schedule", name=given.schedule, is_next=given.next, only_if=condition)
    name = given.receiver or ""
    refer(document, (*loc, "receiver"), "receivers", name)
    return Target(kind="receiver", name=name, only_if=condition)


def _words(target: Target) -> str:
    return f"{target.kind} {target.name}{', next' if target.is_next else ''}"
