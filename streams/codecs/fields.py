"""Measurements with fields, in Influx lines and in Telegraf's JSON: series and values of them."""

from typing import Any

from streams.codecs.gathered import Gathered


def series_name(measurement: str, field: str) -> str:
    """Measurement and field; a field called `value` is the measurement itself.

    >>> series_name("cpu", "usage_idle"), series_name("temperature", "value")
    ('cpu_usage_idle', 'temperature')
    """
    return measurement if field == "value" else f"{measurement}_{field}"


def keep_numbers(found: Gathered) -> None:
    """Make truths 1 and 0, and leave out fields that were numbers and are texts now."""
    values: list[Any] = found.values
    if not {str, type(None)}.isdisjoint(map(type, values)):
        found.keep([not isinstance(value, str | None) for value in values])
    found.values = [*map(float, found.values)]
