"""PagerDuty: one PagerDuty incident for each of ours, by Events API v2."""

import asyncio
import re
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from functools import partial
from typing import Any

from routing.alert import Severity
from routing.channels import pagerduty_hook
from routing.channels.answer import Answer, lacking
from routing.channels.attempt import Delivered, Refusal, attempt, is_loopback, refused_with
from routing.channels.channel import Message
from routing.channels.cord import Cord
from routing.channels.diagnosis import Finding, look
from routing.channels.finding import figures
from routing.channels.samples import notification
from routing.channels.summary import Summary, lead
from routing.channels.text import clean, clip, number, spark
from routing.channels.texts import Texts
from routing.incident import NotifyReason
from routing.notification import Notification
from routing.pace import Pace, a_minute
from routing.receipt import Receipt
from routing.secret import Secret

with warnings.catch_warnings():
    # The successor, `pagerduty`, is young and cannot post to a plain http address.
    warnings.filterwarnings("ignore", 'The package "pdpyras" is deprecated', UserWarning)
    import pdpyras

_ACTIONS = {NotifyReason.ACKNOWLEDGED: "acknowledge", NotifyReason.RESOLVED: "resolve"}
_SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}
_KEY = re.compile(r"[A-Za-z0-9]{32}")
_ONCE = dict.fromkeys((429, 500, 502, 503, 504), 1)
_FIRST_LABELS = ("instance", "host", "pod", "service", "job")


class PagerDuty:
    """PagerDuty by one integration (routing) key for each address.

    Parameters: `name` of the channel; `routing_keys`, from an address of your choosing such as
    `checkout` to the integration key of the PagerDuty service behind it; `base_url` of the Events
    API; `title` and `text`: templates in place of the usual words; `timeout_s` for one attempt;
    `webhook_secret`, with which PagerDuty signs what it tells the console: acknowledgements and
    resolutions there are ours then.
    """

    kind = "pagerduty"
    pace = Pace(address=a_minute(120))

    def __init__(
        self,
        *,
        name: str,
        routing_keys: dict[str, Secret],
        base_url: str = "https://events.pagerduty.com",
        title: str = "",
        text: str = "",
        timeout_s: float = 10.0,
        webhook_secret: Secret | None = None,
    ) -> None:
        self.name = name
        self._routing_keys = dict(routing_keys)
        self._base_url = base_url
        self._timeout_s = timeout_s
        self.texts = Texts(title=title, text=text)
        self._webhook_secret = webhook_secret
        self.lacks = lacking(webhook_secret=webhook_secret)
        self._threads = ThreadPoolExecutor(4, thread_name_prefix=f"pagerduty-{name}")

    def render(self, notification: Notification) -> Message:
        """The event: a trigger, an acknowledgement or a resolution."""
        action = _ACTIONS.get(notification.reason, "trigger")
        event: dict[str, Any] = {"dedup_key": _dedup_key(notification)}
        summary = self.texts.summarise(notification)
        if action == "trigger":
            event |= _trigger(notification, summary)
        payload = {"action": action, "event": event}
        return Message(notification=notification, payload=payload, note=summary.note)

    def hear(self, body: bytes, headers: Mapping[str, str], *, now: float) -> Sequence[Answer]:
        """What people did in PagerDuty. Raises `Unheard`."""
        return pagerduty_hook.heard(body, headers, secret=self._webhook_secret, now=now)

    async def send(self, message: Message) -> Receipt:
        """Send the event, through the key that opened the incident."""
        return await attempt(
            message,
            self._deliver(message),
            timeout_s=self._timeout_s + 1,
            secrets=self._routing_keys.values(),
        )

    async def diagnose(self, addresses: Collection[str]) -> list[Finding]:
        """Whether PagerDuty takes each key: it is asked to acknowledge what it does not know.

        That opens nothing and tells nobody.
        """
        return [
            await look(
                each,
                self._try(each),
                timeout_s=self._timeout_s + 1,
                secrets=self._routing_keys.values(),
            )
            for each in addresses
        ]

    async def close(self) -> None:
        """Let the threads go; one that waits for an answer ends with its timeout."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _try(self, address: str) -> str:
        given = notification(address, NotifyReason.ACKNOWLEDGED)
        unknown = {"dedup_key": "tocsin:doctor"}
        payload = {"action": "acknowledge", "event": unknown}
        await self._deliver(Message(notification=given, payload=payload))
        key = self._routing_keys[address].reveal()
        if not _KEY.fullmatch(key):
            raise Refusal(f"an integration key has 32 characters, not {len(key)}", is_final=True)
        return "the key is taken"

    async def _deliver(self, message: Message) -> Delivered:
        notification = message.notification
        address = notification.handle.get("address", notification.contact.address)
        key = self._routing_keys.get(address)
        if key is None or not key.reveal():
            lost = f"no routing key for {clean(address, 60)!r}: add it under `routing_keys`"
            raise Refusal(lost, is_final=True)
        cord = Cord()
        call = partial(_enqueue, partial(self._session, cord), key, message.payload)
        try:
            dedup_key = await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except asyncio.CancelledError:
            cord.pull()
            raise
        return Delivered(handle={"address": address, "dedup_key": dedup_key})

    def _session(self, cord: Cord, key: Secret) -> Any:
        """A session for one attempt: `requests` sessions are not for sharing between threads."""
        session = pdpyras.EventsAPISession(key.reveal())
        cord.tie(session)
        session.url = self._base_url.rstrip("/")
        session.timeout = (min(3.0, self._timeout_s), self._timeout_s)
        session.max_network_attempts = 0
        session.max_http_attempts = -1
        session.retry = dict(_ONCE)  # any other value than 1 makes the SDK wait and try again
        session.log.disabled = True
        session.trust_env = not is_loopback(self._base_url)
        return session


def _enqueue(connect: Callable[[Secret], Any], key: Secret, payload: dict[str, Any]) -> str:
    """The one place that knows the SDK. Runs in a thread."""
    with connect(key) as session:
        try:
            return str(session.send_event(payload["action"], **payload["event"]))
        except pdpyras.PDClientError as error:
            response = getattr(error, "response", None)
            if response is None:
                raise _cause(error) from None
            raise refused_with(
                response.status_code, _complaint(response), response.headers
            ) from None


def _cause(error: Exception) -> Exception:
    """What the network did, as our own kind of error: the SDK's text may hold the key."""
    cause = error.__cause__
    name = type(cause or error).__name__
    if "Timeout" in name:
        return TimeoutError()
    return Refusal(f"the connection failed ({name}): check the network", is_final=False)


def _complaint(response: Any) -> str:
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    errors = body.get("errors")
    more = "; ".join(str(e) for e in errors) if isinstance(errors, list) else ""
    return f"{body.get('message', '')} {more}".strip()


def _dedup_key(notification: Notification) -> str:
    known = notification.handle.get("dedup_key")
    return known or clip(f"{pagerduty_hook.PREFIX}{clean(notification.incident.id, 240)}", 255)


def _trigger(notification: Notification, summary: Summary) -> dict[str, Any]:
    event: dict[str, Any] = {"client": "Tocsin", "payload": _payload(notification, summary)}
    if summary.url:
        event["client_url"] = summary.url
    links = [("Runbook", summary.runbook), *summary.links]
    made = [{"href": url, "text": clean(text, 80)} for text, url in links if url]
    return event | ({"links": made} if made else {})


def _payload(notification: Notification, summary: Summary) -> dict[str, Any]:
    alert = lead(notification.incident)
    labels = alert.labels if alert else notification.incident.group_labels
    began = alert.starts_at if alert else notification.incident.opened_at
    source = next((labels[name] for name in _FIRST_LABELS if labels.get(name)), "tocsin")
    payload = {
        "summary": _read_aloud(summary),
        "source": clean(source, 255) or "tocsin",
        "severity": _SEVERITIES[summary.severity],
        "timestamp": began.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "component": clean(labels.get("service", ""), 255),
        "group": clean(notification.incident.route, 255),
        "class": clean(summary.evidence.series, 255) if summary.evidence else "",
        "custom_details": _details(summary),
    }
    return {name: value for name, value in payload.items() if value}


def _read_aloud(summary: Summary) -> str:
    """What a phone call reads out: the title, and the finding where the title lacks the value."""
    evidence = summary.evidence
    is_said = evidence and number(evidence.value, evidence.unit) in summary.title
    more = "" if is_said or not summary.what else f": {summary.what}"
    return clean(f"{summary.title}{more}", 1024)


def _details(summary: Summary) -> dict[str, Any]:
    details: dict[str, Any] = {
        "incident": summary.incident_id,
        "state": summary.state,
        "news": summary.news,
        "finding": summary.what,
        "since": summary.since,
        "more": summary.more,
        "advice": summary.advice,
        "told": summary.told,
        "labels": dict(summary.labels),
    }
    if summary.evidence:
        evidence = summary.evidence
        details |= {name.lower(): text for name, text in figures(evidence)}
        details |= {
            "shape": spark(evidence.points),
            "detectors": ", ".join(f"{p.detector} {p.share:.0%}" for p in evidence.parts[:8]),
        }
    return {name: value for name, value in details.items() if value}
