"""Debezium's change events: the numbers of a row, as it is after the change.

    {"schema": {...}, "payload": {"op": "u", "ts_ms": 1795418525123, "before": {...},
      "after": {"id": 101, "quantity": 7}, "source": {"db": "inventory", "table": "products", ...}}}

With or without `schema` and `payload`, and as the flat row that unwrapping leaves. A column is a
series with the labels `db`, `schema` and `table`; columns that name or date something are not
taken. To tell rows apart, give their key as a label: `mapping: {labels: {product: id}}`. Deletions,
tombstones and the connector's own messages have no samples and are no faults.
"""

from typing import Any

from config.settings import Input
from streams.codecs.connect_types import plain
from streams.codecs.decoded import Codec
from streams.codecs.faults import Fault
from streams.codecs.fluent_bit import NAMING
from streams.codecs.json_records import JsonRecords, Run, kind_of
from streams.codecs.keys import SeriesKeys
from streams.codecs.mapping import Walk
from streams.codecs.shape import Shape

_DATES = ("*_at", "*_on", "*_ts", "*_ms", "*_date", "*_time", "*_timestamp", "created", "updated")
SHAPE = Shape(
    fields=("*",),
    drop=(*NAMING, *_DATES, "__*"),
    labels={
        "db": ("$.source.db",),
        "schema": ("$.source.schema",),
        "table": ("$.source.table", "$.source.collection"),
    },
)
_WRITES = ("c", "u", "r")  # create, update, read of a snapshot
_NO_ROW = ("ddl", "data_collections")  # the connector's own: changes of tables, transactions
_FLAT = {"db": "__db", "schema": "__schema", "table": "__table", "ts_ms": "__source_ts_ms"}


def debezium(source: Input) -> Codec:
    """The codec of an input with `format: debezium`."""
    keys = SeriesKeys(extra=source.labels, limits=source.limits)
    walk = Walk(SHAPE.refined(source.mapping), keys)

    def take(record: Any, run: Run) -> None:
        envelope, columns = _opened(record)
        row = envelope.get("after")
        if type(row) is dict:
            walk.part(plain(row, columns), envelope, run, stamp=_stamp(envelope))

    return JsonRecords(take, latest_ahead_s=source.latest_ahead_s, skips_null=True)


def _opened(record: Any) -> tuple[dict[str, Any], list[Any]]:
    """The envelope of a write, empty for what has no row; and the schema of the row's columns."""
    payload, columns = record, []
    if type(record) is dict and "payload" in record and record.keys() <= {"schema", "payload"}:
        payload, columns = record["payload"], _columns(record.get("schema"))
    if payload is None:
        return {}, []
    if type(payload) is not dict:
        raise Fault("shape", f"{kind_of(payload)} stands where a change should")
    if "op" in payload and ("after" in payload or "before" in payload):
        return (payload if payload["op"] in _WRITES else {}), columns
    if any(key in payload for key in _NO_ROW) or payload.get("__deleted") in ("true", True):
        return {}, []
    source = {key: payload[flat] for key, flat in _FLAT.items() if flat in payload}
    return {"after": payload, "source": source, "ts_ms": payload.get("__ts_ms")}, columns


def _stamp(envelope: dict[str, Any]) -> Any:
    """When the row was changed; when the connector saw it, where the database does not say."""
    source = envelope.get("source")
    changed = source.get("ts_ms") if type(source) is dict else None
    return changed or envelope.get("ts_ms")


def _columns(schema: Any) -> list[Any]:
    """The schema's fields of a row: those of `after`, or all where the row is flat."""
    fields = schema.get("fields") if type(schema) is dict else None
    if type(fields) is not list:
        return []
    for field in fields:
        if type(field) is dict and field.get("field") == "after":
            inner = field.get("fields")
            return inner if type(inner) is list else []
    return fields
