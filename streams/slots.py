"""Numbers for the workers of one machine, which no two supervisors give out at the same time.

A worker keeps its slot over restarts: it is its name in the log, and under `TOCSIN_WORKER_SLOT`
what makes it the same member of the consumer group again.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

SLOT = "TOCSIN_WORKER_SLOT"


def present_slot() -> int | None:
    """The slot of this process, if a supervisor gave it one."""
    text = os.environ.get(SLOT, "")
    return int(text) if text.isdecimal() else None


@contextmanager
def claimed(cluster: str, count: int, *, folder: Path | None = None) -> Iterator[list[int]]:
    """The lowest `count` free slots for a cluster, ours until the block or the process ends."""
    place = folder or Path(tempfile.gettempdir())
    name = hashlib.sha256(cluster.encode()).hexdigest()[:12]
    with ExitStack() as held:
        slots: list[int] = []
        number = 0
        while len(slots) < count:
            number += 1
            path = place / f"tocsin-{os.getuid()}-{name}-{number}.lock"
            if (file := _lock(path)) is not None:
                held.enter_context(file)
                slots.append(number)
        yield slots


def _lock(path: Path) -> IO[bytes] | None:
    """The locked file, or None if somebody has it. The system gives it back when we end."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
