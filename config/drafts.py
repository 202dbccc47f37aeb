"""Drafts: silences and overrides that a person asks for, checked before they are in force."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from config.errors import Wrong, did_you_mean
from config.marks.mark import new_id
from config.matchers import parse_matcher
from config.silences import ALWAYS
from routing.labels import Matcher
from routing.matching import matches
from routing.oncall.schedule import Override
from routing.policy import Policy, Silence

LONGEST = timedelta(days=366)
FURTHEST = timedelta(days=3660)
USUAL = timedelta(hours=1)
_PART = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')


class Draft(Struct, frozen=True, kw_only=True):
    """What a person says of a silence; what is left out is as it was, or as usual."""

    matchers: tuple[Matcher, ...] = ()
    alternatives: tuple[tuple[Matcher, ...], ...] = ()
    during: tuple[str, ...] = ()
    lasts: timedelta | None = None
    starts_at: datetime | None = None
    by: str
    note: str = ""

    def silence(self, old: Silence | None, now: datetime) -> Silence:
        """The silence, or `old` as it is to be from now on; one that is over begins anew.

        Raises `Wrong` where it would begin years from now.
        """
        is_live = old is not None and old.ends_at > now
        base = old or Silence(
            id=new_id("silence", self.by, now), matchers=(), starts_at=now, ends_at=now
        )
        sets = self._sets(base)
        made = replace(
            base,
            matchers=sets[0],
            alternatives=tuple(sets[1:]),
            during=self.during or base.during,
            starts_at=self.starts_at or (base.starts_at if is_live else now),
            created_by=self.by,
            comment=self.note or base.comment,
        )
        return replace(made, ends_at=self._end(made, now, is_live=is_live))

    def _sets(self, base: Silence) -> list[tuple[Matcher, ...]]:
        given = self.matchers or self.alternatives
        others = self.alternatives if given else base.alternatives
        return [one for one in (self.matchers or base.matchers, *others) if one] or [()]

    def _end(self, made: Silence, now: datetime, *, is_live: bool) -> datetime:
        begins = self.starts_at or max(made.starts_at, now)
        if begins > now + FURTHEST:
            raise Wrong("the start is too far away: it must lie within ten years")
        if self.lasts is not None:
            return begins + self.lasts
        if is_live:
            return made.ends_at
        return ALWAYS[1] if made.during else begins + USUAL


def parse_set(text: str) -> tuple[Matcher, ...]:
    """Matchers that all must hold, with commas between them. Raises `Wrong`.

    >>> [one.name for one in parse_set('team="shop", env!=test')]
    ['team', 'env']
    """
    found = tuple(parse_matcher(part.strip()) for part in _PART.findall(text) if part.strip())
    if not found:
        raise Wrong("no matcher is given, such as service=checkout")
    return found


def check_silence(draft: Silence, policy: Policy, now: datetime) -> None:
    """Raises `Wrong` with what has to be put right."""
    sets = (draft.matchers, *draft.alternatives)
    if any(matches(matchers, {}) for matchers in sets):
        raise Wrong("this silences everything: at least one matcher must name a value")
    known = {one.name for one in policy.intervals}
    for name in draft.during:
        _check_name("time interval", name, known)
    length = draft.ends_at - draft.starts_at
    if length <= timedelta() or (length > LONGEST and not draft.during):
        raise Wrong("a silence lasts above zero and at most a year")
    if draft.ends_at <= now:
        raise Wrong("this is over already: its end must be still to come")


def check_override(draft: Override, policy: Policy, now: datetime) -> None:
    """Raises `Wrong` with what has to be put right."""
    _check_name("schedule", draft.schedule, {one.name for one in policy.schedules})
    users = {user.name for user in policy.users}
    for name in (draft.user, draft.replaces):
        if name:
            _check_name("user", name, users)
    if draft.is_swap and not draft.replaces:
        raise Wrong("a swap is between two people")
    if draft.user == draft.replaces:
        raise Wrong(f"{draft.user} cannot stand in for {draft.user}: name two people")
    if draft.ends_at <= max(draft.starts_at, now):
        raise Wrong("its end must be later than its start, and still to come")
    if draft.starts_at < ALWAYS[0] or draft.ends_at >= ALWAYS[1]:
        raise Wrong("its start and end must lie in the years from 1970 to 9998")


def _check_name(noun: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        meant = did_you_mean(name, known) or f"; there are: {', '.join(sorted(known)) or 'none'}"
        raise Wrong(f'there is no {noun} "{name}"{meant}')
