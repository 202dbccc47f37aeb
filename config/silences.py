"""The silences of a configuration."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from config.documents import Document, Loc
from config.models.routing import SilenceModel
from config.names import once, refer
from config.spans import check_span
from routing.labels import Matcher
from routing.matching import matches
from routing.policy import Silence

ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
"""When a silence that recurs begins and ends, where it does not say."""


def build_silences(document: Document, given: Sequence[SilenceModel]) -> tuple[Silence, ...]:
    """The silences, in order; what is wrong goes into the document."""
    ids = [(("silences", i, "id"), silence.id) for i, silence in enumerate(given)]
    once(document, ids, "silence")
    return tuple(_silence(document, silence, ("silences", i)) for i, silence in enumerate(given))


def _silence(document: Document, given: SilenceModel, loc: Loc) -> Silence:
    starts_at, ends_at = given.starts_at or ALWAYS[0], given.ends_at or ALWAYS[1]
    _check_when(document, given, loc)
    check_span(document, starts_at, ends_at, loc)
    for at, matchers in _sets(given, loc):
        if all(matches([matcher], {}) for matcher in matchers):
            message = "silences everything: at least one matcher must name a value"
            document.report(document.place_of(at), at, message)
    return Silence(
        id=given.id,
        matchers=tuple(given.match),
        alternatives=tuple(tuple(one) for one in given.or_match),
        during=tuple(dict.fromkeys(given.during)),
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=given.created_by,
        comment=given.comment,
    )


def _check_when(document: Document, given: SilenceModel, loc: Loc) -> None:
    for i, name in enumerate(given.during):
        refer(document, (*loc, "during", i), "time_intervals", name)
    for key in ("starts_at", "ends_at"):
        if getattr(given, key) is None and not given.during:
            message = f'"{key}" is missing: only a silence with `during` is for ever'
            document.report(document.key_of(loc), loc, message)


def _sets(given: SilenceModel, loc: Loc) -> Iterator[tuple[Loc, list[Matcher]]]:
    yield (*loc, "match"), given.match
    for i, matchers in enumerate(given.or_match):
        yield (*loc, "or_match", i), matchers
