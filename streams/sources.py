"""How far the source partitions of samples have been applied in one partition of them.

What a crash keeps from being committed is sent to `tocsin.samples` again, with other offsets
there. A sample's `order` is that of its source and the same each time: what is not beyond the
newest order applied is a repeat.
"""

import msgspec
import numpy as np
from msgspec import Struct

from streams.samples import Columns, chosen, last_order


class _Place(Struct, array_like=True):
    order: int  # the newest that was applied
    newest: float  # event time that was shown up to there, in epoch seconds


class Sources:
    """Source partition (`topic/0`) -> how far it has been applied."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    def fresh(self, columns: Columns) -> Columns | None:
        """What of a message was not applied before; it counts as applied from now on.

        Where a source :meth:`began_anew`, all of it is.
        """
        last = last_order(columns)
        if last < 0:
            return columns
        newest = _newest(columns)
        place = self._places.get(columns.source)
        if place is None or self.began_anew(columns):
            self._places[columns.source] = _Place(last, newest)
            return columns
        applied = place.order
        place.order, place.newest = max(applied, last), max(place.newest, newest)
        if last <= applied:
            return None
        histograms = [h for h in columns.histograms if h.position > applied]
        kept = columns.order > applied
        return (
            columns if kept.all() and not columns.histograms else chosen(columns, kept, histograms)
        )

    def began_anew(self, columns: Columns) -> bool:
        """Whether the source's topic was made anew, as a message shows: its offsets begin again.

        A repeat has nothing newer in event time than what was applied; this has.
        """
        place = self._places.get(columns.source)
        is_repeat = place is not None and -1 < last_order(columns) <= place.order
        return place is not None and is_repeat and _newest(columns) > place.newest

    def dump(self) -> bytes:
        """All of it, to be kept."""
        return msgspec.msgpack.encode(self._places)

    def load(self, kept: bytes) -> None:
        """Take back what :meth:`dump` gave."""
        self._places = msgspec.msgpack.decode(kept, type=dict[str, _Place])


def _newest(columns: Columns) -> float:
    of_samples = float(np.max(columns.at)) if len(columns.at) else 0.0
    return max(of_samples, max((h.at for h in columns.histograms), default=0.0))
