"""Sections that keep alerts quiet: `flapping`."""

from pydantic import Field

from config.models.values import Model, PositiveDuration


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
