"""Effects: the engine's wishes, carried out by the shell in the order given."""

from datetime import datetime

from msgspec import Struct

from routing.incident import Incident
from routing.notification import Notification
from routing.oncall.schedule import Override
from routing.policy import Contact, Silence


class Notify(Struct, frozen=True, tag="notify"):
    """Hand this notification to the outbox."""

    notification: Notification


class Publish(Struct, frozen=True, tag="publish"):
    """The incident changed: this is its current view."""

    incident: Incident


class Explain(Struct, frozen=True, kw_only=True, tag="explain"):
    """Why an alert or an incident did, or did not, reach somebody.

    `reason` is one word for machines (`silenced`, `grouped`, `no_route`, `nobody_on_call`,
    `undeliverable`, ...), `text` a sentence for people. `contact` is whom it is about, where that
    is one alone.
    """

    at: datetime
    fingerprint: str = ""
    incident_id: str = ""
    reason: str
    text: str
    contact: Contact | None = None


class PublishOverride(Struct, frozen=True, tag="publish_override"):
    """An override that was made by command is in force or to come, or, without one, no more."""

    id: str
    override: Override | None = None


class PublishSilence(Struct, frozen=True, tag="publish_silence"):
    """A silence that was made by command is pending, active or over, or, without one, forgotten."""

    id: str
    silence: Silence | None = None


Effect = Notify | Publish | Explain | PublishOverride | PublishSilence
