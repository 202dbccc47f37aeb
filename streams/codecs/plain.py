"""Runs that nothing is wrong or special with, read without a Python object for each sample.

A shape tells where in the bytes of a run the samples are (`streams/kernels/`); each has two texts
that say which series it is of, a number, and maybe a timestamp in numbers. What it takes to read
any other run is in the codec of its format, which gives the same for these.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import are_compiled
from streams.codecs.faults import LARGEST, Fault
from streams.codecs.instants import epochs
from streams.codecs.texts import Bytes, Places, Texts

_ENOUGH = 1024  # bytes: for fewer it is not worth it
_SMALLEST, _LARGEST = sys.float_info.min, sys.float_info.max  # of numbers without a loss
_TRIES = 3  # to know all series of a run: what is learnt may take the place of what was known

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plain:
    """Samples, all of them gauges: `keys[index[i]]` had `value[i]` at epoch second `at[i]`.

    `position` is that of the sample's record in its run.
    """

    keys: Sequence[str]
    index: npt.NDArray[np.int32]
    at: Floats
    value: Floats
    position: Places


@runtime_checkable
class ReadsPlain(Protocol):
    """A codec that can read plain runs without an object a record."""

    def plain(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Plain | None:
        """The samples of a run just as `decode` gives them; None where it is not plain."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """Where samples are: `texts` (n, 4) begin and end of both texts, -1 for none.

    `value` and `stamp` are their numbers, and `written` (n, 2) where a value begins and ends that
    is NaN and has to be read with more care. So are stamps if `stamps_written` is given, which has
    -1 for those that are not written; without it a stamp of -1 is none.
    """

    texts: Places
    value: Floats
    written: Places
    stamp: Floats
    position: Places
    stamps_written: Places | None = None

    def is_without_stamp(self) -> npt.NDArray[np.bool_]:
        """Which samples say no time; a producer may well write -1 as one, which is absurd."""
        is_absent: npt.NDArray[np.bool_] = (
            self.stamp == -1.0 if self.stamps_written is None else self.stamps_written[:, 0] < 0
        )
        return is_absent


Shape = Callable[[Bytes, Places], Shaped | None]
"""Tells the samples of records by their bytes and where each ends; None: they are not plain."""


class PlainRuns:
    """Reads plain runs; `key_of` two texts that were not seen before is asked for their series.

    It raises Fault or ValueError where there is none.
    """

    def __init__(self, shape: Shape, key_of: Callable[[bytes, bytes], str]) -> None:
        self._shape = shape
        self._key_of = key_of
        self._texts = Texts()

    def read(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, latest: float
    ) -> Plain | None:
        """The samples of a run, None where it is not plain; `timestamps` are the records', ms."""
        if not values or None in values or not are_compiled():
            return None
        ends = np.fromiter(map(len, values), np.int64, len(values)).cumsum()  # type: ignore[arg-type]
        if ends[-1] < _ENOUGH or np.diff(ends, prepend=0).max() > LARGEST:
            return None
        data = np.frombuffer(bytearray().join(values), np.uint8)  # type: ignore[arg-type]
        shaped = self._shape(data, ends)
        if shaped is None or not len(shaped.value):
            return None
        if not _read_with_care(data, shaped.written, shaped.value):
            return None
        if shaped.stamps_written is not None:
            _read_with_care(data, shaped.stamps_written, shaped.stamp)
        absent = shaped.is_without_stamp()
        if absent.any():
            shaped.stamp[absent] = np.array(timestamps)[shaped.position[absent]] / 1000.0
        at, found = epochs(shaped.stamp, latest=latest), self._found(data, shaped.texts)
        if at is None or found is None:
            return None
        return Plain(*self._texts.dictionary(found), at, shaped.value, shaped.position)

    def _found(self, data: Bytes, texts: Places) -> Places | None:
        """The number of each sample's series; None where one can have none."""
        for _ in range(_TRIES):
            found = self._texts.find(data, texts)
            unknown = np.flatnonzero(found < 0)
            if not len(unknown):
                return found
            try:
                self._learn(data.tobytes(), texts[unknown].tolist())
            except (Fault, ValueError, TypeError, RecursionError):  # told by who reads with care
                return None
        return None

    def _learn(self, data: bytes, texts: Sequence[Sequence[int]]) -> None:
        for first, second in dict.fromkeys(
            (data[a:b], data[c:d] if c >= 0 else b"") for a, b, c, d in texts
        ):
            self._texts.learn(first, second, self._key_of(first, second))


def _read_with_care(data: Bytes, written: Places, numbers: Floats) -> bool:
    """Read the numbers that are NaN as yet; whether all are such as nobody refuses."""
    for place in np.flatnonzero(np.isnan(numbers)).tolist():
        begin, end = written[place]
        numbers[place] = number = float(bytes(data[begin:end]))
        if not _SMALLEST <= abs(number) <= _LARGEST:
            return False
    return True
