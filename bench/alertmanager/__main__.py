"""Random stories in a real Alertmanager and in ours: `python -m bench.alertmanager`.

Needs Debian's package prometheus-alertmanager. The stories are lived in real time by one server,
and in no time by our engine with `compat: alertmanager`. A story that goes otherwise with us when
its steps come 20 or 60 ms later is one of chance, and is left out. Every message must be there,
with the same status and alerts, within 350 ms; that is what a busy machine takes.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.alertmanager.server import lived
from bench.alertmanager.stories import Story, config, ours, story
from bench.alertmanager.world import Message

TOLERANCE_S = 0.35
Seen = tuple[float, str, list[Any]]


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
    steady = [
        (one, expected)
        for one in (story(number, chosen.seed) for number in range(chosen.stories))
        if (expected := foretold(one)) is not None
    ]
    with tempfile.TemporaryDirectory() as folder:
        got: dict[str, list[Seen]] = defaultdict(list)
        for at, name, body in lived(program, Path(folder), [one for one, _ in steady]):
            got[name].append((at, body["status"], _alerts(body["alerts"])))
    different = [(one, want) for one, want in steady if not _is_same(want, got[one.name])]
    for one, want in different[: chosen.show]:
        print(_told(one, want, got[one.name]))
    messages = sum(len(want) for _, want in steady)
    print(f"{len(steady)} stories, {messages} messages, {len(different)} stories differ")
    sys.exit(bool(different))


def foretold(one: Story) -> list[Seen] | None:
    """What its receiver should get; None where that is a matter of milliseconds."""
    text = json.dumps(config([one], "http://sink"))
    chance = random.Random(one.name)
    runs = []
    for most in (0.0, 0.02, 0.06, 0.06):
        late = [chance.uniform(0, most) for _ in one.steps]
        runs.append([_seen(message) for message in ours(text, one, late)])
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


def _seen(message: Message) -> Seen:
    return message.at, message.status, _alerts(message.alerts)


def _alerts(alerts: list[dict[str, Any]]) -> list[Any]:
    return sorted((one["status"], sorted(one["labels"].items())) for one in alerts)


def _told(one: Story, want: list[Seen], got: list[Seen]) -> str:
    lines = [f"{one.name}: {one.route}, send_resolved {one.send_resolved}"]
    lines += [f"  {step.at:6.2f} {step.op} {step.body}" for step in one.steps]
    for name, seen in (("ours", want), ("theirs", got)):
        lines += [f"  {name:7}{at:6.2f} {status} {alerts}" for at, status, alerts in sorted(seen)]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
