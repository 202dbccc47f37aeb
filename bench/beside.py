"""What an alert costs a real Alertmanager, and ours beside it: `python -m bench.beside`.

Needs Debian's package prometheus-alertmanager. It gets the policy of `bench/routing.py` in its own
words, and the same alerts as JSON, 500 a request; ours gets each as a record of the event log, and
reads it. What counts is the CPU time of the process until it rests, and its memory. Neither sends
anything meanwhile: `group_wait` is an hour, and the clock of our engine stands still.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.alertmanager.server import call, running
from bench.routing import RULES, TEAMS, alert, policy, turn_ns
from routing.alert import Alert
from routing.engine import Engine
from routing.event import AlertSeen, decode, encode

A_REQUEST, RESTS_S = 500, 1.0
MICRO = 1e6
Feed = Callable[[list[Alert]], float]
STAGES: dict[str, Callable[[int, datetime], Alert]] = {
    "opens": lambda n, at: alert(n, "h", at),
    "joins": lambda n, at: alert(n, "other", at),
    "again": lambda n, at: alert(n, "other", at),
    "ends": lambda n, at: alert(n, "other", at, ends=True),
}


def main() -> None:
    """Print microseconds of CPU an alert, theirs and ours, and bytes an open group."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=10_000, help="alerts of each kind")
    count = parser.parse_args().alerts
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        sys.exit("prometheus-alertmanager is not here; Debian has a package of that name")
    print(f"{turn_ns():.0f} ns of CPU a turn of an empty loop; {count} alerts of each kind")
    print(" ".join(f"{name:>14}" for name in ("", *STAGES)), " µs of CPU an alert")
    with tempfile.TemporaryDirectory() as folder:
        _print("Alertmanager", _theirs(program, Path(folder), count))
    _print("ours", _ours(count))


def _print(name: str, figures: Iterator[float]) -> None:
    *costs, memory = figures
    print(" ".join([f"{name:>14}", *(f"{cost:14.1f}" for cost in costs)]), end="")
    print(f"   {memory:.0f} bytes an open group of one alert")


def _theirs(program: str, folder: Path, count: int) -> Iterator[float]:
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps(_config()))
    with running(program, folder, file) as (url, process):
        yield from _figures(lambda alerts: _posted(url, process, alerts), process, count)


def _ours(count: int) -> Iterator[float]:
    engine, at = Engine(policy()), datetime.now(UTC)

    def feed(alerts: list[Alert]) -> float:
        """The processor seconds that the engine takes for these alerts, decoding included."""
        records = [encode(AlertSeen(one)) for one in alerts]
        begun = time.process_time()
        for record in records:
            engine.handle(decode(record), at)
        return time.process_time() - begun

    yield from _figures(feed, os.getpid(), count)


def _figures(feed: Feed, process: int, count: int) -> Iterator[float]:
    """Of each kind what one costs; and at last what a group took of memory when it opened."""
    feed([alert(n, "first", datetime.now(UTC)) for n in range(-A_REQUEST, 0)])
    memory = 0.0
    for name, make in STAGES.items():
        at = datetime.now(UTC) - timedelta(seconds=2)
        alerts, before = [make(n, at) for n in range(count)], _memory(process)
        yield feed(alerts) / count * MICRO
        memory = memory or (_memory(process) - before) / count if name == "opens" else memory
    yield memory


def _posted(url: str, process: int, alerts: list[Alert]) -> float:
    before = _cpu_s(process)
    for first in range(0, len(alerts), A_REQUEST):
        call("POST", f"{url}/alerts", list(map(_said, alerts[first : first + A_REQUEST])))
    last = -1.0
    while (used := _cpu_s(process) - before) != last:
        last = used
        time.sleep(RESTS_S)
    return used


def _said(one: Alert) -> dict[str, Any]:
    ends = {"endsAt": one.ends_at.isoformat()} if one.ends_at else {}
    return {"labels": one.labels, "startsAt": one.starts_at.isoformat(), **ends}


def _config() -> dict[str, Any]:
    """The policy of the bench in Alertmanager's words."""
    routes = [{"matchers": [f"team=t{n}", "env=~prod|stage.*"]} for n in range(TEAMS)]
    rules = [
        {
            "source_matchers": [f"alertname=down-{n}", "env=~pr.*"],
            "target_matchers": [f"alertname=~slow-{n}|late-{n}"],
            "equal": ["cluster"],
        }
        for n in range(RULES)
    ]
    route = {"receiver": "ops", "group_by": ["service"], "group_wait": "1h", "routes": routes}
    ops = {"name": "ops", "webhook_configs": [{"url": "http://127.0.0.1:9/"}]}
    return {"route": route, "receivers": [ops], "inhibit_rules": rules}


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
