"""Attributes of OTLP as labels: text as it is, anything else in a text that is always the same.

Truths are `true` and `false`, lists and maps are JSON with sorted keys, bytes are base64, and what
has no value is the empty text.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from streams.codecs.faults import Fault

_text = msgspec.json.Encoder(order="sorted").encode


class _Attribute(Struct, gc=False):
    key: str = ""
    value: dict[str, Any] | None = None


_attributes = msgspec.json.Decoder(list[_Attribute] | None).decode


def labels_of_messages(attributes: Iterable[KeyValue]) -> dict[str, str]:
    """Labels of protobuf attributes."""
    return {one.key: _as_text(_of_message(one.value)) for one in attributes}


def labels_of_json(raw: Raw | bytes) -> dict[str, str]:
    """Labels of the JSON of attributes. Raises Fault where it is something else.

    >>> labels_of_json(b'[{"key": "ok", "value": {"boolValue": true}}]')
    {'ok': 'true'}
    """
    try:
        return {one.key: _as_text(_of_json(one.value)) for one in _attributes(raw) or ()}
    except RecursionError:
        raise Fault("shape", "attributes are nested too deeply") from None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise Fault("shape", f"attributes: {error}") from None


def _as_text(value: Any) -> str:
    match value:
        case str():
            return value
        case float():
            return repr(value)
        case bytes():
            return b64encode(value).decode()
        case None:
            return ""
    return _text(value).decode()


def _of_message(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_of_message(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: _of_message(item.value) for item in value.kvlist_value.values}
    return getattr(value, kind)


def _of_json(value: dict[str, Any] | None) -> Any:
    for kind, read in _READERS.items():
        found = value.get(kind) if value else None
        if found is not None:
            return read(found)
    return None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault("shape", "attributes: a stringValue is no text")
    return value


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Fault("shape", "attributes: a boolValue is neither true nor false")
    return value


def _array(value: Any) -> list[Any]:
    return [_of_json(item) for item in value.get("values") or ()]


def _map(value: Any) -> dict[str, Any]:
    return {item.get("key", ""): _of_json(item.get("value")) for item in value.get("values") or ()}


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "stringValue": _string,
    "boolValue": _bool,
    "intValue": int,
    "doubleValue": float,
    "arrayValue": _array,
    "kvlistValue": _map,
    "bytesValue": b64decode,
}
