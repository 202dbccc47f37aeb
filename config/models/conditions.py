"""The key `only_if`, of levels, targets and contacts."""

from typing import Any

from pydantic import Field, model_validator

from config.errors import Wrong
from config.models.profiles import Severity
from config.models.values import MatcherText, Model, Name


class OnlyIfModel(Model):
    """When something is done at all: all that is given must hold, of each list one item."""

    severity: list[Severity] = Field(
        default_factory=list,
        title="Severity",
        description="The incident is as bad as one of these; the worst it has been counts.",
    )
    during: list[Name] = Field(
        default_factory=list,
        title="During",
        description="It is then inside one of these `time_intervals`.",
    )
    match: list[MatcherText] = Field(
        default_factory=list,
        title="Match",
        description="One firing alert has labels that pass all of these.",
    )

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, value: Any) -> Any:
        if isinstance(value, dict) and not any(value.values()):
            raise Wrong("says nothing: give `severity`, `during` or `match`, or leave it out")
        return value
