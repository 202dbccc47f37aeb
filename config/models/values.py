"""The kinds of values that sections share: durations, budgets, matchers, instants, secrets."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import core_schema

from config.durations import (
    BUDGET_PATTERN,
    DURATION_PATTERN,
    PAGES_PATTERN,
    parse_budget,
    parse_duration,
    parse_page_budget,
    parse_rate,
    parse_seconds,
)
from config.errors import BareSecret, Wrong
from config.matchers import MATCHER_PATTERN, parse_matcher
from routing.labels import Matcher

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)


class Model(BaseModel):
    """What every section is: strict about types, and about keys it does not know."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _text(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a text: a pattern for programs, words for people."""

    pattern: str
    words: str

    def check(self, value: str) -> str:
        """The value, or :class:`Wrong`."""
        if not re.fullmatch(self.pattern, value):
            raise Wrong(f'"{value}" is not {self.words}')
        return value

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$"}


def _positive(value: object) -> timedelta:
    if (duration := parse_duration(value)) <= timedelta():
        raise Wrong("must be longer than 0s")
    return duration


def _instant(value: object) -> datetime:
    """An aware instant; without a zone nobody can tell when it is."""
    at = _moment(value)
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise Wrong(f'"{value}" has no time zone: write 2026-01-31T18:00:00Z or ...T18:00:00+01:00')
    return at.astimezone(UTC)


def _moment(value: object) -> datetime | date:
    """A date, or a date and time with or without a zone."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise Wrong("must be a date or an instant, such as 2026-01-31 or 2026-01-31T18:00:00Z")
    try:
        at = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        _ = at.astimezone(UTC) if isinstance(at, datetime) and at.tzinfo else None
    except (ValueError, OverflowError):
        raise Wrong(
            f'"{value}" is not a date or an instant: write 2026-01-31 or 2026-01-31T18:00:00Z'
        ) from None
    return at


def _clock_time(value: object) -> time:
    if isinstance(value, time):
        return value
    try:
        at = time.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise Wrong('must be a time of day in quotes, such as "09:00"')
    return at


Duration = Annotated[
    timedelta, PlainValidator(parse_duration), _text(DURATION_PATTERN, "30s", "1h30m")
]
PositiveDuration = Annotated[
    timedelta, PlainValidator(_positive), _text(DURATION_PATTERN, "30s", "1h30m")
]
Seconds = Annotated[float, PlainValidator(parse_seconds), _text(DURATION_PATTERN, "30s", "1h30m")]
Budget = Annotated[
    tuple[float, timedelta], PlainValidator(parse_budget), _text(BUDGET_PATTERN, "1/30d")
]
PageCount = Annotated[
    tuple[int, timedelta], PlainValidator(parse_page_budget), _text(PAGES_PATTERN, "10/1h")
]
MessageCount = Annotated[
    tuple[int, timedelta], PlainValidator(parse_rate), _text(PAGES_PATTERN, "60/1m")
]
MatcherText = Annotated[
    Matcher, PlainValidator(parse_matcher), _text(MATCHER_PATTERN, 'service="checkout"')
]
Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    WithJsonSchema({"type": "string", "examples": ["2026-01-31T18:00:00Z"]}),
]
Moment = Annotated[
    datetime | date,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-01-05", "2026-01-05T09:00"]}),
]
ClockTime = Annotated[
    time,
    PlainValidator(_clock_time),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?$", "examples": ["09:00"]}),
]
Text = Annotated[str, Field(max_length=10_000)]
Name = Annotated[str, Form(r"[^\s/{}]{1,200}", "a name: one word, without slashes and braces")]
LabelName = Annotated[
    str, Form(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,199}", "a label name, such as service")
]


class SecretSource(Model):
    """Where a secret is kept: an environment variable, or a file. Never the secret itself."""

    model_config = ConfigDict(title="Secret")

    env: Annotated[str, Field(min_length=1)] | None = Field(
        None, title="Environment variable", description="Name of the variable that holds it."
    )
    file: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        title="File",
        description="Path of the file that holds it; its last line break does not count.",
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_literals(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise BareSecret(
                "a secret is not written into the configuration: put it into an environment "
                "variable and write {env: NAME}, or into a file and write {file: PATH}"
            )
        if len(value.keys() & {"env", "file"}) != 1:
            raise BareSecret("a secret is either {env: NAME} or {file: PATH}")
        if "env" in value and not is_variable(value["env"]):
            raise BareSecret("env takes the name of a variable, such as {env: SLACK_TOKEN}")
        return value


def is_variable(name: object) -> bool:
    """Whether this may be the name of an environment variable."""
    return isinstance(name, str) and _VARIABLE.fullmatch(name) is not None
