"""The inhibitions of a configuration."""

from collections.abc import Sequence

from config.documents import Document, Loc
from config.models.routing import InhibitionModel
from config.names import once
from routing.matching import matches
from routing.policy import Inhibition

_SIDES = {"source": "any alert mutes by it", "target": "it mutes any alert"}


def build_inhibitions(
    document: Document, given: Sequence[InhibitionModel]
) -> tuple[Inhibition, ...]:
    """The rules, in order; what is wrong goes into the document."""
    names = [(("inhibitions", i, "name"), rule.name) for i, rule in enumerate(given)]
    once(document, names, "inhibition")
    for i, rule in enumerate(given):
        _check_sides(document, rule, ("inhibitions", i))
    return tuple(
        Inhibition(
            name=rule.name,
            source=tuple(rule.source),
            target=tuple(rule.target),
            equal=tuple(sorted(set(rule.equal))),
        )
        for rule in given
    )


def _check_sides(document: Document, rule: InhibitionModel, loc: Loc) -> None:
    """Refuse a side that accepts alerts without labels, and what can never mute."""
    for side, meaning in _SIDES.items():
        if all(matches([matcher], {}) for matcher in getattr(rule, side)):
            message = f"names no value, so that {meaning}: write a matcher that does"
            document.report(document.place_of((*loc, side)), (*loc, side), message)
    if set(rule.source) == set(rule.target):
        message = "accepts the same alerts as `source`, and so mutes none of them"
        document.report(document.place_of((*loc, "target")), (*loc, "target"), message)
