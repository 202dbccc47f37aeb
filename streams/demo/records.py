"""The shop's steps as records: what real producers would publish, as native JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from streams.demo.scenario import Batch
from streams.demo.shop import ERROR_TYPES, METRICS, SERVICES, error_text

_encode = msgspec.json.Encoder().encode

# Most producers send no key, some send their host; the pipeline trusts neither.
HOSTS: dict[str, str | None] = {
    service: f"web-{i % 3 + 1}" if i % 2 else None for i, service in enumerate(SERVICES)
}


class Record(NamedTuple):
    """A record to publish: its key, if any, and its value."""

    key: bytes | None
    value: bytes


def metric_records(batch: Batch) -> Iterator[Record]:
    """One record for each service and step: an object of fields."""
    for row, at in enumerate(batch.times):
        for service in SERVICES:
            sample = _object(batch, row, float(at), service)
            if sample is not None:
                yield Record(_key(service), _encode(sample))


def metric_list(batch: Batch) -> Record:
    """All of a batch as one record: a list of objects, oldest first."""
    objects = (
        _object(batch, row, float(at), service)
        for row, at in enumerate(batch.times)
        for service in SERVICES
    )
    return Record(None, _encode([sample for sample in objects if sample is not None]))


def error_records(batch: Batch, step_s: float, seed: int) -> list[Record]:
    """One record for each error, oldest first, within the step that ends at its instant."""
    errors: list[tuple[float, str, int]] = []
    for row, column in np.argwhere(batch.errors > 0):
        rng = np.random.default_rng([seed, round(batch.times[row] / step_s), int(column)])
        count = int(batch.errors[row, column])
        ages = rng.random(count) * step_s
        numbers = rng.integers(0, 9000, count)
        errors.extend(
            (float(batch.times[row]) - float(age), SERVICES[column], int(number))
            for age, number in zip(ages, numbers, strict=True)
        )
    return [_error(*error) for error in sorted(errors)]


def machine_records(host: str, objects: Sequence[dict[str, Any]]) -> Record:
    """The machine's own metrics of one instant, keyed by host."""
    return Record(host.encode(), _encode(objects))


_FIELDS = {
    service: [(i, m.name) for i, m in enumerate(METRICS) if m.service == service]
    for service in SERVICES
}


def _object(batch: Batch, row: int, at: float, service: str) -> dict[str, Any] | None:
    values = batch.values[row]
    fields = {
        name: float(f"{values[i]:.6g}") for i, name in _FIELDS[service] if not np.isnan(values[i])
    }
    if not fields:
        return None
    return {"timestamp": at, "labels": {"service": service}, "fields": fields}


def _error(at: float, service: str, number: int) -> Record:
    kind = ERROR_TYPES[number % len(ERROR_TYPES)]
    value = {
        "timestamp": round(at, 3),
        "service": service,
        "type": kind,
        "message": error_text(kind, service, number),
    }
    return Record(_key(service), _encode(value))


def _key(service: str) -> bytes | None:
    host = HOSTS[service]
    return host.encode() if host else None
