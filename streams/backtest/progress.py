"""How far a backtest is: a bar on a terminal, otherwise a line now and then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_EVERY = 0.1  # of all


@contextmanager
def progress(total: int, out: TextIO) -> Iterator[Callable[[int], None]]:
    """For the time of the block, what is to be told how many more samples are done."""
    if out.isatty():
        with _bar(total, out) as advance:
            yield advance
    else:
        yield _Lines(total, out).advance


@contextmanager
def _bar(total: int, out: TextIO) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("judging", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=out), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda more: bar.advance(task, more)


class _Lines:
    """Tells in plain lines."""

    def __init__(self, total: int, out: TextIO) -> None:
        self._total, self._out = total, out
        self._done, self._told = 0, 0.0

    def advance(self, more: int) -> None:
        self._done += more
        share = self._done / max(self._total, 1)
        if share >= self._told + _EVERY:
            self._told = share
            self._out.write(f"tocsin: {self._done:,} of {self._total:,} samples ({share:.0%})\n")
            self._out.flush()
