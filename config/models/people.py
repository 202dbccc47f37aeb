"""Sections `users` and `escalations`."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from config.errors import Wrong
from config.models.values import (
    Duration,
    Model,
    Name,
    PageCount,
    Text,
)


class ContactModel(Model):
    """One address on one channel."""

    channel: Name = Field(title="Channel", description="A name from the section `channels`.")
    address: Annotated[str, Field(min_length=1, max_length=1000)] = Field(
        title="Address",
        description="Where on that channel: a Slack channel or member id, a mail address, a "
        "PagerDuty service, a Jira project.",
    )
    send_resolved: bool = Field(
        True,
        title="Send resolved",
        description="In a receiver with `compat: alertmanager`: whether it is told of ends. "
        "Elsewhere, who was told of a page is always told of its end.",
    )


class UserModel(Model):
    """A person who can be on call."""

    full_name: Text = Field("", title="Full name", description="The name that people read.")
    time_zone: Text | None = Field(
        None, title="Time zone", description="Such as Europe/Vienna. Unset: UTC."
    )
    contacts: list[ContactModel] = Field(
        min_length=1,
        title="Contacts",
        description="How to reach this person; all of them are used at once.",
    )
    page_budget: PageCount | None = Field(
        None,
        title="Page budget",
        description="So many pages this person gets in a time, such as 5/1h. Unset: as everybody.",
    )


class TargetModel(Model):
    """Whom a level tells: one user, one schedule or one receiver."""

    user: Name | None = Field(None, title="User", description="A person.")
    schedule: Name | None = Field(
        None, title="Schedule", description="Whoever is on call in this schedule at that moment."
    )
    receiver: Name | None = Field(
        None, title="Receiver", description="All of a receiver's addresses."
    )

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise Wrong(
                f"say what it is: `user: {value}`, `schedule: {value}` or `receiver: {value}`"
            )
        if isinstance(value, dict) and len(value.keys() & cls.model_fields.keys()) > 1:
            raise Wrong(
                "one of `user`, `schedule` and `receiver`; put the others into items of their own"
            )
        if isinstance(value, dict) and not value:
            raise Wrong("one of `user`, `schedule` and `receiver` is missing")
        return value


class LevelModel(Model):
    """Targets told together, and the wait before the next level."""

    targets: list[TargetModel] = Field(
        min_length=1, title="Targets", description="Who is told, all at once."
    )
    wait: Duration = Field(
        title="Wait",
        description="How long to wait for an acknowledgement before the next level (or, after the "
        "last one, before the next round).",
    )


class EscalationModel(Model):
    """Levels that are told one after the other until somebody acknowledges."""

    levels: list[LevelModel] = Field(min_length=1, title="Levels", description="In this order.")
    repeat: int = Field(
        0,
        ge=0,
        le=100,
        title="Repeat",
        description="How many more times to run through all levels when nobody acknowledged.",
    )
