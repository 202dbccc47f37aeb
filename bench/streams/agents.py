"""What we are compared with: processes that print how far they are."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from streams.leash import leashed

LONGEST_S = 180.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Records a second, and records for each second of processor time."""

    rate: float
    per_cpu_s: float


async def speed_of(module: str, argv: Sequence[str], records: int, cores: Sequence[int]) -> Speed:
    """The speed of `python -m module argv` on these cores, until it has seen so many records."""
    command = leashed([sys.executable, "-m", module, *argv])
    agent = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            return await asyncio.to_thread(_follow, agent, records)
    finally:
        agent.kill()
        agent.communicate()


def _follow(agent: "subprocess.Popen[str]", records: int) -> Speed:
    assert agent.stdout is not None
    process = psutil.Process(agent.pid)
    began_at, cpu_s = 0.0, 0.0
    for line in agent.stdout:
        seen = json.loads(line)
        used = sum(process.cpu_times()[:2])
        if seen["records"] == 0:
            began_at, cpu_s = seen["at"], used
        elif seen["records"] >= records:
            took = seen["at"] - began_at
            return Speed(seen["records"] / took, seen["records"] / max(used - cpu_s, 0.01))
    raise RuntimeError(f"it ended with {agent.poll()} before {records} records")
