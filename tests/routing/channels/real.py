"""Peers that others wrote, served on loopback while a context is open."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

HOST = "127.0.0.1"
ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager") or ""
_PATIENCE_S = 30.0


@contextlib.contextmanager
def data_center() -> Iterator[tuple[str, Any]]:
    """Jira Data Center 8.20 as jira820 plays it: its address, and what it has kept."""
    reason = "jira820, of PyPI, is not installed"
    server = pytest.importorskip("jira820.server", reason=reason)
    uvicorn = pytest.importorskip("uvicorn", reason=reason)
    from jira820.config import Config
    from jira820.store import Store

    store = Store(Config(project_key="OPS"), seed=False)
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        config = uvicorn.Config(server.make_app(store=store), log_level="critical", ws="none")
        serving = uvicorn.Server(config)
        thread = threading.Thread(target=serving.run, args=([listening],), daemon=True)
        thread.start()
        url = f"http://{HOST}:{listening.getsockname()[1]}"
        _wait_for(f"{url}/rest/api/2/serverInfo")
        try:
            yield url, store
        finally:
            serving.should_exit = True
            thread.join(_PATIENCE_S)


@contextlib.contextmanager
def workspace() -> Iterator[Any]:
    """A Slack workspace as backlot plays it, which tells nobody that it was used."""
    backlot = pytest.importorskip("backlot", reason="backlot, of PyPI, is not installed")
    patient = patch("backlot.server._LOCAL_HEALTH_ATTEMPTS", 600)  # a busy machine is slow
    message = {
        "source_type": "slack",
        "doc_id": "one",
        "channel": "ops",
        "content": "The channel is open.",
        "created": "2026-11-23T09:00:00Z",
        "visibility": "public",
        "author_email": "ana@shop.example",
        "author_name": "Ana",
    }
    quiet = {"BACKLOT_TELEMETRY": "0", "DO_NOT_TRACK": "1"}
    serving = backlot.serve([message], HOST, telemetry=False)
    with patch.dict(os.environ, quiet), patient, serving as server:
        yield server


@contextlib.contextmanager
def alertmanager(config: str, folder: Path) -> Iterator[str]:
    """The real Alertmanager, alone: its address."""
    if not ALERTMANAGER:
        pytest.skip("prometheus-alertmanager is not installed")
    file = folder / "alertmanager.yml"
    file.write_text(config)
    port = free_port()
    command = [
        ALERTMANAGER,
        f"--config.file={file}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={HOST}:{port}",
        "--cluster.listen-address=",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"http://{HOST}:{port}"
            _wait_for(f"{url}/-/ready")
            yield url
        finally:
            process.terminate()


def free_port() -> int:
    """A port of loopback that was free just now."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


def _wait_for(url: str) -> None:
    patient_until = time.monotonic() + _PATIENCE_S
    pause = threading.Event()
    while time.monotonic() < patient_until:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
            if answer.status == 200:
                return
        pause.wait(0.02)
    raise TimeoutError(f"nothing answers at {url}")
