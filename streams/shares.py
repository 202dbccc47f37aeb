"""What messages hold for one bank, joined to the arrays that a bank takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streams.samples import RECORD_BITS, Columns, last_order

Offsets = npt.NDArray[np.int64]
Observed = tuple[npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.float64], Offsets]


@dataclass(frozen=True, slots=True)
class Message:
    """Columns, and the offset at which they are read: None where they are the records' own."""

    columns: Columns
    at: int | None = None

    @property
    def offset(self) -> int:
        """The newest offset of the message."""
        return last_order(self.columns) >> RECORD_BITS if self.at is None else self.at

    def offsets(self, columns: Columns) -> Offsets:
        """The offset of each of the samples that were made of the message."""
        if self.at is None:
            return columns.order >> RECORD_BITS
        return np.full(len(columns.order), self.at)


class Share(NamedTuple):
    """A message, the offset of each sample, and the bank's row of each of its keys, or -1."""

    columns: Columns
    offsets: Offsets
    row_of: npt.NDArray[np.int32]


def joined(shares: Sequence[Share]) -> Observed:
    """Rows, times, values and offsets of all samples; by time, if they are of several sources."""
    parts = [_arrays(share) for share in shares]
    if len(parts) == 1:
        return parts[0]
    rows, at, value, offsets = (np.concatenate(column) for column in zip(*parts, strict=True))
    if len({share.columns.source for share in shares}) > 1:
        by_time = np.argsort(at, kind="stable")
        rows, at, value, offsets = rows[by_time], at[by_time], value[by_time], offsets[by_time]
    return rows, at, value, offsets


def _arrays(share: Share) -> Observed:
    columns = share.columns
    rows = share.row_of[columns.index]
    if int(share.row_of.min()) >= 0:
        return rows, columns.at, columns.value, share.offsets
    mine = rows >= 0
    return rows[mine], columns.at[mine], columns.value[mine], share.offsets[mine]
