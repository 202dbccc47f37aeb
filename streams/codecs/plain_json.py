"""Runs of native JSON that nothing is wrong or special with, read without an object a record.

Each record is one sample with a name, a value and maybe labels and a timestamp in numbers
(`streams/kernels/json_sample.py` has the rules). What it takes to read any other is in
`streams/codecs/native.py`, which gives the same for these.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import are_compiled
from streams.codecs.faults import LARGEST, Fault
from streams.codecs.instants import epochs
from streams.codecs.texts import Bytes, Places, Texts
from streams.kernels.json_sample import LABELS, MEMBERS, TIMESTAMP, VALUE, samples

_ENOUGH = 64  # records: for fewer it is not worth it
_TRIES = 3  # to know all series of a run: what is learnt may take the place of what was known

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plain:
    """A sample a record, all of them gauges: `keys[index[i]]` had `value[i]` at epoch `at[i]`."""

    keys: Sequence[str]
    index: npt.NDArray[np.int32]
    at: Floats
    value: Floats


@runtime_checkable
class ReadsPlain(Protocol):
    """A codec that can read plain runs without an object a record."""

    def plain(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Plain | None:
        """The samples of a run just as `decode` gives them; None where it is not plain."""


class PlainJson:
    """Reads plain runs; `key_of` a record is asked for the series of what was not seen before."""

    def __init__(self, key_of: Callable[[bytes], str]) -> None:
        self._texts = Texts()
        self._key_of = key_of

    def read(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, latest: float
    ) -> Plain | None:
        """The samples of a run, None where it is not plain; `timestamps` are the records', ms."""
        if len(values) < _ENOUGH or None in values or not are_compiled():
            return None
        ends = np.fromiter(map(len, values), np.int64, len(values)).cumsum()  # type: ignore[arg-type]
        if np.diff(ends, prepend=0).max() > LARGEST:
            return None
        data = np.frombuffer(bytearray().join(values), np.uint8)  # type: ignore[arg-type]
        spans = np.full((len(ends), 2 * len(MEMBERS)), -1, np.int64)
        value, stamp = numbers = np.empty((2, len(ends)))
        if not samples(data, ends, spans, numbers):
            return None
        absent = spans[:, 2 * TIMESTAMP] < 0
        if absent.any():
            stamp[absent] = np.array(timestamps)[absent] / 1000.0
        _read_with_care(data, spans, value, VALUE)
        _read_with_care(data, spans, stamp, TIMESTAMP)
        at = epochs(stamp, latest=latest)
        found = self._found(values, data, spans[:, : 2 * LABELS + 2])
        if at is None or found is None or not np.isfinite(value).all():
            return None
        return Plain(*self._texts.dictionary(found), at, value)

    def _found(self, values: Sequence[bytes | None], data: Bytes, spans: Places) -> Places | None:
        """The number of each sample's series; None where one can have none."""
        for _ in range(_TRIES):
            found = self._texts.find(data, spans)
            unknown = np.flatnonzero(found < 0).tolist()
            if not unknown:
                return found
            try:
                self._learn([(spans[i].tolist(), values[i] or b"") for i in unknown], data)
            except (Fault, ValueError, RecursionError):  # to be told by who reads with care
                return None
        return None

    def _learn(self, records: Sequence[tuple[list[int], bytes]], data: Bytes) -> None:
        texts = data.tobytes()
        new = {
            (texts[first:last], texts[begin:end] if begin >= 0 else b""): record
            for (first, last, begin, end), record in records
        }
        for (name, labels), record in new.items():
            self._texts.learn(name, labels, self._key_of(record))


def _read_with_care(data: Bytes, spans: Places, numbers: Floats, what: int) -> None:
    """Read the numbers that are NaN as yet."""
    for place in np.flatnonzero(np.isnan(numbers)).tolist():
        begin, end = spans[place, 2 * what : 2 * what + 2]
        numbers[place] = float(bytes(data[begin:end]))
