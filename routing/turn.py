"""A turn: what the engine knows while it decides about one group at one instant, and says."""

from collections.abc import Sequence
from datetime import datetime

from routing import hours, silences
from routing.alert import Alert
from routing.directory import Answer, Directory
from routing.effect import Explain
from routing.group import Group
from routing.incident import Incident
from routing.policy import Contact, Silence
from routing.silences import Quiet


class Turn:
    """One group's turn at `now`. `wished` are the contacts to be told at its end, each once."""

    __slots__ = ("directory", "explained", "now", "silences", "wished")

    def __init__(self, directory: Directory, in_force: Sequence[Silence], now: datetime) -> None:
        self.directory = directory
        self.silences = in_force
        self.now = now
        self.explained: list[Explain] = []
        self.wished: dict[Contact, None] = {}

    def explain(self, incident: Incident, reason: str, text: str, fingerprint: str = "") -> None:
        """Say why something was, or was not, done."""
        self.explained.append(
            Explain(
                at=self.now,
                fingerprint=fingerprint,
                incident_id=incident.id,
                reason=reason,
                text=text,
            )
        )

    def explain_problems(self, incident: Incident, answer: Answer) -> None:
        """Say which names in the policy stand for nobody."""
        for reason, text in answer.problems:
            self.explain(incident, reason, text)

    def quiet(self, group: Group) -> Quiet:
        """The firing alerts that are silenced now, by matchers or by the hours of the route."""
        whole = hours.closed(group.route, self.directory.interval, self.now)
        if whole is not None:
            return dict.fromkeys(firing(group.incident), (whole,))
        if not self.silences:
            return {}
        return silences.quiet(firing(group.incident), self.silences, self.now)

    def audible(self, group: Group) -> frozenset[str]:
        """Fingerprints of the alerts that fire and are not silenced."""
        return frozenset(firing(group.incident)) - frozenset(self.quiet(group))


def firing(incident: Incident) -> dict[str, Alert]:
    """The firing alerts by fingerprint."""
    return {fp: alert for fp, alert in incident.alerts.items() if alert.is_firing}
