"""Agreement: whether deciding again comes to what was recorded."""

from collections.abc import Sequence

from msgspec import Struct

from routing.effect import Explain
from streams.history.reading import Bounds, Recorded
from streams.history.replaying import Replay


class Agreement(Struct, frozen=True, kw_only=True):
    """What both have, by how many, and what only one of them has.

    Notifications are told by their ids, decisions by all that they say.
    """

    notifications: int
    decisions: int
    unrecorded: tuple[str, ...]  # ids of notifications that only the replay has
    undecided: tuple[str, ...]  # and that only the record has
    unrecorded_decisions: tuple[Explain, ...]
    undecided_decisions: tuple[Explain, ...]

    @property
    def is_full(self) -> bool:
        """Whether nothing differs."""
        ids = self.unrecorded or self.undecided
        return not (ids or self.unrecorded_decisions or self.undecided_decisions)


def agreement(
    found: Replay, notifications: Sequence[Recorded], decisions: Sequence[Explain], bounds: Bounds
) -> Agreement:
    """The replay and the record compared, within bounds of time."""
    told = {one.id: None for at, one in found.told if bounds.holds(at)}
    all_told = {one.id for _, one in found.told}
    written = {one.notification.id: None for one in notifications}
    within = {one.notification.id: None for one in notifications if bounds.holds(one.at)}
    made = {one: None for one in found.decisions if bounds.holds(one.at)}
    kept = {one: None for one in decisions if bounds.holds(one.at)}
    return Agreement(
        notifications=len(told.keys() & written.keys()),
        decisions=len(made.keys() & kept.keys()),
        unrecorded=tuple(one for one in told if one not in written),
        undecided=tuple(one for one in within if one not in all_told),
        unrecorded_decisions=tuple(one for one in made if one not in kept),
        undecided_decisions=tuple(one for one in kept if one not in made),
    )
