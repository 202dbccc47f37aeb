"""What a worker is wired to: fixed for its life, a change of it means another worker."""

from collections.abc import Mapping
from typing import Any

from config.settings import Config
from streams.marks.topic import marks_topic
from streams.state import CHANGELOG
from streams.topics import Topic

COMMIT_EVERY_S = 5.0
"""How often what was learnt is written: what is read again after a crash, at the most."""

_DEAD_LETTER_BYTES = 1 << 20  # a letter keeps at most 256 KiB of a record, in base64
_SNAPSHOT_BYTES = 8 << 20
_LOG = {
    "retention.ms": "-1",
    "max.message.bytes": str(_SNAPSHOT_BYTES),
    "message.timestamp.type": "LogAppendTime",  # one clock, whoever writes: it is the engine's
}


def wiring(config: Config) -> tuple[Any, ...]:
    """The part of the configuration that a running worker cannot change."""
    return config.kafka, config.topics, config.inputs


def bank_tables(config: Config) -> dict[str, str]:
    """Topic whose samples are judged -> the table of banks beside it."""
    keyed = {one.topic: f"detectors-{one.name}" for one in config.inputs if one.keyed}
    return {config.topics.samples: "detectors", **keyed}


def input_topics(config: Config) -> list[Topic]:
    """The inputs, which are taken as their producers made them."""
    wide = config.kafka.partitions
    return [Topic(source.topic, wide, fixed=False) for source in config.inputs]


def own_topics(config: Config, inputs: Mapping[str, int]) -> list[Topic]:
    """Tocsin's own topics, given how many partitions each input has."""
    names, wide = config.topics, config.kafka.partitions
    compacted = {"cleanup.policy": "compact", "max.message.bytes": str(_SNAPSHOT_BYTES)}
    return [
        Topic(names.samples, wide, {"max.message.bytes": str(_SNAPSHOT_BYTES)}),
        Topic(names.events, 1, _LOG),
        Topic(names.notifications, 1, {"max.message.bytes": str(_SNAPSHOT_BYTES)}),
        Topic(names.incidents, 1, compacted),
        Topic(names.decisions, 1),
        Topic(names.deadletter, 1, {"max.message.bytes": str(_DEAD_LETTER_BYTES)}),
        Topic(names.workers, 1, compacted),
        Topic(names.overrides, 1, compacted),
        Topic(names.silences, 1, compacted),
        marks_topic(names),
        *(
            Topic(
                f"{names.prefix}-{table}-changelog",
                partitions,
                CHANGELOG,
                widens=table.startswith("detectors-"),  # of a keyed input, as wide as that
            )
            for table, partitions in (
                *((table, inputs.get(topic, wide)) for topic, table in bank_tables(config).items()),
                ("engine", 1),
                ("outbox", 1),
            )
        ),
    ]
