"""Paths of a record that lead to one name: of two numbers of one series at one instant one is lost.

Costs something only for records of which two paths have been seen to give the same name.
"""

from collections.abc import Sequence

_MOST_NAMES = 100_000  # that are remembered


class Merging:
    """Which path gave each name, and the names that several gave."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}
        self._shared: dict[str, tuple[str, str]] = {}

    def learn(self, name: str, path: str) -> None:
        """A name, when it is first made of a path."""
        if len(self._paths) > _MOST_NAMES:
            self._paths.clear()
        first = self._paths.setdefault(name, path)
        if first != path:
            self._shared.setdefault(name, (first, path))

    def tell(self, names: Sequence[str], merged: dict[str, tuple[str, str]]) -> None:
        """Put the names into `merged` that one record has several times, each with two paths.

        >>> merging, merged = Merging(), {}
        >>> for path in ("cpu.busy", "mem.busy", "mem.free"):
        ...     merging.learn(path.partition(".")[2], path)
        >>> merging.tell(["busy", "free"], merged)
        >>> merged
        {}
        >>> merging.tell(["busy", "busy", "free"], merged)
        >>> merged
        {'busy': ('cpu.busy', 'mem.busy')}
        """
        if self._shared and len(set(names)) < len(names):
            merged.update(
                (name, paths) for name, paths in self._shared.items() if names.count(name) > 1
            )
