"""Sections `kafka`, `inputs` and `console`."""

from typing import Annotated, Literal

from pydantic import Field

from config.models.mapping import MappingModel
from config.models.security import SaslModel, TlsModel
from config.models.values import Form, LabelName, Model, Name, PositiveDuration, Text

Topic = Annotated[str, Form(r"[A-Za-z0-9._-]{1,249}", "a Kafka topic: letters, digits, . _ -")]


Brokers = Annotated[
    str, Form(r"[^\s,]+:\d+(,[^\s,]+:\d+)*", "host:port, several with commas between")
]


Format = Literal[
    "auto",
    "json",
    "otlp",
    "otlp_json",
    "influx",
    "telegraf_json",
    "prometheus_json",
    "prometheus_avro",
    "vector",
    "fluent_bit",
    "beats",
    "debezium",
    "collectd",
    "mapping",
]


class LimitsModel(Model):
    """How much of an input is taken."""

    series: int = Field(
        100_000,
        ge=1,
        title="Series",
        description="Series watched at the most. Samples of further ones are counted in the series "
        "`overflow`, and an alarm is raised.",
    )
    labels: int = Field(
        40, ge=1, title="Labels", description="Labels of a series; more are a dead letter."
    )
    label_length: int = Field(
        1024,
        ge=1,
        title="Label length",
        description="Characters of a name or of a label's value; more are a dead letter.",
    )


class KafkaModel(Model):
    """How to reach Kafka, and how wide to make Tocsin's own topics."""

    bootstrap: Brokers = Field(
        "localhost:9092",
        title="Brokers",
        description="Brokers to ask first, as host:port, several with commas between.",
    )
    tls: TlsModel | None = Field(
        None,
        title="TLS",
        description="Encrypt the connection; {} trusts the authorities of the system.",
    )
    sasl: SaslModel | None = Field(
        None, title="SASL", description="The login, where the brokers ask for one."
    )
    topic_prefix: Topic = Field(
        "tocsin",
        title="Topic prefix",
        description="Tocsin's own topics are named PREFIX.samples, PREFIX.events and so on.",
    )
    partitions: int = Field(
        4,
        ge=1,
        le=1000,
        title="Partitions",
        description="Partitions of the samples topic: the most workers that can share the work.",
    )
    replication: int = Field(
        1,
        ge=1,
        le=10,
        title="Replication factor",
        description="Copies of each of our topics. Use 3 in production, 1 on one broker.",
    )
    session_timeout: PositiveDuration | None = Field(
        None,
        title="Session timeout",
        description="A worker silent for so long loses its partitions to others. Unset: 6s.",
    )
    standby: Literal[0, 1] = Field(
        0,
        title="Standby",
        description="With 1 a second worker keeps a copy of each state in memory, and takes over "
        "without reading all of it from Kafka first.",
    )
    static_members: bool = Field(
        False,
        title="Static members",
        description="A worker that is started again within the session timeout gets its own "
        "partitions back, and the others are not disturbed. Not on the embedded broker.",
    )


class InputModel(Model):
    """A Kafka topic to read."""

    name: Name = Field(
        title="Name", description="How this input is called; series carry it as `input`."
    )
    topic: Topic = Field(title="Topic", description="The Kafka topic to read.")
    format: Format = Field(
        "auto",
        title="Format",
        description="How a record's value is written; `auto` recognises it from the first records.",
    )
    mapping: MappingModel | None = Field(
        None,
        title="Mapping",
        description="Where samples stand in a record: needed by the format `mapping`, and allowed "
        "to refine `vector`, `fluent_bit`, `beats` and `debezium`.",
    )
    kind: Literal["metrics", "errors"] = Field(
        "metrics",
        title="Kind",
        description="`metrics`: records hold values. `errors`: each record is one error, counted.",
    )
    partition_by: list[LabelName] = Field(
        default_factory=list,
        title="Partition by",
        description="Labels whose values keep series together on one worker, so that a model over "
        "a whole service sees all of it. Empty: each series goes its own way.",
    )
    labels: dict[LabelName, Text] = Field(
        default_factory=dict,
        title="Labels",
        description="Labels added to every series of this input; a record's own label wins.",
    )
    latest_ahead: PositiveDuration | None = Field(
        None,
        title="Latest ahead",
        description="A record whose timestamp is further in the future than this is a dead letter. "
        "Unset: 10m.",
    )
    late_after: PositiveDuration | None = Field(
        None,
        title="Late after",
        description="A sample that is older by this than the newest of its partition is a dead "
        "letter. Unset: 1d.",
    )
    keyed: bool = Field(
        False,
        title="Keyed",
        description="True where producers put each series into one partition, always the same: "
        "samples are then judged without being sent through the samples topic.",
    )
    quantiles: list[Annotated[float, Field(gt=0, lt=1)]] = Field(
        default_factory=lambda: [0.5, 0.95, 0.99],
        title="Quantiles",
        description="What is kept of a histogram, beside its count: 0.99 is the series NAME_p99.",
    )
    limits: LimitsModel = Field(
        default_factory=lambda: LimitsModel.model_validate({}),
        title="Limits",
        description="How much is taken; what is over is counted, never dropped in silence.",
    )
    expire_after: PositiveDuration | None = Field(
        None,
        title="Expire after",
        description="A series silent for so long, in event time, is forgotten. Unset: 8d.",
    )
    behind_alarm: PositiveDuration | None = Field(
        None,
        title="Behind alarm",
        description="An alert is raised when records wait longer than this. Unset: 5m.",
    )
    shed_after: PositiveDuration | None = Field(
        None,
        title="Shed after",
        description="Records that waited longer than this are skipped, counted and alarmed on. "
        "Unset: nothing is ever skipped.",
    )


class ConsoleModel(Model):
    """The web console."""

    host: Annotated[str, Form(r"[^\s/]+", "a host name or address")] = Field(
        "127.0.0.1", title="Host", description="The address to listen on; 0.0.0.0 is all of them."
    )
    port: int = Field(8080, ge=0, le=65535, title="Port", description="The port to listen on.")
    url: Annotated[
        str, Form(r"(https?://\S+)?", "an address: it begins with http:// or https://")
    ] = Field(
        "",
        title="Address",
        description="How people reach the console, for the links in messages: "
        "https://tocsin.example.org. Unset: http://HOST:PORT.",
    )
