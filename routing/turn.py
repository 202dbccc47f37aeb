"""A turn: what the engine knows while it decides about one group at one instant, and says."""

from collections.abc import Mapping
from datetime import datetime

from routing import hours
from routing.alert import Alert
from routing.budget import Pages
from routing.directory import Answer, Directory
from routing.effect import Explain
from routing.group import Group
from routing.incident import Incident
from routing.inhibition import Inhibitions
from routing.mute import Quiet, both
from routing.policy import Contact
from routing.silences import Silences
from routing.told import Compat


class Turn:
    """One group's turn at `now`. `wished` are the contacts to be told at its end, each once.

    `turns` says whose turn it is at the levels whose targets take turns.
    """

    __slots__ = (
        "_heard",
        "compat",
        "directory",
        "explained",
        "inhibitions",
        "now",
        "pages",
        "silences",
        "turns",
        "wished",
    )

    def __init__(
        self,
        directory: Directory,
        silences: Silences,
        inhibitions: Inhibitions,
        pages: Pages,
        now: datetime,
        compat: Compat | None = None,
        *,
        turns: dict[str, int] | None = None,
    ) -> None:
        self.directory = directory
        self.silences = silences
        self.inhibitions = inhibitions
        self.pages = pages
        self.now = now
        self.compat = compat
        self.turns = {} if turns is None else turns
        self._heard: tuple[Mapping[str, Alert], Quiet] = ({}, {})
        self.explained: list[Explain] = []
        self.wished: dict[Contact, None] = {}

    def explain(
        self,
        incident: Incident,
        reason: str,
        text: str,
        fingerprint: str = "",
        contact: Contact | None = None,
    ) -> None:
        """Say why something was, or was not, done."""
        self.explained.append(
            Explain(
                at=self.now,
                fingerprint=fingerprint,
                incident_id=incident.id,
                reason=reason,
                text=text,
                contact=contact,
            )
        )

    def explain_problems(self, incident: Incident, answer: Answer) -> None:
        """Say which names in the policy stand for nobody."""
        for reason, text in answer.problems:
            self.explain(incident, reason, text)

    def quiet(self, group: Group) -> Quiet:
        """The firing alerts that are muted now: by the route's hours, silences or other alerts."""
        alerts = group.incident.alerts
        if self._heard[0] is not alerts:
            self._heard = (alerts, self.muted(group, firing(group.incident)))
        return self._heard[1]

    def muted(self, group: Group, alerts: Mapping[str, Alert]) -> Quiet:
        """Those of `alerts`, firing or not, that are muted now; nothing of a digest is."""
        if group.incident.digest_for:
            return {}
        whole = hours.closed(group.route, self.directory.interval, self.now)
        if whole is not None:
            return dict.fromkeys(alerts, (whole,))
        silenced = self.silences.quiet(alerts, self.now)
        return both(silenced, self.inhibitions.quiet(alerts, self.now))

    def audible(self, group: Group) -> frozenset[str]:
        """Fingerprints of the alerts that fire and are not muted."""
        return frozenset(firing(group.incident)) - frozenset(self.quiet(group))


def firing(incident: Incident) -> dict[str, Alert]:
    """The firing alerts by fingerprint."""
    return {fp: alert for fp, alert in incident.alerts.items() if alert.is_firing}
