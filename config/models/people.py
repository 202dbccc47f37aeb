"""Section `users`, and the addresses that receivers have too."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from config.durations import DURATION_PATTERN, parse_duration
from config.errors import Wrong
from config.models.conditions import OnlyIfModel
from config.models.values import Model, Name, PageCount, Text

LONGEST_AFTER = timedelta(hours=24)


def _after(value: object) -> timedelta:
    if (wait := parse_duration(value)) > LONGEST_AFTER:
        raise Wrong("must be at most 24h: by then others have long been told")
    return wait


After = Annotated[
    timedelta,
    PlainValidator(_after),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["5m"]}),
]


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


class UserContactModel(ContactModel):
    """One address of a person, and when they want to be told by it."""

    after: After = Field(
        timedelta(0),
        title="After",
        description="How long after the page, unless somebody has taken the incident by then: at "
        "once by chat, by mail after 5m. Where a page of this person fails, it comes at once.",
    )
    only_if: OnlyIfModel | None = Field(
        None,
        title="Only if",
        description="When this address is used at all. Where none of a level's people can be told "
        "by any address, the next level is told at once.",
    )


class UserModel(Model):
    """A person who can be on call."""

    full_name: Text = Field("", title="Full name", description="The name that people read.")
    time_zone: Text | None = Field(
        None, title="Time zone", description="Such as Europe/Vienna. Unset: UTC."
    )
    contacts: list[UserContactModel] = Field(
        min_length=1,
        title="Contacts",
        description="How to reach this person: all of them at once, but for what each says itself.",
    )
    page_budget: PageCount | None = Field(
        None,
        title="Page budget",
        description="So many pages this person gets in a time, such as 5/1h. Unset: as everybody.",
    )
