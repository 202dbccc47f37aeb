"""The checked configuration, as the shell and the console use it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from config.errors import Problem
from config.topics import Topics
from config.watcher import Watcher
from detectors.profile import Profile
from detectors.series import Series
from routing.channels.channel import Channel
from routing.pace import Pace
from routing.policy import Policy
from routing.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Encryption: whom we trust (unset: the system's authorities), and how we prove ourselves."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: Secret | None = None
    verify_host: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sasl:
    """The login that brokers ask for."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    username: str
    password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Kafka:
    """How to reach the cluster, and how wide to make our own topics."""

    bootstrap: str = "localhost:9092"
    tls: Tls | None = None
    sasl: Sasl | None = None
    partitions: int = 4
    replication: int = 1
    session_timeout_s: float = 6.0
    standby: int = 0  # workers that keep a copy of each state, besides the one that has it
    static_members: bool = False  # a worker's slot makes it the same member again


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of an input is taken: series in all, labels of one, characters of a label."""

    series: int = 100_000
    labels: int = 40
    label_length: int = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMapping:
    """Where samples stand in a JSON record; see :class:`config.models.mapping.MappingModel`.

    `fields` are paths or globs of numbers; `drop`, `counters` and `deltas` are globs of names.
    """

    each: str | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timestamp: str | None = None
    name: str | None = None
    value: str | None = None
    fields: tuple[str, ...] = ()
    series: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    prefix: str = ""
    counters: tuple[str, ...] = ()
    deltas: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    labels_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A topic to read.

    `kind` is `metrics` (records hold values) or `errors` (each record is one error, counted).
    `partition_by` names the labels whose values keep series together in one partition (so that a
    model over a whole service sees all of it); empty means the whole series. `keyed`: producers
    put each series into one partition, always the same, and the hop through `samples` is skipped.
    """

    name: str
    topic: str
    format: str = "auto"
    mapping: RecordMapping | None = None
    kind: Literal["metrics", "errors"] = "metrics"
    partition_by: tuple[str, ...] = ()
    keyed: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    latest_ahead_s: float = 600.0  # a timestamp further in the future is a dead letter
    late_after_s: float = 86400.0  # and one that is older by this than its partition's newest
    quantiles: tuple[float, ...] = (0.5, 0.95, 0.99)
    limits: Limits = field(default_factory=Limits)
    expire_after_s: float = 8 * 86400.0
    behind_alarm_s: float = 300.0
    shed_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTemplate:
    """How anomalies of a profile read as alerts; `$label` is replaced by the label's value."""

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """Where the console listens, and the address people reach it by."""

    host: str = "127.0.0.1"
    port: int = 8080
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One whole configuration: all of it checked, or none of it.

    `profiles_of(input_name, series)` names the profiles that watch a series, in order; the first
    that matches with detectors, and the first with a model. `watchers` are the same as data.
    `makers` make the channels, by their names.
    """

    digest: str
    kafka: Kafka
    topics: Topics
    inputs: tuple[Input, ...]
    profiles: Mapping[str, Profile]
    alerts: Mapping[str, AlertTemplate]
    profiles_of: Callable[[str, Series], tuple[str, ...]]
    watchers: tuple[Watcher, ...]
    makers: Mapping[str, partial[Channel]] = field(repr=False)
    policy: Policy
    console: ConsoleSettings
    files: tuple[Path, ...]
    calendars: tuple[Path, ...] = ()  # the files of on-call schedules
    paces: Mapping[str, Pace] = field(default_factory=dict)  # by the name of the channel
    warnings: tuple[Problem, ...] = ()  # what is odd, and did not keep it from being used

    def channels(self) -> dict[str, Channel]:
        """All channels, made anew, connections and all, at each call."""
        return {name: make() for name, make in self.makers.items()}
