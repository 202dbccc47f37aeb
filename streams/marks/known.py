"""The series that workers know by now, and what is said of one that they do not."""

import asyncio
import difflib
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from config.marks.mark import labels_of
from config.matchers import show
from config.settings import Config
from detectors.records import is_of_row, series_of
from detectors.series import Series
from routing.labels import Matcher
from routing.matching import matches
from streams.keys import series_record
from streams.letters.reading import all_of
from streams.wiring import bank_tables

LOOK_S = 10.0  # a million series are gigabytes of state: who asks does not wait for them
_NEAR = 3


class Known(NamedTuple):
    """The series that were found, and whether they are all that there are."""

    series: frozenset[str]
    is_whole: bool

    def missing(self, series: Collection[str], matchers: Collection[Matcher]) -> str | None:
        """What is wrong with what somebody named, None where it is known, or nobody can tell."""
        if not self.is_whole or not self.series:
            return None
        unknown = next((one for one in series if one not in self.series), None)
        if unknown is not None:
            near = _near_series(unknown, self.series)
            return f"there is no series {unknown}{_or(near, self.series)}"
        if matchers and not any(matches(tuple(matchers), tags) for tags in self._labels()):
            return self._mismatch(matchers)
        return None

    def _labels(self) -> Iterator[dict[str, str]]:
        return (dict(labels_of(Series.parse(key))) for key in self.series)

    def _mismatch(self, matchers: Collection[Matcher]) -> str:
        for one in matchers:
            if not any(matches((one,), tags) for tags in self._labels()):
                values = {tags[one.name] for tags in self._labels() if one.name in tags}
                names = {name for tags in self._labels() for name in tags}
                near = [f'{one.name}="{value}"' for value in _near(one.value, values)]
                if values:
                    near_or_any = _or(near, [f'{one.name}="{value}"' for value in values])
                else:
                    near_or_any = _or(_near(one.name, names), names)
                return f"no series has {show(one)}{near_or_any}"
        return (
            f"no series passes all of {' '.join(map(show, matchers))}: one of them at a time does"
        )


async def known_series(consumer: Any, config: Config) -> Known:
    """The series in the saved state of workers, as far as they can be read in ten seconds."""
    found: set[str] = set()
    try:
        async with asyncio.timeout(LOOK_S):
            for table in bank_tables(config).values():
                topic = f"{config.topics.prefix}-{table}-changelog"
                async for record in all_of(consumer, topic):
                    _take(found, record)
    except TimeoutError:
        return Known(frozenset(found), is_whole=False)
    return Known(frozenset(found), is_whole=True)


def _take(found: set[str], record: Any) -> None:
    key = series_record(record.key or b"")
    if key is not None and is_of_row(key):
        (found.discard if record.value is None else found.add)(series_of(key))


def _near_series(key: str, known: Collection[str]) -> list[str]:
    """Known series nearly called so: of the same name, or else of names close to it."""
    name = key.partition("{")[0]
    names = {one.partition("{")[0] for one in known}
    close = {name} if name in names else set(_near(name, names))
    of_name = [one for one in sorted(known) if one.partition("{")[0] in close]
    return difflib.get_close_matches(key, of_name[:2000], n=_NEAR, cutoff=0.0)


def _near(text: str, known: Collection[str]) -> list[str]:
    return difflib.get_close_matches(text, sorted(known)[:2000], n=_NEAR)


def _or(near: Collection[str], known: Collection[str]) -> str:
    """What is near, or else some of those there are."""
    if near:
        return f"; near it: {', '.join(near)}"
    more = ", ..." if len(known) > _NEAR else ""
    return f"; there are: {', '.join(sorted(known)[:_NEAR])}{more}"
