"""The form of a silence: from the words in its fields to a draft, and back."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from msgspec.structs import replace

from config.drafts import Draft, check_silence
from config.errors import Wrong
from config.marks.mark import NOTE_LIMIT
from config.matchers import parse_matcher, show
from console import handing
from routing.channels.text import clean
from routing.incident import Incident
from routing.labels import Matcher
from routing.policy import Policy, Silence

LASTS: Mapping[str, timedelta] = MappingProxyType(
    {**handing.LASTS, "1 week": timedelta(weeks=1), "4 weeks": timedelta(weeks=4)}
)
AS_IT_IS = "as it is"
"""Leaves the end where it was."""

NO_END = "no end"
"""Of a silence that recurs."""

_ID = re.compile(r"[0-9A-Za-z._-]{1,80}", re.ASCII)


def silence_of(
    fields: Mapping[str, str], old: Silence | None, policy: Policy, now: datetime, *, by: str
) -> Silence:
    """The silence that a form asks for. Raises `Wrong` with what has to be put right."""
    lasts = fields.get("lasts", "") or AS_IT_IS
    during = tuple(name for name in fields.get("during", "").splitlines() if name.strip())
    if lasts not in LASTS and lasts != (NO_END if old is None else AS_IT_IS):
        raise Wrong("for how long is missing: choose it")
    if lasts == NO_END and not during:
        raise Wrong("a silence without hours has an end: choose for how long")
    id_ = old.id if old is not None else fields.get("id", "")
    if not _ID.fullmatch(id_) and old is None:
        raise Wrong("this page was out of date: begin again with a new silence")
    sets = _sets(fields.get("match", ""))
    if not sets:
        raise Wrong("which alerts is missing: write a matcher, such as service=checkout")
    draft = Draft(
        matchers=sets[0],
        alternatives=sets[1:],
        lasts=LASTS.get(lasts),
        starts_at=_instant(fields.get("starts_at", "")),
        by=by,
        note=clean(fields.get("note", ""), NOTE_LIMIT),
    )
    base = None if old is None else replace(old, during=during)
    made = replace(draft, during=during).silence(base, now)
    check_silence(made, policy, now)
    return replace(made, id=id_)


def which(silence: Silence) -> list[str]:
    """The sets of matchers, each of which will do, as text."""
    sets = (silence.matchers, *silence.alternatives)
    return [clean(", ".join(map(show, matchers)), 500) for matchers in sets]


def fields_of(silence: Silence) -> dict[str, str]:
    """The fields that say what a silence is."""
    sets = (silence.matchers, *silence.alternatives)
    return {
        "match": "\n\n".join("\n".join(map(show, matchers)) for matchers in sets),
        "during": "\n".join(silence.during),
        "lasts": AS_IT_IS,
        "note": silence.comment,
    }


def fields_about(incident: Incident) -> dict[str, str]:
    """The fields of a silence of what makes up an incident."""
    labels = incident.group_labels or common_labels(incident)
    tests = (Matcher(name=name, op="=", value=value) for name, value in sorted(labels.items()))
    return {"match": "\n".join(map(show, tests)), "lasts": "1 hour"}


def common_labels(incident: Incident) -> dict[str, str]:
    """The labels that all of its alerts have."""
    first, *rest = [alert.labels for alert in incident.alerts.values()] or [{}]
    return {n: v for n, v in first.items() if all(labels.get(n) == v for labels in rest)}


def _sets(text: str) -> tuple[tuple[Matcher, ...], ...]:
    """Matchers one a line; an empty line begins another set that will do."""
    parts = re.split(r"\n[^\S\n]*\n", text.replace("\r", ""))
    lines = ([line.strip() for line in part.split("\n") if line.strip()] for part in parts)
    return tuple(tuple(map(parse_matcher, one)) for one in lines if one)


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Wrong("the start is a date and time such as 2026-12-24T22:00") from error
