"""PagerDuty's Events API v2: routing keys, deduplication, and its silence about what it drops."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from streams.clock import epoch_s
from streams.demo.peers.faults import Faults, application
from streams.demo.peers.received import Journal

_SEVERITIES = ("critical", "error", "warning", "info")
_REASONS = {"acknowledge": "acknowledged", "resolve": "resolved"}


class PagerDutyPeer:
    """Services by integration key: `keys` maps each key to the address it stands for."""

    def __init__(self, journal: Journal, *, keys: dict[str, str]) -> None:
        self.journal = journal
        self.faults = Faults()
        self.states: dict[tuple[str, str], str] = {}  # (address, dedup key) to state
        self.changed: Callable[[str, str], None] | None = None  # by events: key, what it is now
        self._keys = keys

    def app(self) -> web.Application:
        """The application to serve."""
        app = application(self.faults)
        app.router.add_post("/v2/enqueue", self._enqueue)
        app.router.add_post("/v2/change/enqueue", self._change_event)
        return app

    async def _enqueue(self, request: web.Request) -> web.Response:
        try:
            event = await request.json()
        except ValueError:
            return _refuse("JSON parse error")
        complaints = self._complaints(event)
        if complaints:
            return _refuse(*complaints)
        address = self._keys[event.pop("routing_key")]
        dedup_key = str(event.get("dedup_key") or f"auto-{len(self.states)}")
        before = self.states.get((address, dedup_key))
        what = self._change((address, dedup_key), event["event_action"])
        self.journal.keep(
            epoch_s(),
            "pagerduty",
            what,
            incident=dedup_key.removeprefix("tocsin:"),
            contact=address,
            reason="" if what == "dropped" else _REASONS.get(event["event_action"], ""),
            ref=dedup_key,
            text=str(event.get("payload", {}).get("summary", "")),
            body=event,
        )
        after = self.states.get((address, dedup_key))
        if self.changed is not None and after is not None and after != before:
            self.changed(dedup_key, after)
        body = {"status": "success", "message": "Event processed", "dedup_key": dedup_key}
        return web.json_response(body, status=202)

    async def _change_event(self, request: web.Request) -> web.Response:
        try:
            event = await request.json()
            address, payload = self._keys[event.pop("routing_key")], event["payload"]
            if not 0 < len(payload["summary"]) <= 1024:
                return _refuse("'payload.summary' is missing, blank or too long")
        except (ValueError, LookupError, TypeError):
            return _refuse("Invalid routing key or payload")
        summary = payload["summary"]
        self.journal.keep(
            epoch_s(), "pagerduty", "change", incident="", contact=address, text=summary, body=event
        )
        body = {"status": "success", "message": "Change event processed"}
        return web.json_response(body, status=202)

    def _change(self, key: tuple[str, str], action: str) -> str:
        is_open = self.states.get(key, "resolved") != "resolved"
        if action == "trigger":
            self.states.setdefault(key, "triggered")
            if not is_open:
                self.states[key] = "triggered"
            return "again" if is_open else "open"
        if not is_open:
            return "dropped"
        self.states[key] = _REASONS[action]
        return action

    def _complaints(self, event: Any) -> list[str]:
        if not isinstance(event, dict):
            return ["Event object format is unrecognized"]
        action, payload = event.get("event_action"), event.get("payload") or {}
        is_trigger = action == "trigger"
        rules = {
            "Invalid routing key": event.get("routing_key") not in self._keys,
            "'event_action' is invalid": action not in ("trigger", "acknowledge", "resolve"),
            "'dedup_key' is missing": not is_trigger and not event.get("dedup_key"),
            "'dedup_key' is too long": len(str(event.get("dedup_key", ""))) > 255,
            "'payload.summary' is missing or blank": is_trigger and not payload.get("summary"),
            "'payload.summary' is too long": len(str(payload.get("summary", ""))) > 1024,
            "'payload.source' is missing or blank": is_trigger and not payload.get("source"),
            "'payload.severity' is invalid": is_trigger
            and payload.get("severity") not in _SEVERITIES,
        }
        return [complaint for complaint, is_broken in rules.items() if is_broken]


def _refuse(*errors: str) -> web.Response:
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": list(errors)}
    return web.json_response(body, status=400)
