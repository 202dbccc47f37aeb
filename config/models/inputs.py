"""Sections `kafka`, `inputs` and `console`."""

from typing import Annotated, Literal

from pydantic import Field

from config.models.values import Form, LabelName, Model, Name, PositiveDuration, Text

Topic = Annotated[str, Form(r"[A-Za-z0-9._-]{1,249}", "a Kafka topic: letters, digits, . _ -")]


Brokers = Annotated[
    str, Form(r"[^\s,]+:\d+(,[^\s,]+:\d+)*", "host:port, several with commas between")
]


class KafkaModel(Model):
    """How to reach Kafka, and how wide to make Tocsin's own topics."""

    bootstrap: Brokers = Field(
        "localhost:9092",
        title="Brokers",
        description="Brokers to ask first, as host:port, several with commas between.",
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


class InputModel(Model):
    """A Kafka topic to read."""

    name: Name = Field(
        title="Name", description="How this input is called; series carry it as `input`."
    )
    topic: Topic = Field(title="Topic", description="The Kafka topic to read.")
    format: Literal["json"] = Field(
        "json", title="Format", description="How a record's value is written."
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
