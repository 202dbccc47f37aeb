"""The whole configuration, as its sections."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from config.models.escalations import EscalationModel
from config.models.inputs import ConsoleModel, InputModel, KafkaModel
from config.models.intervals import IntervalModel
from config.models.oncall import ScheduleModel
from config.models.people import ContactModel, UserModel
from config.models.profiles import ProfileModel
from config.models.quiet import CanaryModel, FlappingModel, HeartbeatModel, SignOfLifeModel
from config.models.routing import (
    ChannelModel,
    InhibitionModel,
    RetryModel,
    RouteModel,
    SilenceModel,
)
from config.models.values import Model, Name, PageCount, PositiveDuration


class RootModel(Model):
    """A Tocsin configuration: one file, or a directory of files that share these sections."""

    model_config = ConfigDict(title="Tocsin configuration")

    kafka: KafkaModel = Field(
        default_factory=lambda: KafkaModel.model_validate({}),
        title="Kafka",
        description="How to reach Kafka.",
    )
    inputs: list[InputModel] = Field(
        min_length=1, title="Inputs", description="The Kafka topics to read."
    )
    profiles: list[ProfileModel] = Field(
        default_factory=list,
        title="Profiles",
        description="Which series are watched, by which detectors, and how bad it is. What no "
        "profile here matches is watched by the shipped ones.",
    )
    shipped_profiles: bool = Field(
        True,
        title="Shipped profiles",
        description="Whether the profiles that come with Tocsin are tried after yours.",
    )
    channels: dict[Name, ChannelModel] = Field(
        default_factory=dict, title="Channels", description="The ways to reach people, by name."
    )
    users: dict[Name, UserModel] = Field(
        default_factory=dict, title="Users", description="The people, by name."
    )
    schedules: dict[Name, ScheduleModel] = Field(
        default_factory=dict, title="Schedules", description="Who is on call when, by name."
    )
    escalations: dict[Name, EscalationModel] = Field(
        default_factory=dict, title="Escalations", description="Who is told after whom, by name."
    )
    receivers: dict[Name, list[ContactModel]] = Field(
        min_length=1, title="Receivers", description="Named sets of addresses."
    )
    compat: Literal["alertmanager"] | None = Field(
        None,
        title="Compat",
        description="alertmanager: groups keep its timing exactly, with its faults "
        "(docs/alertmanager.md says which).",
    )
    route: RouteModel = Field(title="Route", description="The tree that decides who is told.")
    time_intervals: dict[Name, Annotated[list[IntervalModel], Field(min_length=1)]] = Field(
        default_factory=dict,
        title="Time intervals",
        description="Hours and days by name, for routes that are quiet or awake then.",
    )
    silences: list[SilenceModel] = Field(
        default_factory=list, title="Silences", description="What nobody is told about, for a time."
    )
    inhibitions: list[InhibitionModel] = Field(
        default_factory=list,
        title="Inhibitions",
        description="Which alerts are not told while others fire that they follow from.",
    )
    page_budget: PageCount | None = Field(
        None,
        title="Page budget",
        description="So many pages a person gets in a time, such as 10/1h; more are told by a "
        "digest. The first page of a critical incident never waits. Unset: no limit.",
    )
    digest_after: PositiveDuration | None = Field(
        None,
        title="Digest after",
        description="A page that is over the budget waits at most so long. Unset: 15m.",
    )
    flapping: FlappingModel = Field(
        default_factory=lambda: FlappingModel.model_validate({}),
        title="Flapping",
        description="Alerts that come and go again and again (docs/quiet.md).",
    )
    heartbeats: dict[Name, HeartbeatModel] = Field(
        default_factory=dict,
        title="Heartbeats",
        description="Alerts that have to come again and again, by name.",
    )
    sign_of_life: SignOfLifeModel | None = Field(
        None,
        title="Sign of life",
        description="Who is told again and again that Tocsin is alive.",
    )
    canary: CanaryModel | None = Field(
        None,
        title="Canary",
        description="A test of channels again and again, with an alarm when one is not sent.",
    )
    retry: RetryModel = Field(
        default_factory=lambda: RetryModel.model_validate({}),
        title="Retry",
        description="How failed notifications are retried.",
    )
    console: ConsoleModel = Field(
        default_factory=lambda: ConsoleModel.model_validate({}),
        title="Console",
        description="Where the web console listens.",
    )
