"""Whether records with a service are errors, one each, or tell of requests and other events."""

from collections.abc import Mapping, Sequence
from typing import Any

_LEVELS = frozenset(
    ("alert", "crit", "critical", "emerg", "emergency", "err", "error", "fatal", "panic", "severe")
)
_LEVEL_KEYS = ("level", "severity", "log.level")
_ERROR_KEYS = ("error", "exception", "stacktrace", "stack_trace", "traceback")
_TYPED = frozenset(("type", "message"))


def are_errors(items: Sequence[Mapping[str, Any]], *, measured: bool) -> bool:
    """Whether most of them say that they are; if none says anything, what measures is no error.

    >>> are_errors([{"service": "cart", "level": "info"}], measured=False)
    False
    """
    told = [said for item in items if (said := _is_error(item)) is not None]
    return sum(told) > len(told) / 2 if told else not measured


def _is_error(item: Mapping[str, Any]) -> bool | None:
    """What a record says of itself; None for nothing."""
    level = next((item[key] for key in _LEVEL_KEYS if isinstance(item.get(key), str)), None)
    if level is not None:
        return level.lower() in _LEVELS
    return True if item.keys() >= _TYPED or any(item.get(key) for key in _ERROR_KEYS) else None
