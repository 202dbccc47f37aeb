"""A past in a file of JSON lines: alerts, and who took their incidents.

{"at": "2026-11-30T09:00:00Z", "labels": {"service": "api", "severity": "critical"}}
{"at": "2026-11-30T09:04:00Z", "labels": {"service": "api"}, "ack": "ana"}
{"at": "2026-11-30T09:20:00Z", "labels": {"service": "api", ...}, "status": "resolved"}
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from config.stories.acting import alert_of
from routing.event import Acknowledge, AlertSeen, Event
from routing.fingerprint import fingerprint
from routing.retelling import Past


class BadLine(ValueError):
    """A line that says nothing that can be used: file, line, and why."""


class _Line(Struct, forbid_unknown_fields=True):
    at: str | float
    labels: dict[str, str]
    status: str = "firing"
    annotations: dict[str, str] = {}
    ack: str = ""


def past_of_lines(file: Path) -> Past:
    """The past in a file, in order of time. Raises :class:`BadLine`."""
    events: list[tuple[datetime, Event]] = []
    holding: dict[str, frozenset[str]] = {}
    for number, text in enumerate(_read(file).splitlines(), 1):
        if not text.strip():
            continue
        try:
            at, event = _event(msgspec.json.decode(text, type=_Line), f"line {number}")
        except ValueError as error:  # msgspec's are ValueErrors
            raise BadLine(f"{file}:{number}: {error}") from None
        if isinstance(event, Acknowledge):
            labels = msgspec.json.decode(text)["labels"]
            holding[event.incident_id] = _holders(events, labels)
        events.append((at, event))
    if not events:
        raise BadLine(f"{file}: no alerts are in it")
    return Past(events=sorted(events, key=lambda one: one[0]), holding=holding)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadLine(f"{file}: cannot be read: it is not UTF-8 text, save it as that") from None
    except OSError as error:
        why = error.strerror or str(error)
        raise BadLine(f"{file}: cannot be read: {why[:1].lower()}{why[1:]}") from None


def _holders(events: list[tuple[datetime, Event]], labels: dict[str, str]) -> frozenset[str]:
    """The fingerprints of the alerts before that have these labels."""
    alerts = [event.alert for _, event in events if isinstance(event, AlertSeen)]
    return frozenset(fingerprint(a.labels) for a in alerts if labels.items() <= a.labels.items())


def _event(line: _Line, name: str) -> tuple[datetime, Event]:
    at = _instant(line.at)
    if line.ack:
        return at, Acknowledge(incident_id=name, by=line.ack, via="console")
    if line.status not in {"firing", "resolved"}:
        raise ValueError(f"status is firing or resolved, not {line.status}")
    ends_at = at if line.status == "resolved" else None
    alert = replace(alert_of(line.labels, at), ends_at=ends_at, annotations=line.annotations)
    return at, AlertSeen(alert)


def _instant(value: Any) -> datetime:
    if isinstance(value, int | float):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            raise ValueError(f"at {value}: not seconds since 1970 of a year there is") from None
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(f"at {value}: say the zone, such as {value}Z")
    return at
