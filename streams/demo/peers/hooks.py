"""What providers send when something was done with them, signed as their documents have it."""

import hashlib
import hmac
import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

from streams import clock

Json = dict[str, Any]


class Hook(NamedTuple):
    """A request to the console: the kind of channel, the body, the headers that sign it."""

    kind: str
    body: bytes
    headers: dict[str, str]


class Someone(NamedTuple):
    """Who does it, as providers know them: an id of theirs, and a name that they show."""

    id: str
    name: str


def slack(button: Json, *, by: Someone, at: float, secret: str) -> Hook:
    """A button of a message was pressed."""
    pressed = button | {"action_ts": f"{at:.6f}"}
    user = {"id": by.id, "username": by.name, "name": by.name, "team_id": "T1"}
    payload = {"type": "block_actions", "user": user, "actions": [pressed], "response_url": ""}
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(at))
    signature = _signature(f"v0:{stamp}:".encode() + body, secret)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signature}",
    }
    return Hook("slack", body, headers)


def pagerduty(
    kind: str, dedup_key: str, *, number: int, by: Someone | None, at: float, secret: str
) -> Hook:
    """An incident changed: a person did that, or nobody, where its events were our own."""
    agent = None if by is None else {"id": by.id, "type": "user_reference", "summary": by.name}
    event = {
        "id": f"01DEMO{number:06d}",
        "event_type": f"incident.{kind}",
        "resource_type": "incident",
        "occurred_at": clock.instant(at).isoformat(),
        "agent": agent,
        "data": {"id": f"Q{number}", "type": "incident", "incident_key": dedup_key},
    }
    body = json.dumps({"event": event}).encode()
    return Hook("pagerduty", body, {"X-PagerDuty-Signature": f"v1={_signature(body, secret)}"})


def jira(issue: Json, changed: Json, *, user: Json, at: float, secret: str) -> Hook:
    """An issue was changed in one of its fields."""
    told = {
        "timestamp": int(1000 * at),
        "webhookEvent": "jira:issue_updated",
        "user": user,
        "issue": {name: issue[name] for name in ("id", "key", "fields")},
        "changelog": {"id": "1", "items": [changed]},
    }
    body = json.dumps(told).encode()
    return Hook("jira", body, {"X-Hub-Signature": f"sha256={_signature(body, secret)}"})


def _signature(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
