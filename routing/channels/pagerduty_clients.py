"""The libraries that talk to PagerDuty's Events API, and the one place that knows them.

Each makes one attempt at a call, in a thread, through one session of its own, whose connections a
cord can end. What went wrong is a `Refusal` or a `TimeoutError`: their own texts may hold the key.
"""

import importlib
import ssl
import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib.util import find_spec
from typing import Any, Literal, Protocol

from routing.channels.attempt import Refusal, is_loopback, refused_with
from routing.channels.cord import Cord
from routing.secret import Secret

with warnings.catch_warnings():
    # Its successor is not installed with us, and takes no plain http address.
    warnings.filterwarnings("ignore", 'The package "pdpyras" is deprecated', UserWarning)
    import pdpyras

ClientName = Literal["pdpyras", "pagerduty"]
Payload = dict[str, Any]

CHANGE = "change"
MISSING = "client pagerduty is not installed here: pip install 'tocsin[pagerduty]'"
_ONCE = dict.fromkeys((429, 500, 502, 503, 504), 1)  # any other value than 1 waits and tries again


class Client(Protocol):
    """One library, told where PagerDuty is and how long an answer may take."""

    def __init__(self, base_url: str, timeout_s: float) -> None: ...

    def enqueue(self, key: Secret, payload: Payload, cord: Cord) -> str:
        """Hand over an event; its dedup key. Raises `Refusal`, `TimeoutError`."""


class Pdpyras:
    """pdpyras: deprecated, tried for years."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s

    def enqueue(self, key: Secret, payload: Payload, cord: Cord) -> str:
        """Hand over an event; its dedup key. Raises `Refusal`, `TimeoutError`."""
        is_change = payload["action"] == CHANGE
        with self._session(key, cord, is_change=is_change) as session:
            try:
                if is_change:
                    event = payload["event"]
                    return str(session.send_change_event(routing_key=key.reveal(), **event))
                return str(session.send_event(payload["action"], **payload["event"]))
            except pdpyras.PDClientError as error:
                raise _cause(error) from None

    def _session(self, key: Secret, cord: Cord, *, is_change: bool) -> Any:
        """A session for one attempt: `requests` sessions are not for sharing between threads."""
        made = pdpyras.ChangeEventsAPISession if is_change else pdpyras.EventsAPISession
        session = made(key.reveal())
        cord.tie(session)
        session.url = self._base_url
        session.timeout = (min(3.0, self._timeout_s), self._timeout_s)
        session.trust_env = not is_loopback(self._base_url)
        return _made_once(session)


class PagerDutyClient:
    """pagerduty, the successor of pdpyras. Needs the extra `pagerduty`.

    Changes go by `send_change_event`: its `submit` fails with 7.2.0.
    """

    def __init__(self, base_url: str, timeout_s: float) -> None:
        if not _is_installed():
            raise ValueError(MISSING)
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s

    def enqueue(self, key: Secret, payload: Payload, cord: Cord) -> str:
        """Hand over an event; its dedup key. Raises `Refusal`, `TimeoutError`."""
        library = importlib.import_module("pagerduty")
        client = self._client(library, key, cord)
        try:
            if payload["action"] == CHANGE:
                client.send_change_event(**payload["event"])
                return ""
            return str(client.send_event(payload["action"], **payload["event"]))
        except library.Error as error:
            raise _cause(error) from None
        finally:
            client.close()

    def _client(self, library: Any, key: Secret, cord: Cord) -> Any:
        client = library.EventsApiV2Client(
            key.reveal(),
            verify=self._trust,
            trust_env=not is_loopback(self._base_url),
            event_hooks={"request": [_watched(cord)]},
        )
        # Its `url` takes no plain http, which a peer on this machine speaks.
        client.normalize_url = lambda path: f"{self._base_url}{path}"
        client.timeout = (min(3.0, self._timeout_s), *[self._timeout_s] * 3)
        return _made_once(client)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Whom the machine trusts, read once: it would be read for each attempt."""
        return ssl.create_default_context()


CLIENTS: Mapping[ClientName, Callable[[str, float], Client]] = {
    "pdpyras": Pdpyras,
    "pagerduty": PagerDutyClient,
}


def _is_installed() -> bool:
    try:
        return find_spec("pagerduty") is not None
    except ValueError:  # somebody hid it
        return False


def _made_once(session: Any) -> Any:
    """The session, which makes one attempt and logs nothing. Both libraries have these names."""
    session.max_network_attempts = 0
    session.max_http_attempts = -1
    session.retry = dict(_ONCE)
    session.log.disabled = True
    return session


def _watched(cord: Cord) -> Callable[[Any], None]:
    """A hook by which the cord knows each connection that a request makes."""

    def trace(event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            cord.know(info["return_value"].get_extra_info("socket"))

    def watch(request: Any) -> None:
        request.extensions["trace"] = trace

    return watch


def _cause(error: Exception) -> Exception:
    """What PagerDuty or the network did, as our own kind of error."""
    response = getattr(error, "response", None)
    if response is not None:
        return refused_with(response.status_code, _complaint(response), response.headers)
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
