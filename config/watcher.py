"""Watchers: profiles as they find their series, and why one is chosen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from detectors.series import Series
from routing.labels import Labels, Matcher
from routing.matching import passes


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """A profile as it finds its series; all matchers must pass.

    `origin` is where it was written, `written` which of its settings where: a file and a line, or
    `shipped`.
    """

    name: str
    has_model: bool
    matchers: tuple[Matcher, ...]
    origin: str
    written: Mapping[str, str]

    def obstacle(self, labels: Labels) -> Matcher | None:
        """The first matcher that does not pass, None where the profile watches."""
        return next((matcher for matcher in self.matchers if not passes(matcher, labels)), None)


def labels_seen(series: Series, source: str, kind: str) -> Labels:
    """What matchers see: the series' labels, and `input`, `input_kind` and `name`."""
    return {**series.labels, "input": source, "input_kind": kind, "name": series.name}


def watched_by(
    watchers: Sequence[Watcher], kinds: Mapping[str, str]
) -> Callable[[str, Series], tuple[str, ...]]:
    """Which profiles watch a series: the first that matches without a model, the first with one.

    `kinds`: the kind of each input, by its name.
    """

    def profiles_of(source: str, series: Series) -> tuple[str, ...]:
        labels = labels_seen(series, source, kinds.get(source, "metrics"))
        return tuple(one.name for one in chosen(watchers, labels))

    return profiles_of


def chosen(watchers: Sequence[Watcher], labels: Labels) -> Iterator[Watcher]:
    """The watchers of a series, the one without a model first."""
    for has_model in (False, True):
        kind = (one for one in watchers if one.has_model is has_model)
        found = next((one for one in kind if one.obstacle(labels) is None), None)
        if found is not None:
            yield found
