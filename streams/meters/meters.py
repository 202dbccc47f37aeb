"""Meters: counters become rates per second, and histograms quantiles, before they are judged.

One object holds the newest counters and histograms of one partition of `tocsin.samples`. A
counter `x` keeps its name; of a histogram `lat` come the series `lat_count`, the observations per
second, and quantiles like `lat_p99` (:mod:`streams.meters.quantiles` has the names) of what was
observed since the histogram before. An interval without observations has no quantiles.

**Why a replay changes nothing.** What :meth:`Meters.convert` gives follows from the meters' state
and the message, nothing else. A flush writes the banks' snapshots first, and the seal once those
are kept; offsets are committed after both. So after a crash there are these cases:

- The seal is older than the banks. The messages since the seal are read again, since none of them
  was committed, and give the same samples again, which the banks know how to skip.
- The seal is newer than what was committed. All of its effects are in the banks, which were
  written before it: a message up to its `applied` offset gives nothing for counters and
  histograms, its gauges are left to the banks.
- The seal was torn: some of its records were kept, in the order of writing, and not `applied`,
  which is the last. What was kept is a row or block as it was at the time of that flush, and so
  behind no sample that is not in the banks as well: the same messages, read again, are late for
  it and give nothing. Rows that were not kept are older, and give what they gave.

This needs the caller to hand over the same samples again: what it drops as a repeat must have been
applied here. Its record of that belongs into the same seal, behind the records of the meters.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from streams.meters.counters import Counters
from streams.meters.gauges import COUNT, Made, derived, joined, of_count, only
from streams.meters.histograms import Histograms
from streams.meters.quantiles import quantile_name, quantiles
from streams.meters.rows import Records
from streams.meters.saved import load, save
from streams.samples import Columns

PREFIX = b"\0meters\0"
_APPLIED = b"applied"


class Meters:
    """The newest counters and histograms of each input, in one partition.

    `levels` gives the quantiles of an input, for one that is read no more as well; `most` how many
    counters and how many histograms of it are held: further ones give nothing, and are counted.
    `ignored` says why saved state was not taken back: what it was of begins anew.
    """

    def __init__(
        self,
        levels: Callable[[str], Sequence[float]],
        *,
        most: Callable[[str], int] = lambda _: sys.maxsize,
        prefix: bytes = PREFIX,
    ) -> None:
        self._levels = levels
        self._most = most
        self._prefix = prefix
        self._counters: dict[str, Counters] = {}
        self._histograms: dict[str, Histograms] = {}
        self._applied = -1
        self._is_dirty = False
        self.ignored: set[str] = set()

    @property
    def series(self) -> int:
        """How many counters and histograms are held."""
        return sum(len(one.rows) for one in self._counters.values()) + sum(
            map(len, self._histograms.values())
        )

    @property
    def late(self) -> int:
        """How many samples gave nothing because their series had newer ones."""
        return sum(one.late for one in self._counters.values()) + sum(
            one.late for one in self._histograms.values()
        )

    def surplus(self, source_input: str) -> int:
        """How many samples of an input gave nothing because there was no room for their series."""
        both = (self._counters.get(source_input), self._histograms.get(source_input))
        return sum(one.surplus for one in both if one is not None)

    @property
    def inputs(self) -> set[str]:
        """The inputs of which something is held."""
        return {*self._counters, *self._histograms}

    def convert(self, offset: int, columns: Columns) -> Columns:
        """The samples of one message as gauges, in the order of its source.

        `offset` is the message's own. A message without counters and histograms is given back as
        it is. What is made of a histogram has the order that the histogram had.
        """
        if not len(columns.kinds) and not columns.histograms:
            return columns
        is_new = offset > self._applied
        if is_new:
            self._applied, self._is_dirty = offset, True
        if len(columns.kinds):
            columns = self._rates(columns, is_new=is_new)
        if columns.histograms:
            columns = joined(columns, self._made(columns) if is_new else ())
        return columns

    def forget(self, source_input: str, key: str) -> None:
        """Forget a counter, or a histogram by its own key or that of its `_count`."""
        if (counters := self._counters.get(source_input)) is not None:
            self._is_dirty |= counters.rows.forget(key)
        if (histograms := self._histograms.get(source_input)) is not None:
            self._is_dirty |= histograms.forget(key) or histograms.forget(of_count(key))

    def expire(self, source_input: str, before: float) -> None:
        """Forget what an input has shown nothing of since `before`, in event time."""
        for of in (self._counters, self._histograms):
            if (held := of.get(source_input)) is not None:
                held.expire(before)
                self._is_dirty = True

    def seal(self) -> Iterable[tuple[bytes, bytes | None]]:
        """What changed since the last seal, as changelog records.

        They are to be written in their order, and nothing else done here until they are kept.
        """
        if not self._is_dirty:
            return []
        self._is_dirty = False
        records: Records = []
        for name, counters in self._counters.items():
            records += self._keyed(name, counters.rows.seal())
        for name, histograms in self._histograms.items():
            records += self._keyed(name, histograms.seal())
        return [*records, (self._prefix + _APPLIED, save(self._applied))]

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back a record of an earlier seal; what cannot be is in `ignored`."""
        name = key.removeprefix(self._prefix)
        try:
            if name == _APPLIED:
                self._applied = load(value, int)
                return
            source_input, _, record = name.rpartition(b"\0")
            self._restore(source_input.decode(), record, value)
        except ValueError as error:
            self.ignored.add(str(error))

    def _restore(self, source_input: str, record: bytes, value: bytes) -> None:
        if record[:1] == b"h":
            self._histograms_of(source_input).restore(record, value)
        else:
            self._counters_of(source_input).rows.restore(record, value)

    def _keyed(self, source_input: str, records: Records) -> Records:
        prefix = self._prefix + source_input.encode() + b"\0"
        return [(prefix + name, value) for name, value in records]

    def _counters_of(self, source_input: str) -> Counters:
        return self._counters.setdefault(source_input, Counters())

    def _histograms_of(self, source_input: str) -> Histograms:
        return self._histograms.setdefault(source_input, Histograms())

    def _rates(self, columns: Columns, *, is_new: bool) -> Columns:
        """The counters as rates; those that give none are left out."""
        is_counter = columns.kinds[columns.index] > 0
        kept, value = ~is_counter, columns.value.copy()
        if is_new:
            counters = self._counters_of(columns.input)
            counted, most = np.flatnonzero(is_counter), self._most(columns.input)
            given, rates = counters.rates(columns, counted, most=most)
            kept[given], value[given] = True, rates
        return only(columns, value, kept)

    def _made(self, columns: Columns) -> Iterator[Made]:
        """What is made of each histogram."""
        held, levels = self._histograms_of(columns.input), self._levels(columns.input)
        most = self._most(columns.input)
        for histogram in columns.histograms:
            interval = held.interval(histogram, most=most)
            if interval is None:
                continue
            at, order = histogram.at, histogram.position
            rate = interval.count / interval.seconds
            yield Made(derived(histogram.key, COUNT), at, rate, order)
            found = quantiles(levels, interval.bounds, interval.counts)
            for level, value in zip(levels, found, strict=False):  # none for an empty interval
                yield Made(derived(histogram.key, quantile_name(level)), at, value, order)
