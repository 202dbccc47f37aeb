"""What topics there are, with the id that a topic keeps from its making to its deletion.

aiokafka asks for metadata in version 5; ids came with version 10, in Apache Kafka 2.8 (KIP-516).
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.metadata import MetadataRequest_v5
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

_NO_ERROR, _UNKNOWN_TOPIC, _NO_LEADER = 0, 3, 5


class Seen(NamedTuple):
    """A topic as it is. Two topics of one name that are made one after the other differ in `id`;
    a broker that knows no ids gives an empty one.
    """

    id: bytes
    partitions: int


async def topics_seen(client: Any, topics: Sequence[str]) -> dict[str, Seen | None]:
    """Each topic by name, None for one that is not there; one that may not be seen is left out.

    No topic is made by asking. Raises `KafkaError` when no broker answers.
    """
    answer = await client.send(client.get_random_node(), _Ask(topics))
    found: dict[str, Seen | None] = {}
    for error, name, *rest in answer.topics:
        if error == _UNKNOWN_TOPIC:
            found[name] = None
        elif error in (_NO_ERROR, _NO_LEADER):
            has_id = isinstance(rest[0], bytes)
            partitions = rest[2] if has_id else rest[1]
            found[name] = Seen(rest[0] if has_id else b"", len(partitions))
    return found


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]
    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(16)

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value


_PARTITION = (
    ("error_code", Int16),
    ("partition_index", Int32),
    ("leader_id", Int32),
    ("leader_epoch", Int32),
    ("replica_nodes", CompactArray(Int32)),
    ("isr_nodes", CompactArray(Int32)),
    ("offline_replicas", CompactArray(Int32)),
    ("tags", TaggedFields),
)


class _AnswerV10(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                ("partitions", CompactArray(*_PARTITION)),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _AskV10(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 10
    RESPONSE_TYPE = _AnswerV10
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("topic_id", _Uuid),
                ("name", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("with_cluster_operations", Boolean),
        ("with_topic_operations", Boolean),
        ("tags", TaggedFields),
    )


class _Ask(Request[MetadataRequest_v5 | _AskV10]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: Any) -> Any:
        """The request in the version that the broker speaks."""
        if request_struct_class is MetadataRequest_v5:
            return MetadataRequest_v5(list(self._topics), False)
        named: list[tuple[bytes, str, dict[int, bytes]]] = [
            (bytes(16), name, {}) for name in self._topics
        ]
        return _AskV10(named, False, False, False, {})
