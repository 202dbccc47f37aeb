"""What providers send when a person answers, signed as they sign it."""

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from routing.channels.channel import Channel
from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.slack import Slack
from routing.policy import Contact, User
from routing.secret import Secret
from tests.console.scene import OPENED

SIGNING, WEBHOOK, TICKETS = "slack-signing-secret", "pagerduty-webhook-secret", "jira-secret-text"
NOWHERE = "http://127.0.0.1:1"
LINK_KEY = Secret("a key that is long enough")
NOW = OPENED + timedelta(minutes=5)
ANA = User(
    name="ana",
    contacts=(Contact("chat", "U0ANA"), Contact("mail", "ana@shop.example")),
    full_name="Ana Reis",
)
BEN = User(name="ben", contacts=(Contact("mail", "ben@shop.example"),), full_name="Ben Ott")


def channels(**slack: Any) -> dict[str, Channel]:
    """One of each kind that hears; none of them connects to anything by itself."""
    given = {"token": Secret("xoxb-1"), "base_url": NOWHERE, "signing_secret": Secret(SIGNING)}
    return {
        "chat": Slack(name="chat", **(given | slack)),
        "pager": PagerDuty(
            name="pager", routing_keys={"shop": Secret("k")}, webhook_secret=Secret(WEBHOOK)
        ),
        "mail": Email(name="mail", host="h", sender="t@shop.example", link_key=LINK_KEY),
        "tasks": Jira(
            name="tasks",
            base_url=NOWHERE,
            token=Secret("t"),
            user="tocsin@shop.example",
            webhook_secret=Secret(TICKETS),
        ),
    }


class Sent(NamedTuple):
    """A request of a provider."""

    path: str
    body: bytes
    headers: dict[str, str]


def pressed(word: str, incident_id: str = "inc-7f3a9c", **changes: Any) -> dict[str, Any]:
    """Slack's payload of a pressed button."""
    payload = {
        "type": "block_actions",
        "user": {"id": "U0ANA", "username": "ana.reis", "name": "ana.reis", "team_id": "T1"},
        "api_app_id": "A1",
        "token": "verification-token",
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1"},
        "trigger_id": "1.2.3",
        "actions": [
            {
                "type": "button",
                "action_id": f"tocsin.{word}",
                "block_id": "b",
                "value": incident_id,
                "action_ts": "1773457331.5",
            }
        ],
        "response_url": "",
    }
    return payload | changes


def slack(payload: Any, *, at: datetime = NOW, secret: str = SIGNING) -> Sent:
    """The request of a pressed button."""
    said = payload if isinstance(payload, str) else json.dumps(payload)
    body = urlencode({"payload": said}).encode()
    stamp = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signature.hexdigest()}",
    }
    return Sent("/hooks/slack/chat", body, headers)


def event(kind: str, incident_id: str = "inc-7f3a9c", **changes: Any) -> dict[str, Any]:
    """PagerDuty's event about an incident of ours."""
    person = {"id": "PANA", "type": "user_reference", "summary": "Ana Reis"}
    found = {
        "id": "01CEVENT",
        "event_type": f"incident.{kind}",
        "resource_type": "incident",
        "occurred_at": NOW.isoformat().replace("+00:00", "Z"),
        "agent": person | {"html_url": "https://x/users/PANA", "self": "https://x"},
        "client": None,
        "data": {
            "id": "Q1",
            "type": "incident",
            "number": 2,
            "status": kind,
            "incident_key": f"tocsin:{incident_id}",
            "assignees": [{"id": "PBEN", "type": "user_reference", "summary": "Ben Ott"}],
        },
    }
    return found | changes


def pagerduty(found: Any, *, secret: str = WEBHOOK) -> Sent:
    """The request about an event, with a signature of another secret before ours."""
    body = json.dumps({"event": found}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-PagerDuty-Signature": f"v1={'0' * 64},v1={signature}"}
    return Sent("/hooks/pagerduty/pager", body, headers)


def moved(
    category: str = "done", incident_id: str = "inc-7f3a9c", **changes: Any
) -> dict[str, Any]:
    """Jira's event of an issue that moved to a status of this category."""
    found = {
        "timestamp": int(1000 * NOW.timestamp()),
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_generic",
        "user": {"accountId": "712020:x", "displayName": "Ana Reis", "active": True},
        "issue": {
            "id": "10002",
            "key": "SHOP-1",
            "fields": {
                "labels": ["tocsin", f"tocsin-{incident_id}"],
                "status": {"name": "Fertig", "statusCategory": {"id": 3, "key": category}},
                "resolution": {"name": "Won't Do"},
                "description": None,
            },
        },
        "changelog": {"id": "1", "items": [{"field": "status", "fieldtype": "jira", "to": "5"}]},
    }
    return found | changes


def assigned(
    to: str | None = "712020:x", *, category: str = "indeterminate", **changes: Any
) -> dict[str, Any]:
    """Jira's event of an issue that was given to somebody, by default by Ana to herself."""
    item = {"field": "assignee", "fieldtype": "jira", "from": None, "to": to}
    return moved(category, changelog={"id": "2", "items": [item]}) | changes


def jira(found: Any, *, secret: str = TICKETS) -> Sent:
    """The request about an issue."""
    body = json.dumps(found).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Sent("/hooks/jira/tasks", body, {"X-Hub-Signature": f"sha256={signature}"})
