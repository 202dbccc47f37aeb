"""Warnings about labels that look misspelt.

Labels come with the data, so no list of them is complete; but a label that is written once, and
nearly like one that is known, is a typo more often than not.
"""

import difflib
from collections import Counter
from collections.abc import Iterator

from config.documents import Document, Loc
from config.models.root import RootModel
from config.models.routing import RouteModel
from config.watching import SEVERITIES
from routing.labels import Matcher

_ALWAYS = frozenset({"name", "input", "input_kind", "severity", "profile", "series"})
_CLOSE = 0.8


def warn_of_typos(document: Document, root: RootModel) -> None:
    """Note label names close to a known one, and severities that do not exist."""
    uses = list(_uses(root))
    counts = Counter(name for _, name in uses)
    known = _declared(root) | {name for name, count in counts.items() if count > 1}
    for loc, name in uses:
        others = known - {name}
        close = difflib.get_close_matches(name, others, n=1, cutoff=_CLOSE)
        if name not in known and close:
            message = f'the label "{name}" stands nowhere else (did you mean "{close[0]}"?)'
            document.report(document.place_of(loc), loc, message, is_warning=True)
    for loc, matcher in _matchers(root):
        _check_severity(document, loc, matcher)


def _check_severity(document: Document, loc: Loc, matcher: Matcher) -> None:
    if matcher.name == "severity" and matcher.op in {"=", "!="} and matcher.value not in SEVERITIES:
        close = difflib.get_close_matches(matcher.value, SEVERITIES, n=1)
        meant = f' (did you mean "{close[0]}"?)' if close else ""
        message = f'no alert of ours has the severity "{matcher.value}"{meant}'
        document.report(document.place_of(loc), loc, message, is_warning=True)


def _declared(root: RootModel) -> set[str]:
    declared = set(_ALWAYS)
    for item in root.inputs:
        declared |= {*item.labels, *item.partition_by}
    for profile in root.profiles:
        declared |= {*profile.labels, *profile.by}
    return declared


def _uses(root: RootModel) -> Iterator[tuple[Loc, str]]:
    for loc, matcher in _matchers(root):
        yield loc, matcher.name
    for loc, route in _routes(root.route, ("route",)):
        for i, label in enumerate(route.group_by or ()):
            if label != "...":
                yield (*loc, "group_by", i), label
    for i, rule in enumerate(root.inhibitions):
        for j, label in enumerate(rule.equal):
            yield ("inhibitions", i, "equal", j), label


def _matchers(root: RootModel) -> Iterator[tuple[Loc, Matcher]]:
    for i, profile in enumerate(root.profiles):
        for j, matcher in enumerate(profile.match):
            yield ("profiles", i, "match", j), matcher
    for loc, route in _routes(root.route, ("route",)):
        for j, matcher in enumerate(route.match):
            yield (*loc, "match", j), matcher
    for i, rule in enumerate(root.inhibitions):
        for side in ("source", "target"):
            for j, matcher in enumerate(getattr(rule, side)):
                yield ("inhibitions", i, side, j), matcher
    for i, silence in enumerate(root.silences):
        for j, matcher in enumerate(silence.match):
            yield ("silences", i, "match", j), matcher
        for k, matchers in enumerate(silence.or_match):
            for j, matcher in enumerate(matchers):
                yield ("silences", i, "or_match", k, j), matcher


def _routes(route: RouteModel, loc: Loc) -> Iterator[tuple[Loc, RouteModel]]:
    yield loc, route
    for i, child in enumerate(route.routes):
        yield from _routes(child, (*loc, "routes", i))
