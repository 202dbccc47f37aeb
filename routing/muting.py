"""Muting: which incidents a silence is about, before it acts."""

from collections.abc import Iterable

from msgspec import Struct

from routing.incident import Incident, IncidentState
from routing.matching import labels_of, matches
from routing.policy import Silence


class Muting(Struct, frozen=True, kw_only=True):
    """An incident, and how many of its firing alerts a silence takes."""

    incident: Incident
    muted: int
    firing: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the incident is left that could page."""
        return self.muted == self.firing


def muting(silence: Silence, incidents: Iterable[Incident]) -> list[Muting]:
    """What the matchers of a silence take of incidents that are not resolved, worst first.

    When it begins, and at which hours it mutes, is not looked at. A digest is never muted.
    """
    there = (one for one in incidents if one.state is not IncidentState.RESOLVED)
    found = [_one(silence, incident) for incident in there if not incident.digest_for]
    taken = [one for one in found if one.muted]
    return sorted(taken, key=lambda one: (-one.incident.severity.rank, one.incident.opened_at))


def takes(silence: Silence, labels: dict[str, str]) -> bool:
    """Whether the matchers of a silence pass.

    >>> from datetime import UTC, datetime
    >>> from routing.labels import Matcher
    >>> at = datetime(2026, 11, 27, tzinfo=UTC)
    >>> test = Matcher(name="team", op="=", value="shop")
    >>> made = Silence(id="s", matchers=(test,), starts_at=at, ends_at=at)
    >>> takes(made, {"team": "shop"}), takes(made, {})
    (True, False)
    """
    sets = (silence.matchers, *silence.alternatives)
    return any(matchers and matches(matchers, labels) for matchers in sets)


def _one(silence: Silence, incident: Incident) -> Muting:
    firing = incident.firing
    muted = sum(takes(silence, dict(labels_of(alert))) for alert in firing)
    return Muting(incident=incident, muted=muted, firing=len(firing))
