"""The libraries that talk to PagerDuty: over TLS, let go, and absent."""

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from routing.channels.attempt import Refusal
from routing.channels.cord import Cord
from routing.channels.pagerduty_clients import CHANGE, CLIENTS, ClientName, PagerDutyClient
from routing.secret import Secret
from tests.certificates import Certificates, make_certificates

KEY = Secret("k3y00000000000000000000000000001")
EVENT = {"action": "trigger", "event": {"dedup_key": "d", "payload": {"summary": "Slow"}}}
CHANGED = {"action": CHANGE, "event": {"payload": {"summary": "Deploy"}}}


class Provider(ThreadingHTTPServer):
    """Answers at once, or, where it `hangs`, only when it is `over`."""

    daemon_threads = True

    def __init__(self, *, hangs: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.seen: list[tuple[str, dict[str, object]]] = []
        self.is_asked, self.over = threading.Event(), threading.Event()
        if not hangs:
            self.over.set()


class Answering(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, body))
        self.server.is_asked.set()
        self.server.over.wait()
        self.send_response(202)
        self.end_headers()
        self.wfile.write(b'{"status": "success", "dedup_key": "d"}')

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serving(
    provider: Provider, certificates: Certificates | None, name: str = "server"
) -> Iterator[str]:
    if certificates is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate(name), certificates.key(name))
        provider.socket = context.wrap_socket(provider.socket, server_side=True)
    thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http{'s' if certificates else ''}://127.0.0.1:{provider.server_port}/"
    finally:
        provider.over.set()
        provider.shutdown()
        thread.join()
        provider.server_close()


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    made = make_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.ca))
    return made


def test_pages_and_changes_go_over_tls_to_whom_the_machine_trusts(
    certificates: Certificates,
) -> None:
    with serving(provider := Provider(), certificates) as url:
        client = PagerDutyClient(url, 5.0)
        assert client.enqueue(KEY, EVENT, Cord()) == "d"
        assert client.enqueue(KEY, CHANGED, Cord()) == ""
    key = {"routing_key": KEY.reveal()}
    assert provider.seen == [
        ("/v2/enqueue", EVENT["event"] | key | {"event_action": "trigger"}),
        ("/v2/change/enqueue", CHANGED["event"] | key),
    ]


def test_no_stranger_is_told(certificates: Certificates) -> None:
    with (
        serving(provider := Provider(), certificates, "stranger") as url,
        pytest.raises(Refusal, match="the connection failed"),
    ):
        PagerDutyClient(url, 5.0).enqueue(KEY, EVENT, Cord())
    assert provider.seen == []


@pytest.mark.parametrize("is_safe", [False, True], ids=["http", "https"])
def test_a_pulled_cord_lets_the_thread_go(is_safe: bool, certificates: Certificates) -> None:
    cord = Cord()
    with (
        serving(provider := Provider(hangs=True), certificates if is_safe else None) as url,
        ThreadPoolExecutor(1) as threads,
    ):
        call = threads.submit(PagerDutyClient(url, 60.0).enqueue, KEY, EVENT, cord)
        assert provider.is_asked.wait(10)
        cord.pull()
        with pytest.raises(Refusal, match="the connection failed"):
            call.result(10)
    assert len(provider.seen) == 1


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_a_change_is_told_by_each(name: ClientName) -> None:
    with serving(provider := Provider(), None) as url:
        CLIENTS[name](url, 5.0).enqueue(KEY, CHANGED, Cord())
    ((path, body),) = provider.seen
    assert path == "/v2/change/enqueue"
    assert body == CHANGED["event"] | {"routing_key": KEY.reveal()}


def test_without_the_extra_the_configuration_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pagerduty'] = None\n"
        "from routing.channels.pagerduty import PagerDuty\n"
        "PagerDuty(name='it', routing_keys={})\n"
        "PagerDuty(name='it', routing_keys={}, client='pagerduty')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "line 4" in run.stderr
    assert "pip install 'tocsin[pagerduty]'" in run.stderr
