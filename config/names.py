"""References between sections: a name that is used must be defined."""

from collections.abc import Collection, Iterable

from config.documents import Document, Loc
from config.errors import did_you_mean


def refer(document: Document, loc: Loc, section: str, name: str) -> None:
    """Note a name that the section does not define."""
    defined = document.data.get(section)
    known = defined if isinstance(defined, dict) else {}
    check_name(document, loc, section.removesuffix("s"), name, known)


def check_name(document: Document, loc: Loc, kind: str, name: str, known: Collection[str]) -> None:
    """Note a name that is not among the known ones."""
    if name in known:
        return
    meant = did_you_mean(name, known)
    if not meant:
        meant = f"; there are: {', '.join(sorted(known)[:12])}" if known else "; none are defined"
    document.report(document.place_of(loc), loc, f'there is no {kind} "{name}"{meant}')


def once(document: Document, items: Iterable[tuple[Loc, str]], kind: str) -> None:
    """Note every name that an earlier item of a list has taken."""
    first: dict[str, Loc] = {}
    for loc, name in items:
        if name in first:
            place = document.place_of(first[name])
            document.report(
                document.place_of(loc),
                loc,
                f'the {kind} "{name}" is already in {place.file}:{place.line}:{place.column}',
            )
        first.setdefault(name, loc)
