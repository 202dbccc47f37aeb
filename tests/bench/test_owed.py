"""What is owed after an outage, by the views of the incidents."""

import pytest
from msgspec.structs import replace

from bench.downstream.owed import owed
from routing.incident import Delivery, NotifyReason
from routing.receipt import DeliveryStatus
from tests.console.scene import OPENED, paged_incident, resolved

SENT = paged_incident().deliveries[0]
END = replace(SENT, reason=NotifyReason.RESOLVED)
WAITING = replace(SENT, status=DeliveryStatus.PENDING, sent_at=None)
GIVEN_UP = replace(SENT, status=DeliveryStatus.FAILED_TEMPORARY, sent_at=None, retry_at=None)
LATER = replace(GIVEN_UP, retry_at=OPENED)

CASES = [
    ("told", SENT, False, 0, 0),
    ("on its way", WAITING, False, 1, 0),
    ("to be tried again", LATER, False, 1, 0),
    ("given up for now", GIVEN_UP, False, 1, 0),
    ("over, and told so", END, True, 0, 0),
    ("over, and told only that it began", SENT, True, 1, 0),
    ("over before anything could be told", GIVEN_UP, True, 0, 1),
]


@pytest.mark.parametrize(
    ("case", "delivery", "is_over", "missing", "untold"), CASES, ids=[case for case, *_ in CASES]
)
def test_owed_to_a_contact(
    case: str, delivery: Delivery, is_over: bool, missing: int, untold: int
) -> None:
    incident = paged_incident(deliveries=(delivery,))
    found = owed([resolved(incident) if is_over else incident])
    assert (found.missing.total(), found.over_untold.total()) == (missing, untold)
    assert (found.open, found.resolved) == (int(not is_over), int(is_over))
