"""A file of stories, as people write it."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from config.errors import Wrong
from config.models.escalations import TargetModel
from config.models.values import (
    Duration,
    Instant,
    LabelName,
    MatcherText,
    Model,
    Name,
    PositiveDuration,
    Text,
)
from config.stories.expectations import Expectation, parse_expectation

Labels = Annotated[dict[LabelName, Text], Field(min_length=1)]
Answering = Literal["sent", "failed", "refused", "silent"]
Ignored = Literal[
    "first",
    "new_alerts",
    "repeat",
    "escalated",
    "acknowledged",
    "resolved",
    "flapping",
    "calm",
]
ExpectationText = Annotated[
    Expectation,
    PlainValidator(parse_expectation),
    WithJsonSchema({"type": "string", "examples": ["page user ana on slack within 1m"]}),
]

_Expected = Annotated[list[ExpectationText], Field(min_length=1)] | ExpectationText


def _everything(value: object) -> object:
    """One item may stand without its list."""
    return value if isinstance(value, list) else [value]


class PersonModel(Model):
    """Who does something, and to which incident."""

    by: Name = Field(title="By", description="Who does it.")
    of: dict[LabelName, Text] = Field(
        default_factory=dict,
        title="Of",
        description="Labels of an alert of the incident. Unset: the newest one that is not over.",
    )


def _named(value: object) -> object:
    """A name alone says who does it."""
    return {"by": value} if isinstance(value, str) else value


Person = Annotated[PersonModel, BeforeValidator(_named, json_schema_input_type=PersonModel | Name)]


class SnoozeModel(PersonModel):
    """Somebody takes an incident for a time."""

    for_: PositiveDuration = Field(alias="for", title="For", description="How long.")


class HandoverModel(PersonModel):
    """Somebody gives an incident to another person, schedule or escalation policy."""

    to: TargetModel = Field(title="To", description="`user: ana` or `schedule: primary`.")


class StandInModel(Model):
    """Somebody stands in on a schedule, from this moment on."""

    schedule: Name = Field(title="Schedule", description="A name from the section `schedules`.")
    user: Name = Field(title="User", description="Who stands in.")
    for_: PositiveDuration = Field(alias="for", title="For", description="How long.")


class MuteModel(Model):
    """A silence that is made by hand, from this moment on."""

    match: list[MatcherText] = Field(
        min_length=1, title="Match", description="Tests on labels that must all hold."
    )
    for_: PositiveDuration = Field(alias="for", title="For", description="How long it lasts.")
    id: Name = Field("story", title="Id", description="By which `unsilence` names it.")


class StepModel(Model):
    """A moment: what is done then, and what is expected then."""

    at: Duration = Field(title="At", description="How long after the story began.")
    alert: Labels | None = Field(
        None, title="Alert", description="An alert with these labels fires."
    )
    resolve: Labels | None = Field(
        None, title="Resolve", description="The alert with these labels ends."
    )
    ack: Person | None = Field(
        None, title="Ack", description="Somebody takes the incident: a name, or `{by, of}`."
    )
    close: Person | None = Field(
        None, title="Close", description="Somebody resolves the incident: a name, or `{by, of}`."
    )
    unack: Person | None = Field(
        None, title="Unack", description="Somebody gives back what they had taken."
    )
    escalate: Person | None = Field(
        None, title="Escalate", description="Somebody asks for the next level now."
    )
    snooze: SnoozeModel | None = Field(
        None, title="Snooze", description="Somebody takes the incident for a time: `{by, for}`."
    )
    reassign: HandoverModel | None = Field(
        None, title="Reassign", description="Somebody gives the incident to others: `{by, to}`."
    )
    stand_in: StandInModel | None = Field(
        None, title="Stand in", description="Somebody stands in on a schedule from now on."
    )
    silence: MuteModel | None = Field(
        None, title="Silence", description="Somebody silences alerts."
    )
    unsilence: Name | None = Field(
        None, title="Unsilence", description="The silence of this id ends."
    )
    receipt: Annotated[dict[Name, Answering], Field(min_length=1)] | None = Field(
        None,
        title="Receipt",
        description="How channels answer from now on: sent, failed (for the moment), refused (for "
        "good), or silent (no answer comes).",
    )
    reload: Text | None = Field(
        None, title="Reload", description="This configuration is in force from now on."
    )
    expect: (
        Annotated[
            list[ExpectationText],
            Field(min_length=1),
            BeforeValidator(_everything, json_schema_input_type=_Expected),
        ]
        | None
    ) = Field(
        None,
        title="Expect",
        description="What happens: `page user ana on slack within 1m`, `nothing for 10m`.",
    )

    @model_validator(mode="after")
    def _something(self) -> "StepModel":
        if self.model_fields_set <= {"at"}:
            raise Wrong("nothing is done or expected in this step")
        return self


class StoryModel(Model):
    """What happens, step by step, and what must come of it."""

    name: Text = Field(title="Name", description="What it shows, as a sentence.")
    starts_at: Instant | None = Field(
        None, title="Starts at", description="When 0s is. Unset: 2026-11-30T09:00:00Z, a Monday."
    )
    ignore: list[Ignored] = Field(
        default_factory=list,
        title="Ignore",
        description="Reasons of notifications that need not be expected.",
    )
    steps: list[StepModel] = Field(min_length=1, title="Steps", description="In the order of time.")


class StoriesModel(Model):
    """A file of stories about one policy."""

    policy: Text | dict[str, Any] | None = Field(
        None,
        title="Policy",
        description="The configuration: a file or directory beside this file, or its sections.",
    )
    stories: list[StoryModel] = Field(min_length=1, title="Stories", description="The stories.")
