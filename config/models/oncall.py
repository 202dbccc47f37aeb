"""Section `schedules`: who is on call when."""

from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

from config.errors import Wrong
from config.models.intervals import Weekdays
from config.models.values import ClockTime, Instant, Model, Moment, Name, Text
from config.oncall.turns import TURN_PATTERN, Turn, parse_turn
from config.ranges import WeekTime, parse_week_time

_ROTATION = ("users", "starts_at", "turn")
_OF_CALENDARS = {"calendar", "names", "restrictions"}

TurnText = Annotated[
    Turn,
    PlainValidator(parse_turn),
    WithJsonSchema({"type": "string", "pattern": TURN_PATTERN, "examples": ["1w", "12h", "1mo"]}),
]
WeekTimeText = Annotated[
    WeekTime,
    PlainValidator(parse_week_time),
    WithJsonSchema(
        {"type": "string", "pattern": r"^([A-Za-z]+ )?\d\d:\d\d$", "examples": ["22:00"]}
    ),
]


class RestrictionModel(Model):
    """Hours at which a layer applies: of every day, from a weekday to another, or an interval."""

    start_time: WeekTimeText | None = Field(
        None, title="Start time", description='Such as "22:00", or "friday 18:00".'
    )
    end_time: WeekTimeText | None = Field(
        None,
        title="End time",
        description='Such as "06:00", which is the next morning where the start is later; or '
        '"monday 09:00".',
    )
    weekdays: list[Weekdays] = Field(
        default_factory=list,
        title="Weekdays",
        description="On which days the hours begin. Unset: every day.",
    )
    interval: Name | None = Field(
        None, title="Interval", description="A name from the section `time_intervals` instead."
    )

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise Wrong(f"say what it is: `interval: {value}`, or start_time and end_time")
        if isinstance(value, dict) and "interval" in value:
            if value.keys() & {"start_time", "end_time", "weekdays"}:
                raise Wrong("either an `interval`, or start_time and end_time")
            return value
        if isinstance(value, dict):
            for key in ("start_time", "end_time"):
                if key not in value:
                    raise Wrong(f'"{key}" is missing')
        return value

    @model_validator(mode="after")
    def _is_some_time(self) -> "RestrictionModel":
        if self.start_time is None or self.end_time is None:
            return self
        if (self.start_time.weekday is None) != (self.end_time.weekday is None):
            raise Wrong("both times name a weekday, or neither does")
        if self.start_time.weekday is not None and self.weekdays:
            raise Wrong("the times name weekdays already: leave `weekdays` out")
        if self.start_time == self.end_time:
            raise Wrong("end_time is start_time: for all hours leave the restriction out")
        return self


class LayerModel(Model):
    """Users who take turns, or the events of a calendar."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": list(_ROTATION)}, {"required": ["calendar"]}]}
    )

    users: list[Name] = Field(
        default_factory=list,
        min_length=1,
        title="Users",
        description="Who takes turns, in this order.",
    )
    starts_at: Moment | None = Field(
        None,
        title="Starts at",
        description="When the first user's first turn begins, in the schedule's time zone unless "
        "it names another. A date alone begins at `handoff`.",
    )
    ends_at: Moment | None = Field(
        None,
        title="Ends at",
        description="From when on the layer has nobody. A date alone ends at `handoff`.",
    )
    turn: TurnText | None = Field(
        None,
        title="Turn",
        description="How long a turn lasts: 12h, 1d, 1w; or 1mo, a month from the day of the month "
        "on which the layer starts (the last day of shorter months).",
    )
    handoff: ClockTime | None = Field(
        None,
        title="Handoff",
        description='Time of day when a turn ends, in the schedule\'s time zone. Unset: "00:00".',
    )
    restrictions: list[RestrictionModel] = Field(
        default_factory=list,
        title="Restrictions",
        description="Hours at which the layer applies, any of these; outside of them the layer "
        "before it does. Unset: always.",
    )
    calendar: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None,
        title="Calendar",
        description="Instead of a rotation: an iCalendar file, relative to this one, whose events "
        "are named after users, or have them as attendees.",
    )
    names: dict[Text, Name] = Field(
        default_factory=dict,
        title="Names",
        description="Users by what the calendar calls them: a summary, or a mail address.",
    )

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if "calendar" in value:
            if rest := (value.keys() & cls.model_fields.keys()) - _OF_CALENDARS:
                raise Wrong(f"has a calendar: leave `{min(rest)}` out, or make two layers")
        else:
            for key in _ROTATION:
                if key not in value and not _is_misspelt(key, value):
                    raise Wrong(f'"{key}" is missing')
            if "names" in value:
                raise Wrong("`names` are those of a calendar, which is missing")
        return value


class OverrideModel(Model):
    """Somebody stands in for whoever would be on call."""

    user: Name = Field(title="User", description="Who stands in.")
    replaces: Name | None = Field(
        None,
        title="Replaces",
        description="For whom: where others are on call nothing changes. Unset: for anybody.",
    )
    starts_at: Instant = Field(title="Starts at", description="With a time zone.")
    ends_at: Instant = Field(title="Ends at", description="With a time zone.")


class SwapModel(Model):
    """Two people exchange their shifts."""

    users: list[Name] = Field(
        min_length=2, max_length=2, title="Users", description="The two of them."
    )
    starts_at: Instant = Field(title="Starts at", description="With a time zone.")
    ends_at: Instant = Field(title="Ends at", description="With a time zone.")


class ScheduleModel(Model):
    """Who is on call, at any instant."""

    time_zone: Text | None = Field(
        None, title="Time zone", description="In which handoffs happen. Unset: UTC."
    )
    layers: list[LayerModel] = Field(
        min_length=1,
        title="Layers",
        description="Rotations and calendars; a later one wins over an earlier one.",
    )
    overrides: list[OverrideModel] = Field(
        default_factory=list, title="Overrides", description="Temporary replacements."
    )
    swaps: list[SwapModel] = Field(
        default_factory=list,
        title="Swaps",
        description="Exchanges of shifts; they come after the overrides.",
    )
    may_have_gaps: bool = Field(
        False,
        title="May have gaps",
        description="true: that nobody is on call at times is meant, and not warned of.",
    )


def _is_misspelt(key: str, value: dict[str, Any]) -> bool:
    """Whether an unknown key seems to be meant, which is said by itself."""
    unknown = [str(name) for name in value.keys() - LayerModel.model_fields.keys()]
    return bool(get_close_matches(key, unknown, n=1, cutoff=0.6))
