"""Names in stories: of people, receivers and channels that the policy must have."""

from collections.abc import Collection

from config.documents import Document, Loc
from config.errors import did_you_mean
from config.stories.models import StepModel
from config.validation import inside
from routing.policy import Policy


def check_names(document: Document, loc: Loc, step: StepModel, policy: Policy) -> None:
    """Note the names in a step that its policy does not have."""
    channels = channels_of(policy)
    known: dict[str, Collection[str]] = {
        "user": [user.name for user in policy.users],
        "receiver": [receiver.name for receiver in policy.receivers],
    }
    for i, one in enumerate(step.expect or ()):
        at: Loc = (*loc, "expect", i)
        if one.kind in known:
            _check(document, at, (one.kind, one.name, one.text, one.offset), known[one.kind])
        if one.channel:
            offset = one.text.find(f" on {one.channel}") + len(" on ")
            _check(document, at, ("channel", one.channel, one.text, offset), channels)
    _check_doings(document, loc, step, policy)
    for channel in step.receipt or ():
        if channel not in channels:
            key: Loc = (*loc, "receipt", channel)
            place = document.key_of(key)
            document.report(place, key, _said("channel", channel, channels))


def _check_doings(document: Document, loc: Loc, step: StepModel, policy: Policy) -> None:
    """Note the people and schedules that a step hands something to."""
    users = [user.name for user in policy.users]
    schedules = [schedule.name for schedule in policy.schedules]
    to, stands = step.reassign.to if step.reassign else None, step.stand_in
    for key, kind, name in (
        (("reassign", "to", "user"), "user", to.user if to else None),
        (("reassign", "to", "schedule"), "schedule", to.schedule if to else None),
        (("stand_in", "user"), "user", stands.user if stands else None),
        (("stand_in", "schedule"), "schedule", stands.schedule if stands else None),
    ):
        known = users if kind == "user" else schedules
        if name is not None and name not in known:
            at: Loc = (*loc, *key)
            document.report(document.place_of(at), at, _said(kind, name, known))


def channels_of(policy: Policy) -> list[str]:
    """The channels over which the policy reaches anybody."""
    people = (contact for user in policy.users for contact in user.contacts)
    sets = (contact for receiver in policy.receivers for contact in receiver.contacts)
    return sorted({contact.channel for contact in (*people, *sets)})


def _check(
    document: Document, loc: Loc, used: tuple[str, str, str, int], known: Collection[str]
) -> None:
    kind, name, text, offset = used
    if name not in known:
        place = inside(document, document.place_of(loc), text, offset)
        document.report(place, loc, _said(kind, name, known))


def _said(kind: str, name: str, known: Collection[str]) -> str:
    meant = did_you_mean(name, known) or f"; there are: {', '.join(sorted(known)) or 'none'}"
    return f'there is no {kind} "{name}"{meant}'
