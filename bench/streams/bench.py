"""What the parts of the benchmark share: the broker, the cores, and how much to do."""

import os
import sys
from dataclasses import dataclass, field

_ALL = tuple(sorted(os.sched_getaffinity(0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A broker that runs now, and the size of the task.

    A worker has a core for itself; broker and measurement share the others.
    """

    bootstrap: str
    broker: str
    runs: int
    is_quick: bool
    cores: tuple[int, ...] = field(default=_ALL)

    @property
    def own(self) -> list[int]:
        """The core of one worker."""
        return [self.cores[0]]

    @property
    def rest(self) -> list[int]:
        """The cores of everything else."""
        return list(self.cores[1:] or self.cores)

    def sized(self, quick: int, whole: int) -> int:
        """A number for a quick run, or for a whole one."""
        return quick if self.is_quick else whole


def keep_off_the_workers_core() -> None:
    """Leave the first core to workers; what is started from now on inherits that."""
    os.sched_setaffinity(0, _ALL[1:] or _ALL)


def progress(words: str) -> None:
    """To standard error, for whoever waits."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
