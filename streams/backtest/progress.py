"""How far a backtest is: a bar on a terminal, otherwise a line now and then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_EVERY = 0.1  # of all
_FEW = 50


@contextmanager
def progress(
    total: int, out: TextIO, *, doing: str = "judging", things: str = "samples"
) -> Iterator[Callable[[int], None]]:
    """For the time of the block, what is to be told how many more things are done.

    In plain lines only of many: few are soon done.
    """
    if out.isatty():
        with _bar(total, out, doing) as advance:
            yield advance
    else:
        yield _Lines(total, out, things).advance


@contextmanager
def _bar(total: int, out: TextIO, doing: str) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (doing, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=out), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda more: bar.advance(task, more)


class _Lines:
    """Tells in plain lines."""

    def __init__(self, total: int, out: TextIO, things: str) -> None:
        self._total, self._out, self._things = total, out, things
        self._done, self._told = 0, 0.0

    def advance(self, more: int) -> None:
        """So many more are done; say so now and then."""
        self._done += more
        share = self._done / max(self._total, 1)
        if share >= self._told + _EVERY and self._total >= _FEW:
            self._told = share
            self._out.write(
                f"tocsin: {self._done:,} of {self._total:,} {self._things} ({share:.0%})\n"
            )
            self._out.flush()
