"""Sections `channels`, `receivers`, `route`, `silences`, `inhibitions` and `retry`."""

from typing import Annotated

from pydantic import ConfigDict, Field

from config.models.values import (
    Form,
    Instant,
    LabelName,
    MatcherText,
    MessageCount,
    Model,
    Name,
    PositiveDuration,
    Text,
)

_PLAIN = r"[^\s{}!=~<>,\\\"'`]"  # of which a UTF-8 name without quotes consists
GroupLabel = Annotated[
    str, Form(rf"\.\.\.|(?!\.){_PLAIN}+", "a label name, such as service (or ...)")
]


class PaceModel(Model):
    """How fast a channel may be told; what is left out is as its provider documents it."""

    address: MessageCount | None = Field(
        None,
        title="Address",
        description="So many messages in a time to one address. Unset: 60/1m for slack, email and "
        "jira, 120/1m for pagerduty.",
    )
    channel: MessageCount | None = Field(
        None,
        title="Channel",
        description="So many in a time to all addresses together. Unset: 240/1m for slack, 300/1m "
        "for email, 120/1m for jira.",
    )
    changes: MessageCount | None = Field(
        None,
        title="Changes",
        description="So many in a time to all addresses that change what an earlier message of "
        "their incident made. Unset: 50/1m for slack.",
    )


class ChannelModel(Model):
    """A way to reach people. Besides `kind` and `pace`, its keys are that kind's own parameters."""

    model_config = ConfigDict(extra="allow")

    kind: str = Field(
        title="Kind", description="slack, pagerduty, email, jira, webhook, apprise, ..."
    )
    pace: PaceModel | None = Field(
        None,
        title="Pace",
        description="How many messages it takes in a time. More wait for their turn.",
    )


class RouteModel(Model):
    """A node of the route tree.

    An alert goes to the first child whose matchers all accept it, and there on downwards; what a
    child leaves out, it takes from its parent.
    """

    match: list[MatcherText] = Field(
        default_factory=list,
        title="Match",
        description="Tests on labels that must all hold, such as 'service=\"checkout\"'.",
    )
    receiver: Name | None = Field(
        None, title="Receiver", description="Who is told; inherited. The root must have one."
    )
    escalation: Name | None = Field(
        None,
        title="Escalation",
        description="The escalation policy that runs until somebody acknowledges; inherited. "
        '"none" stops the inheritance.',
    )
    group_by: list[GroupLabel] | None = Field(
        None,
        title="Group by",
        description="Alerts with the same values of these labels become one incident; inherited. "
        '["..."] keeps every alert apart, [] puts all of them together.',
    )
    group_wait: PositiveDuration | None = Field(
        None,
        title="Group wait",
        description="How long a new incident waits for more alerts before it is told; inherited. "
        "Unset: 30s.",
    )
    group_interval: PositiveDuration | None = Field(
        None,
        title="Group interval",
        description="How long to wait before telling that an incident has new alerts; inherited. "
        "Unset: 5m.",
    )
    repeat_interval: PositiveDuration | None = Field(
        None,
        title="Repeat interval",
        description="How soon an open incident is told again; inherited. Unset: 4h.",
    )
    mute_intervals: list[Name] = Field(
        default_factory=list,
        title="Mute intervals",
        description="Time intervals in which nobody is paged by this route; what still fires when "
        "they end is told then. Not inherited.",
    )
    active_intervals: list[Name] = Field(
        default_factory=list,
        title="Active intervals",
        description="Time intervals outside which nobody is paged by this route. Not inherited.",
    )
    labels: dict[LabelName, Text] = Field(
        default_factory=dict,
        title="Labels",
        description="Go with the incidents of this route and of those below it, which may add or "
        "replace some. They are no part of alerts, and nothing is routed by them.",
    )
    continue_: bool = Field(
        False,
        alias="continue",
        title="Continue",
        description="Whether routes after this one are tried as well.",
    )
    routes: list["RouteModel"] = Field(
        default_factory=list, title="Routes", description="Children, tried in this order."
    )


class SilenceModel(Model):
    """Alerts that nobody is told about for a time."""

    id: Name = Field(title="Id", description="A name of its own; the same id replaces a silence.")
    match: list[MatcherText] = Field(
        min_length=1, title="Match", description="Tests on labels that must all hold."
    )
    or_match: list[Annotated[list[MatcherText], Field(min_length=1)]] = Field(
        default_factory=list,
        title="Or match",
        description="Other lists of tests; it is enough if all of one list hold.",
    )
    during: list[Name] = Field(
        default_factory=list,
        title="During",
        description="Time intervals: it mutes only inside one of them, again and again.",
    )
    starts_at: Instant | None = Field(
        None, title="Starts at", description="With a time zone; needed without `during`."
    )
    ends_at: Instant | None = Field(
        None, title="Ends at", description="With a time zone; needed without `during`."
    )
    created_by: Text = Field("", title="Created by", description="Who wanted it.")
    comment: Text = Field(title="Comment", description="Why: whoever is on call will ask.")


class InhibitionModel(Model):
    """While an alert fires that `source` accepts, those that `target` accepts are not told."""

    name: Name = Field(title="Name", description="A name of its own, shown where it mutes.")
    source: list[MatcherText] = Field(
        min_length=1, title="Source", description="Tests on labels of the alert that mutes."
    )
    target: list[MatcherText] = Field(
        min_length=1, title="Target", description="Tests on labels of the alerts that are muted."
    )
    equal: list[LabelName] = Field(
        default_factory=list,
        title="Equal",
        description="Labels that must have the same value in both; a missing one is empty.",
    )


class RetryModel(Model):
    """How a notification that failed for the moment is tried again."""

    attempts: int = Field(5, ge=1, le=100, title="Attempts", description="At most this many.")
    first_wait: PositiveDuration | None = Field(
        None, title="First wait", description="Before the second attempt; then doubled. Unset: 5s."
    )
    longest_wait: PositiveDuration | None = Field(
        None, title="Longest wait", description="No wait is longer. Unset: 5m."
    )
