"""A real Alertmanager on this machine, receivers in front of it, and a clock that it lives by."""

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from bench.alertmanager.stories import LASTS, Step, Story, config
from streams.broker import free_port


class Sink:
    """Receives every message, refusing the first ones of some; `got` are (when, path, body)."""

    def __init__(self, refuses: Mapping[str, int]) -> None:
        left = dict(refuses)
        self.got: list[tuple[float, str, dict[str, Any]]] = []
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Keep the message, and refuse it while its path has refusals left."""
                at = time.time()
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                got.append((at, self.path, body))
                path = self.path.strip("/")
                left[path] -= 1
                self.send_response(400 if left[path] >= 0 else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        ThreadingHTTPServer.request_queue_size = 512
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Lived(NamedTuple):
    """What receivers got, in seconds from the begin, and how late each story's steps came."""

    got: list[tuple[float, str, Any]]
    late: dict[str, list[float]]


def lived(program: str, folder: Path, stories: Sequence[Story]) -> Lived:
    """Let it live the stories."""
    sink = Sink({hook.path: hook.refuses for one in stories for hook in one.hooks})
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps(config(stories, sink.url)))
    with running(program, folder, file) as (url, _):
        begun = time.time() + 0.5
        late = _play(url, begun, stories)
        time.sleep(max(0.0, begun + LASTS - time.time()))
    sink.server.shutdown()
    got = [(at - begun, path.strip("/"), body) for at, path, body in sink.got]
    return Lived(got, late)


@contextmanager
def running(program: str, folder: Path, file: Path) -> Iterator[tuple[str, int]]:
    """The address of its API, and its process."""
    address = f"127.0.0.1:{free_port()}"
    command = [
        program,
        f"--config.file={file}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://{address}/-/ready")
            yield f"http://{address}/api/v2", process.pid
        finally:
            process.terminate()
            process.wait()


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


def _play(url: str, begun: float, stories: Sequence[Story]) -> dict[str, list[float]]:
    late: dict[str, list[float]] = {one.name: [] for one in stories}
    silences: dict[str, str] = {}
    steps = [(step.at, one.name, step) for one in stories for step in one.steps]
    for at, name, step in sorted(steps, key=lambda step: step[:2]):
        time.sleep(max(0.0, begun + at - time.time()))
        _do(url, begun, step, silences)
        late[name].append(time.time() - begun - at)
    return late


def _do(url: str, begun: float, step: Step, silences: dict[str, str]) -> None:
    if step.op == "post":
        call("POST", f"{url}/alerts", [_alert(step.body, begun)])
        return
    if old := silences.pop(step.body["ref"], ""):
        call("DELETE", f"{url}/silence/{old}")
    if step.op == "silence":
        body = {
            "matchers": step.body["matchers"],
            "startsAt": _instant(begun + step.body["start"]),
            "endsAt": _instant(begun + step.body["end"]),
            "createdBy": "bench",
            "comment": "bench",
        }
        silences[step.body["ref"]] = call("POST", f"{url}/silences", body)["silenceID"]


def _alert(body: dict[str, Any], begun: float) -> dict[str, Any]:
    made = {"labels": body["labels"], "startsAt": _instant(begun + body["start"])}
    if body["end"]:
        made["endsAt"] = _instant(begun + body["end"])
    return made


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def call(method: str, url: str, body: Any = None) -> Any:
    """What it answers to a request, refusals too."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, method=method, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        text = error.read()
    return json.loads(text) if text[:1] == b"{" else text
