"""What is still owed to whom, as the newest views of the incidents say."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from routing.incident import Delivery, Incident, IncidentState, NotifyReason
from routing.receipt import DeliveryStatus


class Owed(NamedTuple):
    """Messages that have not arrived, by channel; and what became of the incidents."""

    missing: Counter[str]
    open: int
    resolved: int
    over_untold: Counter[str]  # over before the channel could say anything of them


def owed(incidents: Iterable[Incident]) -> Owed:
    """Each contact is owed the newest message; of what is over, one that heard of it the end."""
    missing: Counter[str] = Counter()
    untold: Counter[str] = Counter()
    states: Counter[bool] = Counter()
    for incident in incidents:
        is_over = incident.state is IncidentState.RESOLVED
        states[is_over] += 1
        for delivery in incident.deliveries:
            if is_over and not delivery.is_told:
                untold[delivery.contact.channel] += 1
            elif not _has_arrived(delivery, is_over=is_over):
                missing[delivery.contact.channel] += 1
        missing["nobody"] += not incident.deliveries and not is_over
    return Owed(+missing, states[False], states[True], untold)


def _has_arrived(delivery: Delivery, *, is_over: bool) -> bool:
    if delivery.status is not DeliveryStatus.SENT:
        return False
    return not is_over or delivery.reason is NotifyReason.RESOLVED
