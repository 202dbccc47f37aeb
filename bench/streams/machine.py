"""What was measured on: cores, processor, Python and broker; no names of hosts or people."""

import os
import platform
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import aiokafka
import numpy as np

from streams.broker import binary
from tests.brokers import kafka_jars


def machine(broker: str) -> dict[str, Any]:
    """The machine, and the versions of what matters."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "aiokafka": aiokafka.__version__,
        "faust": metadata.version("faust-streaming"),
        "numpy": np.__version__,
        "river": metadata.version("river"),
        "broker": broker_version(broker),
    }


def broker_version(kind: str) -> str:
    """The broker's own words for what it is."""
    if kind == "kafka":
        return f"Apache {kafka_jars().name.replace('-', ' ').title()}"
    told = subprocess.run([str(binary()), "--version"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or "tansu"


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
