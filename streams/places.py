"""Where the series of one input are: their rows in each bank that watches them."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]
BankName = tuple[str, str]  # input and profile

_NOWHERE = -1


class Places:
    """Series -> its number here; and for each bank, number -> row, or -1 where it is not in it.

    `known`: the series that each bank has already. Where they are is known once they speak; those
    of groups are not among them.
    """

    def __init__(self, known: Iterable[Iterable[str]] = ()) -> None:
        self._unheard = [set(keys) for keys in known]
        self._number: dict[str, int] = {}
        self._free: list[int] = []
        self._rows: dict[BankName, Rows] = {}
        self._forgot_at: float | None = None  # those that no bank has

    def __len__(self) -> int:
        return len(self._number)

    @property
    def watched(self) -> int:
        """How many rows the series have, counted once a bank, and those not heard yet as well."""
        heard = sum(int(np.count_nonzero(rows >= 0)) for rows in self._rows.values())
        return heard + sum(map(len, self._unheard))

    def numbers(self, keys: Sequence[str]) -> Rows:
        """The numbers of series, -1 for those that are not known."""
        number = self._number
        try:
            return np.array([number[key] for key in keys], np.int32)
        except KeyError:
            return np.array([number.get(key, _NOWHERE) for key in keys], np.int32)

    def add(self, key: str, rows: Sequence[tuple[BankName, int]]) -> int:
        """Note where a series is; its number."""
        number = self._free.pop() if self._free else len(self._number)
        self._number[key] = number
        self._hear(key)
        for bank, row in rows:
            self._of(bank, number)[number] = row
        return number

    def forget(self, key: str) -> None:
        """A series is gone, from every bank."""
        self._hear(key)
        number = self._number.pop(key, None)
        if number is not None:
            self._free.append(number)
            for rows in self._rows.values():
                rows[number : number + 1] = _NOWHERE

    def _hear(self, key: str) -> None:
        for keys in self._unheard:
            keys.discard(key)

    def forget_unwatched(self, *, before: float, now: float) -> None:
        """Series in no bank are gone, unless that was done later than `before`.

        No bank says when they spoke last. The next sample of one that still lives makes it known;
        the others would count as series of their input for ever, and keep new ones out.
        """
        self._forgot_at = now if self._forgot_at is None else self._forgot_at
        if self._forgot_at >= before:
            return
        self._forgot_at = now
        watched = {number for rows in self._rows.values() for number in np.flatnonzero(rows >= 0)}
        for key in [key for key, number in self._number.items() if number not in watched]:
            self._free.append(self._number.pop(key))

    def rows(self, numbers: Rows) -> Iterator[tuple[BankName, Rows]]:
        """Each bank that has any of the series, and their rows in it."""
        for bank, of_bank in self._rows.items():
            if len(numbers) == 0:
                return
            if int(numbers.max()) >= len(of_bank):
                of_bank = self._of(bank, int(numbers.max()))
            rows = np.where(numbers >= 0, of_bank[numbers], np.int32(_NOWHERE))
            if (rows >= 0).any():
                yield bank, rows

    def _of(self, bank: BankName, number: int) -> Rows:
        rows = self._rows.get(bank)
        if rows is None or number >= len(rows):
            grown = np.full(max(64, 2 * number + 2), _NOWHERE, np.int32)
            if rows is not None:
                grown[: len(rows)] = rows
            rows = self._rows[bank] = grown
        return rows
