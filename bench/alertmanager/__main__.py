"""Random stories in a real Alertmanager and in ours: `python -m bench.alertmanager`.

Needs Debian's package prometheus-alertmanager. The stories are lived in real time by one server,
and then in no time by our engine with `compat: alertmanager`, each step at the instant it came. A
story that goes otherwise with us when its steps come up to 100 ms sooner or later is one of chance,
and is left out. Every message must be there, with the same status and alerts, within a second: the
next tick is four seconds off, and a busy machine is late. The median difference is printed.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.alertmanager.server import lived
from bench.alertmanager.stories import Story, config, ours, story
from bench.alertmanager.world import Message

TOLERANCE_S = 1.0
Seen = tuple[float, str, str, list[Any]]


def main() -> None:
    """Compare, and exit with 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=3, help="so many differences are shown")
    chosen = parser.parse_args()
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        sys.exit("prometheus-alertmanager is not here; Debian has a package of that name")
    stories = [story(number, chosen.seed) for number in range(chosen.stories)]
    with tempfile.TemporaryDirectory() as folder:
        found = lived(program, Path(folder), stories)
    got: dict[str, list[Seen]] = defaultdict(list)
    for at, name, body in found.got:
        got[name.partition("-")[0]].append((at, name, body["status"], _alerts(body["alerts"])))
    steady = [
        (one, expected)
        for one in stories
        if (expected := foretold(one, found.late[one.name])) is not None
    ]
    different = [(one, want) for one, want in steady if not _is_same(want, got[one.name])]
    for one, want in different[: chosen.show]:
        print(_told(one, want, got[one.name]))
    messages = sum(len(want) for _, want in steady)
    apart = sorted(gap for one, want in steady for gap in _gaps(want, got[one.name]))
    median = f"{apart[len(apart) // 2] * 1000:.0f} ms" if apart else "none"
    print(f"{len(steady)} stories, {messages} messages, {len(different)} stories differ")
    print(f"median difference in time: {median}")
    sys.exit(bool(different))


def foretold(one: Story, late: Sequence[float]) -> list[Seen] | None:
    """What its receiver should get, its steps so late; None where milliseconds decide that."""
    text = json.dumps(config([one], "http://sink"))
    chance = random.Random(one.name)
    runs = []
    for most in (0.0, 0.03, 0.1, 0.1):
        about = [delay + chance.uniform(-most, most) for delay in late]
        runs.append([_seen(message) for message in ours(text, one, about)])
    first = runs[0]
    return first if all(_is_same(first, other) for other in runs[1:]) else None


def _is_same(one: list[Seen], other: list[Seen]) -> bool:
    left = list(other)
    for at, *what in one:
        found = next((m for m in left if [*m[1:]] == what and abs(m[0] - at) <= TOLERANCE_S), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _gaps(want: list[Seen], got: list[Seen]) -> list[float]:
    if not _is_same(want, got):
        return []
    return [abs(a[0] - b[0]) for a, b in zip(sorted(want), sorted(got), strict=True)]


def _seen(message: Message) -> Seen:
    path = message.url.rpartition("/")[2]
    return message.at, path, message.status, _alerts(message.alerts)


def _alerts(alerts: list[dict[str, Any]]) -> list[Any]:
    return sorted((one["status"], sorted(one["labels"].items())) for one in alerts)


def _told(one: Story, want: list[Seen], got: list[Seen]) -> str:
    lines = [f"{one.name}: {one.route}, {one.hooks}"]
    lines += [f"  {step.at:6.2f} {step.op} {step.body}" for step in one.steps]
    for name, seen in (("ours", want), ("theirs", got)):
        lines += [f"  {name:7}{at:6.2f} {what}" for at, *what in sorted(seen)]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
