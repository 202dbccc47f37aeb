"""Section `time_intervals`: named hours, days and seasons at which routes are quiet, or awake."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from config.errors import Wrong
from config.models.values import Model, Text
from config.ranges import parse_days, parse_minute, parse_months, parse_weekdays, parse_years
from routing.intervals import Range

_EITHER: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "integer"}]}

Minute = Annotated[
    int,
    PlainValidator(parse_minute),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d$", "examples": ["09:00", "24:00"]}),
]
Weekdays = Annotated[
    Range,
    PlainValidator(parse_weekdays),
    WithJsonSchema({"type": "string", "examples": ["monday:friday", "sunday"]}),
]
Days = Annotated[
    Range, PlainValidator(parse_days), WithJsonSchema({**_EITHER, "examples": ["1:5", "-3:-1"]})
]
Months = Annotated[
    Range,
    PlainValidator(parse_months),
    WithJsonSchema({**_EITHER, "examples": ["january:march", 12]}),
]
Years = Annotated[
    Range, PlainValidator(parse_years), WithJsonSchema({**_EITHER, "examples": ["2026:2028"]})
]


class TimesModel(Model):
    """Hours of the day, the end excluded. They do not go past midnight: take two ranges."""

    start_time: Minute = Field(title="Start time", description='Such as "09:00".')
    end_time: Minute = Field(title="End time", description='Such as "17:00"; "24:00" is midnight.')

    @model_validator(mode="after")
    def _in_order(self) -> "TimesModel":
        if self.end_time <= self.start_time:
            raise Wrong(
                "end_time must be later than start_time; for a night take two ranges, up to "
                '"24:00" and from "00:00"'
            )
        return self


class IntervalModel(Model):
    """A part of a time interval: every field that is given must hold, any of its ranges."""

    times: list[TimesModel] = Field(
        default_factory=list, title="Times", description="Hours of the day."
    )
    weekdays: list[Weekdays] = Field(
        default_factory=list, title="Weekdays", description="Days of the week by name."
    )
    days_of_month: list[Days] = Field(
        default_factory=list,
        title="Days of the month",
        description="From 1; below 0 from the end, -1 is the last one.",
    )
    months: list[Months] = Field(
        default_factory=list, title="Months", description="By name or number."
    )
    years: list[Years] = Field(default_factory=list, title="Years", description="Years.")
    time_zone: Text | None = Field(
        None, title="Time zone", description="In which all this is meant. Unset: UTC."
    )
