"""Columns that Kafka Connect writes as something else than they are: decimals, dates."""

import base64
from typing import Any

DECIMAL = "org.apache.kafka.connect.data.Decimal"
SCALED = "io.debezium.data.VariableScaleDecimal"
_DATED = ("io.debezium.time.", "org.apache.kafka.connect.data.")
_LONGEST = 64  # base64 characters of a decimal; a double holds no more anyway


def plain(row: dict[str, Any], columns: list[Any]) -> dict[str, Any]:
    """The row with its decimals as numbers, and without dates, as the schema tells them."""
    changed = None
    for column in columns:
        meaning, name = (
            (column.get("name"), column.get("field")) if type(column) is dict else (None, None)
        )
        if type(meaning) is str and type(name) is str and name in row:
            changed = changed or dict(row)
            changed[name] = _value(meaning, row[name], column)
    return row if changed is None else changed


def _value(meaning: str, value: Any, column: dict[str, Any]) -> Any:
    if meaning == DECIMAL:
        parameters = column.get("parameters")
        scale = parameters.get("scale") if type(parameters) is dict else None
        return decimal(value, scale)
    if meaning == SCALED and type(value) is dict:
        return decimal(value.get("value"), value.get("scale"))
    return None if meaning.startswith(_DATED) else value


def decimal(text: Any, scale: Any) -> float | None:
    """A decimal as Connect writes it: base64 of big-endian two's complement, and a scale.

    >>> decimal("AN3h", "2")
    568.01
    """
    if type(text) is not str or len(text) > _LONGEST:
        return None
    try:
        unscaled = int.from_bytes(base64.b64decode(text, validate=True), "big", signed=True)
        return unscaled / float(10 ** min(int(scale), 300))
    except (ValueError, TypeError, ArithmeticError):
        return None
