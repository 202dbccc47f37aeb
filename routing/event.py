"""Events: everything the engine ever learns, in one ordered log.

An event carries no clock of its own: its time is the timestamp of its record in the log, which the
shell hands to the engine as `now`. What people ask for may come twice: with the same `id`, which is
not empty, it is done once a day.
"""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from routing.alert import Alert
from routing.oncall.schedule import Override
from routing.policy import Policy, Silence
from routing.receipt import Receipt


class AlertSeen(Struct, frozen=True, tag="alert"):
    """An alert fired, changed or ended.

    `anomaly` is the id of what was found, empty for alerts from outside. A finder that was killed
    tells again what it had told since its last snapshot; an anomaly ends once, and what comes of
    it after its end is such a repeat. `is_timeout`: nobody said when the alert ends.
    """

    alert: Alert
    anomaly: str = ""
    is_timeout: bool = False


class Acknowledge(Struct, frozen=True, kw_only=True, tag="acknowledge"):
    """A person takes the incident; escalation stops. `via` names the face it came through."""

    incident_id: str
    by: str
    via: str
    id: str = ""


class Resolve(Struct, frozen=True, kw_only=True, tag="resolve"):
    """A person closes the incident."""

    incident_id: str
    by: str
    via: str
    id: str = ""


class Snooze(Struct, frozen=True, kw_only=True, tag="snooze"):
    """A person takes the incident until an instant; if it still fires then, it is open again."""

    incident_id: str
    by: str
    via: str
    until: datetime
    id: str = ""


class Reassign(Struct, frozen=True, kw_only=True, tag="reassign"):
    """A person gives the incident to another user, schedule or escalation policy."""

    incident_id: str
    by: str
    via: str
    kind: Literal["user", "schedule", "policy"]
    name: str
    id: str = ""


class Escalate(Struct, frozen=True, kw_only=True, tag="escalate"):
    """A person asks for the next level now; `level` is the one that was seen, if any."""

    incident_id: str
    by: str
    via: str
    level: int | None = None
    id: str = ""


class Reopen(Struct, frozen=True, kw_only=True, tag="reopen"):
    """A person no longer takes the incident: it is open again, and paged from the first level."""

    incident_id: str
    by: str
    via: str
    id: str = ""


class SetSilence(Struct, frozen=True, tag="silence"):
    """A silence is made, or replaced by one with the same id."""

    silence: Silence


class ExpireSilence(Struct, frozen=True, tag="expire_silence"):
    """A silence ends now."""

    id: str


class SetOverride(Struct, frozen=True, tag="override"):
    """Somebody stands in on a schedule, or two people swap; one with the same id is replaced."""

    override: Override


class RemoveOverride(Struct, frozen=True, tag="remove_override"):
    """An override is taken back."""

    id: str
    by: str = ""


class ReceiptSeen(Struct, frozen=True, tag="receipt"):
    """The outbox says what became of a notification."""

    receipt: Receipt


class PolicyChanged(Struct, frozen=True, tag="policy"):
    """A new policy takes effect for what comes after."""

    policy: Policy


class Tick(Struct, frozen=True, tag="tick"):
    """Time passed: the engine asked to be woken."""


Event = (
    AlertSeen
    | Acknowledge
    | Resolve
    | Snooze
    | Reassign
    | Escalate
    | Reopen
    | SetSilence
    | ExpireSilence
    | SetOverride
    | RemoveOverride
    | ReceiptSeen
    | PolicyChanged
    | Tick
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """The event as a record value of `tocsin.events`."""
    return _encoder.encode(event)


def decode(value: bytes) -> Event:
    """The event in a record value. Raises `msgspec.DecodeError` when it is not one."""
    return _decoder.decode(value)
