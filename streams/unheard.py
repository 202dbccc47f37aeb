"""Unheard: incidents of which nobody could be told, until somebody is or they are over.

The engine says of an incident once and again that nobody is left who could be told. The first time
it becomes a dead letter; and for as long as it lasts, the receiver has an alarm of its own.
"""

from collections.abc import Iterable

from routing.effect import Effect, Explain, Publish
from routing.incident import Incident, IncidentState

REASONS = frozenset({"nobody_left", "never_told"})


class Unheard:
    """`receivers` are those of the incidents, by id. Rebuilt from the incidents after a restart."""

    def __init__(self, incidents: Iterable[Incident] = ()) -> None:
        self.receivers = {one.id: one.receiver for one in incidents if is_unheard(one)}

    def note(self, effects: Iterable[Effect]) -> list[Explain]:
        """Follow the effects of an event. Gives what is lost by it, and was not before."""
        lost: list[Explain] = []
        for effect in effects:
            if isinstance(effect, Publish):
                self._follow(effect.incident)
            elif isinstance(effect, Explain) and self._is_lost(effect):
                lost.append(effect)
        return lost

    def _is_lost(self, said: Explain) -> bool:
        is_known = said.reason == "nobody_left" and said.incident_id in self.receivers
        return said.reason in REASONS and not is_known

    def _follow(self, incident: Incident) -> None:
        if is_unheard(incident):
            self.receivers[incident.id] = incident.receiver
        else:
            self.receivers.pop(incident.id, None)


def is_unheard(incident: Incident) -> bool:
    """Whether the incident is open, nobody was left for it, and nobody has got anything."""
    if incident.state is not IncidentState.OPEN or any(d.sent_at for d in incident.deliveries):
        return False
    return any(moment.kind == "nobody_left" for moment in incident.timeline)
