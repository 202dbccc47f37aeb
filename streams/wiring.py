"""What a worker is wired to: fixed for its life, a change of it means another worker."""

from typing import Any

from config.settings import Config
from streams.state import CHANGELOG
from streams.topics import Topic

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


def topic_plan(config: Config) -> list[Topic]:
    """Every topic a worker needs: the inputs as their producers made them, and our own."""
    names, wide = config.topics, config.kafka.partitions
    compacted = {"cleanup.policy": "compact", "max.message.bytes": str(_SNAPSHOT_BYTES)}
    inputs = {source.topic: Topic(source.topic, wide, fixed=False) for source in config.inputs}
    return [
        *inputs.values(),
        Topic(names.samples, wide, {"max.message.bytes": str(_SNAPSHOT_BYTES)}),
        Topic(names.events, 1, _LOG),
        Topic(names.notifications, 1, {"max.message.bytes": str(_SNAPSHOT_BYTES)}),
        Topic(names.incidents, 1, compacted),
        Topic(names.decisions, 1),
        Topic(names.deadletter, 1, {"max.message.bytes": str(_DEAD_LETTER_BYTES)}),
        Topic(names.workers, 1, compacted),
        *(
            Topic(f"{names.prefix}-{table}-changelog", partitions, CHANGELOG)
            for table, partitions in (("detectors", wide), ("engine", 1), ("outbox", 1))
        ),
    ]
