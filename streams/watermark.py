"""Event time: how far the stream has come, per input.

The present of an input is where the slowest of its sources is, plus the time that passed on the
wall since it fell silent: a stream that is sped up, late or catching up moves its own present, and
one that has gone silent still grows old. Only a while later is a source taken to be silent, and
does not hold the others back any more: the worker that read it may have been killed, and another
one is about to tell what came meanwhile.
"""

from collections.abc import Callable, Iterator

IDLE_AFTER_S = 10.0  # more than it takes to notice a killed worker and to replace it
LONGEST_STEP_S = 5.0
UNHEARD_S = 2.0  # a broker answers every fetch much sooner, be there records or not
BEHIND_S = 5.0  # a worker that keeps up has no record waiting for so long


class Attention:
    """A clock of the time spent listening.

    It stands still while records could not come to us (partitions are given out, no broker answers,
    this process was stopped), and while we are behind with those that have: silence in that time
    says nothing about who should have spoken.
    """

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._before: float | None = None
        self._spent = 0.0

    def now(self) -> float:
        """Seconds spent listening, up to the last :meth:`tick`."""
        return self._spent

    def tick(self, *, is_listening: bool, unheard_s: float = 0.0, behind_s: float = 0.0) -> None:
        """Go on. A step too long for a timer's is cut: we were not there.

        `unheard_s` is how long ago a broker last answered, `behind_s` how long the record that is
        handled now has waited for that.
        """
        now = self._wall()
        is_listening = is_listening and unheard_s < UNHEARD_S and behind_s < BEHIND_S
        if is_listening and self._before is not None:
            self._spent += min(now - self._before, LONGEST_STEP_S)
        self._before = now


class Watermarks:
    """Where each source of each input is. Wall time is any monotonic clock in seconds.

    >>> marks = Watermarks()
    >>> marks.advance("shop", "t/0", at=1000.0, wall=5.0)
    >>> marks.advance("shop", "t/1", at=900.0, wall=5.0)
    >>> marks.present("shop", wall=6.0)
    900.0
    >>> marks.present("shop", wall=5.0 + IDLE_AFTER_S + 60.0)
    960.0
    """

    def __init__(self) -> None:
        self._sources: dict[str, dict[str, tuple[float, float]]] = {}

    def advance(self, source_input: str, source: str, *, at: float, wall: float) -> None:
        """A source has shown a sample of this event time."""
        sources = self._sources.setdefault(source_input, {})
        before = sources.get(source)
        if before is None or at >= before[0]:
            sources[source] = (at, wall)
        else:
            sources[source] = (before[0], wall)

    def inputs(self) -> Iterator[str]:
        """Inputs that have shown anything."""
        return iter(self._sources)

    def present(self, source_input: str, *, wall: float) -> float:
        """The event time it is now for an input. Raises KeyError before its first sample."""
        silent = wall - IDLE_AFTER_S
        return min(at + max(0.0, silent - seen) for at, seen in self._awake(source_input))

    def reached(self, source_input: str) -> float:
        """The event time that an input has shown. Raises KeyError before its first sample."""
        return min(at for at, _ in self._awake(source_input))

    def _awake(self, source_input: str) -> list[tuple[float, float]]:
        sources = self._sources[source_input].values()
        newest = max(seen for _, seen in sources)
        return [source for source in sources if source[1] > newest - IDLE_AFTER_S]

    def dump(self) -> dict[str, dict[str, float]]:
        """Input -> source -> event time, to be kept."""
        return {i: {s: at for s, (at, _) in of.items()} for i, of in self._sources.items()}

    def load(self, kept: dict[str, dict[str, float]], *, wall: float) -> None:
        """Take back what :meth:`dump` gave."""
        for source_input, sources in kept.items():
            for source, at in sources.items():
                self.advance(source_input, source, at=at, wall=wall)
