"""A sitting: samples of the rows of a store, judged round by round."""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from detectors import evidence, picture
from detectors.anomaly import Anomaly
from detectors.detector import Floats
from detectors.looks import Witness
from detectors.rounds import Runs
from detectors.sharing import Sharing
from detectors.state import Index, State
from detectors.store import Store
from detectors.watch import Watch

Told = list[tuple[int, Anomaly]]
"""Anomalies, each with the position in the chunk of the sample that told it."""

_TOLD = ("opened_at", "severity", "worst", "last_at", "at_once")  # of a gate
_TILE = 4096  # rows of a round: their columns stay in the cache


class Case(NamedTuple):
    """Samples by row, each newer than those before it: times and values in that order."""

    chunk: Runs
    at: Floats
    value: Floats


class Sitting:
    """Judges rows of `store`, whose series are those that `key` gives."""

    def __init__(
        self,
        watch: Watch,
        store: Store,
        key: Callable[[int], str],
        *,
        sharing: Sharing | None = None,
        witness: Witness | None = None,
    ) -> None:
        """`sharing`: what rows are granted; None: nothing. `witness` sees how samples looked."""
        self.watch = watch
        self.store = store
        self.key = key
        self._sharing = sharing
        self._witness = witness
        self._detectors = [detector.name for detector in watch.profile.detectors]

    def rounds(self, case: Case) -> Iterator[Told]:
        """Judge the samples of a case and learn from them; what each round tells."""
        for tile in case.chunk.tiles(_TILE):
            yield from self._rounds(tile, case)

    def subject(
        self, rows: Index, gates: State, i: int, used: int | None = None
    ) -> evidence.Subject:
        """The series of the i-th of rows; `used` of its picture, where it is lent."""
        row = int(rows[i])
        if used is None:
            used = int(self.store.columns("picture")["used"][row])
        ring = self.store.cells("picture", rows[i : i + 1])["points"].values()[0]
        told = {name: gates[name][i] for name in _TOLD}
        points = picture.points(ring, used, float(told["last_at"]))
        return evidence.Subject(self.key(row), self.watch.profile.name, told, points)

    def _rounds(self, tile: Runs, case: Case) -> Iterator[Told]:
        sharing, loan = self._sharing, self.store.lend(tile.rows)
        is_all = len(tile.rows) == len(case.at)  # in a single round, in their order
        for places in tile.rounds():
            loan.narrow(len(places))
            when, rows = case.at if is_all else case.at.take(places), tile.rows[: len(places)]
            look, turn = self.watch.step(
                loan.states,
                when,
                case.value if is_all else case.value.take(places),
                None if sharing is None else sharing.granted(rows, when),
                None if sharing is None else sharing.levels(rows),
            )
            gates, drawn, _, stands = loan.states[len(self._detectors) + 1 :][:4]
            if self._witness is not None:
                self._witness(rows, look, gates)
            told: Told = []
            if turn is not None:
                for i in np.flatnonzero(turn.any()).tolist():
                    subject = self.subject(rows, gates, i, int(drawn["used"][i]))
                    closed = bool(turn.closed[i])
                    seen = evidence.seen(
                        subject, look, i, self._detectors, stands=stands, closed=closed
                    )
                    told.append((int(tile.order[places[i]]), seen))
            yield told
        loan.give_back()


def in_order(told: Told) -> list[Anomaly]:
    """Anomalies in the order of the samples that told them."""
    return [anomaly for _, anomaly in sorted(told, key=itemgetter(0))]
