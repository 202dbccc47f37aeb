"""When alerts flap, how many pages a person gets, and by what it is known that all is alive."""

from collections.abc import Collection
from datetime import timedelta

from config.documents import Document, Loc
from config.models.root import RootModel
from config.names import refer
from config.zones import zone
from routing.matching import matches
from routing.policy import CanaryPlan, Flapping, Heartbeat, PageBudget, SignOfLife


def build_flapping(root: RootModel) -> Flapping | None:
    """When alerts flap; None where nothing is held."""
    if not root.flapping.hold or root.compat is not None:
        return None
    return Flapping(**root.flapping.model_dump(exclude_none=True, exclude={"hold"}))


def build_budget(root: RootModel, given: tuple[int, timedelta] | None) -> PageBudget | None:
    """How many pages in how long; None where nothing is said."""
    if given is None:
        return None
    after = root.digest_after or PageBudget().digest_after
    return PageBudget(pages=given[0], per=given[1], digest_after=after)


def build_heartbeats(document: Document, root: RootModel) -> tuple[Heartbeat, ...]:
    """The alerts that have to come again and again."""
    for name, one in root.heartbeats.items():
        if all(matches([matcher], {}) for matcher in one.match):
            loc: Loc = ("heartbeats", name, "match")
            message = "takes every alert: at least one matcher must name a value"
            document.report(document.place_of(loc), loc, message)
    return tuple(
        Heartbeat(
            name=name,
            matchers=tuple(one.match),
            every=one.every,
            severity=one.severity,
            labels=dict(one.labels),
        )
        for name, one in root.heartbeats.items()
    )


def build_sign(document: Document, root: RootModel) -> SignOfLife | None:
    """Who is told that we live; a channel on which people read would be flooded."""
    given = root.sign_of_life
    if given is None:
        return None
    loc: Loc = ("sign_of_life", "receiver")
    refer(document, loc, "receivers", given.receiver)
    for contact in root.receivers.get(given.receiver, []):
        channel = root.channels.get(contact.channel)
        if channel is not None and channel.kind != "webhook":
            message = f'goes to webhooks only: "{contact.channel}" is of kind {channel.kind}'
            document.report(document.place_of(loc), loc, message)
    plan = SignOfLife(receiver=given.receiver)
    return SignOfLife(receiver=given.receiver, every=given.every or plan.every)


def build_canary(document: Document, root: RootModel) -> CanaryPlan | None:
    """Which channels are tried again and again, and when."""
    given = root.canary
    if given is None:
        return None
    refer(document, ("canary", "receiver"), "receivers", given.receiver)
    said = given.model_dump(exclude_none=True)
    plan = CanaryPlan(**said)
    _check_times(document, plan, said)
    return plan


def _check_times(document: Document, plan: CanaryPlan, said: Collection[str]) -> None:
    if "every" in said and "at" in said:
        _complain(document, "at", "stands in place of `every`: leave one of them out")
    zone(document, plan.time_zone, ("canary",))
    every = plan.every if plan.at is None else timedelta(days=1)
    if plan.within >= every:
        _complain(document, "within", "must be shorter than the time from one to the next")


def _complain(document: Document, key: str, message: str) -> None:
    loc: Loc = ("canary", key)
    document.report(document.place_of(loc), loc, message)
