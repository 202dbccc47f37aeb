"""Samples of more series than an input may have: counted by the minute, as one more series."""

from collections.abc import Mapping

import msgspec
import numpy as np

from detectors.series import series_key
from streams.samples import Columns

NAME = "overflow"
_MINUTE_S = 60.0


class Overflow:
    """Input -> the end of its present minute of event time, and the samples counted in it."""

    def __init__(self) -> None:
        self._minutes: dict[str, tuple[float, int]] = {}

    def add(self, source_input: str, *, at: float, samples: int) -> tuple[float, int] | None:
        """Count samples. When the minute before is over: its end and how many there were.

        >>> overflow = Overflow()
        >>> overflow.add("shop", at=61.0, samples=5)
        >>> overflow.add("shop", at=125.0, samples=1)
        (120.0, 5)
        """
        end = (at // _MINUTE_S + 1) * _MINUTE_S
        before = self._minutes.get(source_input)
        if before is None or before[0] >= end:
            end, count = before or (end, 0)
            self._minutes[source_input] = (end, count + samples)
            return None
        self._minutes[source_input] = (end, samples)
        return before

    def dump(self) -> bytes:
        """All of it, to be kept."""
        return msgspec.msgpack.encode(self._minutes)

    def load(self, kept: bytes) -> None:
        """Take back what :meth:`dump` gave."""
        self._minutes = msgspec.msgpack.decode(kept, type=dict[str, tuple[float, int]])


def overflow_key(labels: Mapping[str, str], partition: int) -> str:
    """The series of an input's overflow in one partition."""
    return series_key(NAME, {**labels, "partition": str(partition)})


def as_columns(like: Columns, key: str, minute: tuple[float, int]) -> Columns:
    """A minute's count as a sample, at the place of the newest that was there."""
    return Columns(
        like.input, like.source, like.reached, [key], np.zeros(1, np.int32),
        np.array([minute[0]]), np.array([float(minute[1])]), like.order[-1:],
    )  # fmt: skip
