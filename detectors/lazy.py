"""A table of classes of which some are made only when somebody asks for one of them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class Lazy(Mapping[str, T]):
    """`known` things, and after them those of the names `later`, which `load` gives.

    To look at names loads nothing.

    >>> table = Lazy({"a": 1}, later=["b"], load=lambda: {"b": 2})
    >>> list(table), table["a"], table["b"]
    (['a', 'b'], 1, 2)
    """

    def __init__(
        self,
        known: Mapping[str, T],
        *,
        later: Collection[str],
        load: Callable[[], Mapping[str, T]],
    ) -> None:
        self._known = known
        self._later = later
        self._load = load

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._later

    def __getitem__(self, name: str) -> T:
        if name in self._known or name not in self._later:
            return self._known[name]
        return self._load()[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._known
        yield from self._later

    def __len__(self) -> int:
        return len(self._known) + len(self._later)
