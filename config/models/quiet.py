"""Sections `flapping`, `heartbeats`, `sign_of_life` and `canary`."""

from pydantic import Field

from config.models.values import (
    ClockTime,
    LabelName,
    MatcherText,
    Model,
    Name,
    PositiveDuration,
    Text,
)
from routing.alert import Severity


class FlappingModel(Model):
    """Alerts that come and go again and again are told once, until they are calm."""

    hold: bool = Field(
        True,
        title="Hold",
        description="Whether ends of alerts that flap are told only when they are calm. What fires "
        "is never held.",
    )
    changes: int = Field(
        8,
        ge=2,
        le=1000,
        title="Changes",
        description="So many ends and returns `within` a time make an alert flap.",
    )
    within: PositiveDuration | None = Field(
        None, title="Within", description="The time in which changes are counted. Unset: 1h."
    )
    calm: PositiveDuration | None = Field(
        None,
        title="Calm",
        description="It has to stay as it is for so long; so much later an end is told. "
        "Unset: 15m.",
    )


class HeartbeatModel(Model):
    """An alert that has to come again and again; it pages nobody, its absence does."""

    match: list[MatcherText] = Field(
        min_length=1,
        title="Match",
        description="Tests on labels that must all hold, such as 'alertname=\"Watchdog\"'.",
    )
    every: PositiveDuration = Field(
        title="Every", description="It is missing when none came for so long."
    )
    severity: Severity = Field(
        Severity.CRITICAL,
        strict=False,
        title="Severity",
        description="Of the alert HeartbeatMissing: info, warning, error or critical.",
    )
    labels: dict[LabelName, Text] = Field(
        default_factory=dict,
        title="Labels",
        description="More labels of the alert HeartbeatMissing, by which it is routed.",
    )


class SignOfLifeModel(Model):
    """A message that goes out again and again, so that somebody notices when none comes."""

    receiver: Name = Field(title="Receiver", description="Who gets it: webhooks only.")
    every: PositiveDuration | None = Field(None, title="Every", description="How often. Unset: 5m.")


class CanaryModel(Model):
    """A test that goes the way of pages again and again, with an alarm when it is not sent."""

    receiver: Name = Field(
        title="Receiver", description="Who gets it: one address for each channel to be tried."
    )
    every: PositiveDuration | None = Field(
        None, title="Every", description="How often, the first at once. Unset: 24h."
    )
    at: ClockTime | None = Field(
        None, title="At", description="Or once a day at this time, in place of `every`."
    )
    time_zone: Text | None = Field(
        None, title="Time zone", description="Of `at`, such as Europe/Vienna. Unset: UTC."
    )
    within: PositiveDuration | None = Field(
        None,
        title="Within",
        description="TocsinCanary fires for an address that did not take it for so long. "
        "Unset: 10m.",
    )
