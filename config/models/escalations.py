"""Section `escalations`."""

from typing import Any

from pydantic import Field, model_validator

from config.errors import Wrong
from config.models.conditions import OnlyIfModel
from config.models.values import Duration, Model, Name, PositiveDuration

_KINDS = {"user", "schedule", "receiver"}


class TargetModel(Model):
    """Whom a level tells: one user, one schedule or one receiver."""

    user: Name | None = Field(None, title="User", description="A person.")
    schedule: Name | None = Field(
        None, title="Schedule", description="Whoever is on call in this schedule at that moment."
    )
    receiver: Name | None = Field(
        None, title="Receiver", description="All of a receiver's addresses."
    )
    next: bool = Field(
        False,
        title="Next",
        description="Of a schedule: not who is on call, but who is so next.",
    )
    only_if: OnlyIfModel | None = Field(
        None, title="Only if", description="When this target is told at all."
    )

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise Wrong(
                f"say what it is: `user: {value}`, `schedule: {value}` or `receiver: {value}`"
            )
        kinds = value.keys() & _KINDS if isinstance(value, dict) else _KINDS
        if isinstance(value, dict) and len(kinds) > 1:
            raise Wrong(
                "one of `user`, `schedule` and `receiver`; put the others into items of their own"
            )
        if isinstance(value, dict) and not kinds and not value.keys() - cls.model_fields.keys():
            raise Wrong("one of `user`, `schedule` and `receiver` is missing")
        if isinstance(value, dict) and any(value[kind] is None for kind in kinds):
            raise Wrong(f"`{min(kinds)}` is empty: give it a name")
        if isinstance(value, dict) and value.get("next") is True and kinds != {"schedule"}:
            raise Wrong("only a schedule has somebody who is `next`")
        return value


class LevelModel(Model):
    """Targets told together, and the wait before the next level."""

    targets: list[TargetModel] = Field(
        min_length=1, title="Targets", description="Who is told: all at once, unless they `rotate`."
    )
    wait: Duration = Field(
        title="Wait",
        description="How long to wait for an acknowledgement before the next level (or, after the "
        "last one, before the next round).",
    )
    only_if: OnlyIfModel | None = Field(
        None,
        title="Only if",
        description="When this level is told at all; else the next one is told at once.",
    )
    rotate: bool = Field(
        False,
        title="Rotate",
        description="true: the targets take turns, one for each incident that comes to the level.",
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
    ack_expires: PositiveDuration | None = Field(
        None,
        title="Ack expires",
        description="After so long an acknowledged incident that still fires is open again, and "
        "the first level is told again. Unset: never.",
    )
