"""The answers that were taken, so that each is taken once."""

MOST = 10_000


class Taken:
    """The ids of the newest answers; the log itself knows those of a day.

    >>> taken = Taken(most=2)
    >>> [taken.add(id) for id in ("a", "b", "c")] and ["a" in taken, "b" in taken, "c" in taken]
    [False, True, True]
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._ids: dict[str, None] = {}
        self._most = most

    def add(self, id: str) -> None:
        """Remember one, and forget the oldest where there are too many."""
        self._ids[id] = None
        if len(self._ids) > self._most:
            del self._ids[next(iter(self._ids))]

    def __contains__(self, id: object) -> bool:
        return id in self._ids
