"""All that is asked for, read: sources, and what could not be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace as replaced

from detectors.leeway import Said
from detectors.series import Series
from streams.backtest.files import Found, read_file
from streams.backtest.past import Past, Source, UnreadableSource
from streams.backtest.table import Asked


@dataclass(slots=True)
class Read:
    """The sources, each of its series under a key of its own, and why files were not read.

    `topic` is what they were read of, where it was no files. `said`: what people said of series,
    where there are marks.
    """

    sources: list[Source] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    topic: str = ""
    said: Said | None = None

    @property
    def samples(self) -> int:
        """How many samples there are, gaps included."""
        return sum(len(past.rows) for source in self.sources for past in source.pasts)


def read_files(files: Iterable[Found], asked: Asked) -> Read:
    """Read files; one that cannot be read does not keep the others from it."""
    read = Read()
    for found in files:
        try:
            read.sources.append(read_file(found, asked))
        except UnreadableSource as error:
            read.unreadable[found.place] = str(error)
    return read


def keyed(sources: Sequence[Source]) -> list[tuple[str, Source, Past]]:
    """Every series with a key that no other has: where files repeat one, their place tells."""
    counts: dict[str, int] = {}
    for source in sources:
        for past in source.pasts:
            counts[past.series.key] = counts.get(past.series.key, 0) + 1
    return [
        (_told_apart(past.series, source.place, counts).key, source, past)
        for source in sources
        for past in source.pasts
    ]


def _told_apart(series: Series, place: str, counts: dict[str, int]) -> Series:
    if counts[series.key] == 1:
        return series
    return replaced(series, labels={**series.labels, "file": place})
