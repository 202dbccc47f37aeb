"""The demonstration from end to end: every scenario, its pages, and the worker killed meanwhile."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from streams.broker import check_free, free_port
from tests import brokers

pytestmark = pytest.mark.long


def test_every_scenario_is_found_told_once_and_resolved_though_the_worker_is_killed(
    bootstrap: str, tmp_path: Path
) -> None:
    # On the embedded broker the demonstration starts its own, as it does for a stranger.
    broker = ["--broker", bootstrap] if brokers.chosen() == "kafka" else []
    port = free_port()
    options = ["--once", "--json", "--kill-worker", "--port", str(port), "--keep", str(tmp_path)]
    argv = [sys.executable, "-m", "streams.cli", "demo", *options, *broker]
    demo = subprocess.run(argv, capture_output=True, text=True, timeout=400, check=False)
    assert demo.stdout, demo.stderr[-3000:]
    summary = json.loads(demo.stdout)
    faults = {s["scenario"]: s["faults"] for s in summary["scenarios"] if s["faults"]}
    told = f"{summary['quiet']}\n{demo.stderr}"
    assert (demo.returncode, faults, summary["quiet"]) == (0, {}, []), told
    assert summary["restarts"] == 1
    assert len(summary["scenarios"]) == 8
    ways = [answer["way"] for answer in summary["answers"] if answer["passed"]]
    assert ways == ["slack", "pagerduty", "email", "jira", "console"]
    check_free(port)
    assert [p.pid for p in psutil.process_iter(["cmdline"]) if _works_in(p, tmp_path)] == []


def _works_in(process: psutil.Process, folder: Path) -> bool:
    """Worker, console, peers and feed are all told a place in the folder."""
    return str(folder) in " ".join(process.info["cmdline"] or [])
