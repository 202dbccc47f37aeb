"""How many workers run on this machine, and how they are started."""

import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from config.settings import Config
from streams.commands.options import wrong_usage
from streams.exits import UNREADABLE
from streams.logs import PROCESS
from streams.slots import SLOT, claimed
from streams.supervisor import Child

_MOST = 1000
_GRACE_S = 8.0  # a container is given ten

ProcessesOption = Annotated[
    str, typer.Option("--processes", "-n", metavar="N", help="Worker processes; auto: one a core.")
]


def processes_of(text: str) -> int:
    """The number of worker processes that is asked for."""
    if text == "auto":
        return cores()
    if text.isdecimal() and 0 < int(text) <= _MOST:
        return int(text)
    wrong_usage(f"--processes takes a number from 1 to {_MOST}, or auto, not {text!r}")


def cores(cpu_max: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Cores that this process may use: its affinity, and the quota of its container."""
    free = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    try:
        quota, period = cpu_max.read_text().split()
        return max(1, min(free, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # no such control group, or no quota ("max")
        return free


def warnings_of(count: int, config: Config) -> Iterator[str]:
    """What is odd about so many processes, and what to do."""
    partitions = config.kafka.partitions
    if count > partitions:
        yield (
            f"{count} workers share {partitions} partitions, so {count - partitions} of them will "
            f"have nothing to judge: use --processes {partitions}, or raise kafka.partitions "
            "before its topics are made"
        )
    if count > cores():
        yield f"{count} workers share {cores()} cores: --processes auto takes one a core"


@contextmanager
def workers(path: Path, config: Config, count: int) -> Iterator[Sequence[Child]]:
    """The worker processes as children of a supervisor, each with a slot of its own."""
    for warning in warnings_of(count, config):
        sys.stderr.write(f"tocsin: warning: {warning}\n")
    with claimed(f"{config.kafka.bootstrap} {config.topics.prefix}", count) as slots:
        yield [_worker(path, slot, is_alone=count == 1) for slot in slots]


def _worker(path: Path, slot: int, *, is_alone: bool) -> Child:
    name = "worker" if is_alone else f"worker-{slot}"
    argv = [sys.executable, "-m", "streams.worker", "--config", str(path)]
    env = {SLOT: str(slot)} if is_alone else {SLOT: str(slot), PROCESS: name}
    final = frozenset({UNREADABLE})
    return Child(name, argv, env=env, restart=True, final=final, grace_s=_GRACE_S, tier="workers")
