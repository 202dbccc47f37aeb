"""Series by pairs of texts, as bytes that producers send again and again."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from streams.kernels.texts import SEED, enter, find, hashed, numbered

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_FEWEST = 1 << 10  # slots
_MOST = 1_000_000  # pairs known at the most
_MOST_BYTES = 256 << 20  # and of theirs


class Texts:
    """Which series a pair of texts is: known from :meth:`learn` on, until there are too many."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._keys: list[str] = []
        self._number: dict[str, int] = {}
        self._count = self._size = 0
        self._slots = np.full(_FEWEST, -1, np.int32)
        self._hashes = np.zeros(_FEWEST // 2, np.int64)
        self._places = np.zeros((4, _FEWEST // 2), np.int64)
        self._kept = np.zeros(_FEWEST, np.uint8)
        self._place = np.full(_FEWEST // 2, -1, np.int32)

    def find(self, data: Bytes, spans: Places) -> Places:
        """Numbers of series, -1 for unknown ones, by where in `data` the texts begin and end."""
        found = np.empty(len(spans), np.int64)
        find(data, spans, self._slots, self._hashes, self._places, self._kept, found)
        return found

    def learn(self, first: bytes, second: bytes, key: str) -> None:
        """A pair is this series. What :meth:`find` gave before may not hold any more."""
        if self._count >= _MOST or self._size >= _MOST_BYTES:
            self._forget()
        texts = np.frombuffer(bytearray(first + second), np.uint8)
        self._make_room(len(texts))
        number = self._number.setdefault(key, len(self._keys))
        if number == len(self._keys):
            self._keys.append(key)
        entry = self._count
        self._kept[self._size : self._size + len(texts)] = texts
        told = hashed(hashed(SEED, texts, 0, len(first)), texts, len(first), len(texts))
        self._hashes[entry] = told
        self._places[:, entry] = self._size, len(first), len(second), number
        self._count, self._size = entry + 1, self._size + len(texts)
        enter(self._slots, self._hashes, entry, self._count)

    def dictionary(self, found: Places) -> tuple[Sequence[str], npt.NDArray[np.int32]]:
        """The different series of numbers, and which of them each is."""
        index, first = np.empty((2, len(found)), np.int32)
        count = numbered(found, self._place, index, first)
        return [self._keys[number] for number in first[:count].tolist()], index

    def _make_room(self, size: int) -> None:
        while self._size + size > len(self._kept):
            self._kept = np.concatenate((self._kept, np.zeros_like(self._kept)))
        if self._count < len(self._hashes):
            return
        more = len(self._hashes)
        self._hashes = np.concatenate((self._hashes, np.zeros(more, np.int64)))
        self._places = np.concatenate((self._places, np.zeros((4, more), np.int64)), axis=1)
        self._place = np.full(2 * more, -1, np.int32)
        self._slots = np.full(4 * more, -1, np.int32)
        enter(self._slots, self._hashes, 0, self._count)
