"""Flapping: an alert that comes and goes again and again is told once, until it is calm.

An alert flaps from its change number `changes` within `within` on, where a change is an end, or
coming back. From then on its ends are held: its incident stays open, whoever was told hears once
that it flaps, and nobody hears of it coming back. It is calm when it has not changed for `calm`;
an end that was held is told then, with what that cost: how much later, and for how many pages less.

What fires is never held, so that no first page is late. The price is that an incident seems open
for up to `calm` longer than it is, and that an escalation goes on meanwhile.
"""

from datetime import datetime
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace

from routing.alert import Alert
from routing.dues import Dues
from routing.policy import Flapping


class Flap(Struct, frozen=True, kw_only=True):
    """How an alert came and went of late.

    `changes` are the newest ones that count. Since `since` it flaps; it has changed `count` times
    meanwhile, and come back `returns` times. `end` is its end, while that is held.
    """

    is_firing: bool
    changes: tuple[datetime, ...] = ()
    since: datetime | None = None
    count: int = 0
    returns: int = 0
    end: Alert | None = None

    @property
    def changed_at(self) -> datetime:
        """The newest change."""
        return self.changes[-1]


class Flaps:
    """The alerts that came or went of late, by fingerprint in the order of their newest change.

    `by_fingerprint` is state. Those that do not flap are forgotten when their newest change is
    older than `within`, so that what is remembered is bounded by what changes. Nothing is calm
    before `now`, whatever an edit of `plan` says.
    """

    __slots__ = ("_calm", "_plan", "by_fingerprint")

    def __init__(
        self, by_fingerprint: dict[str, Flap], plan: Flapping | None, now: datetime | None
    ) -> None:
        self.by_fingerprint = by_fingerprint
        self._plan = plan
        calm = (plan or Flapping()).calm  # so that ends which are held are told in any case
        flapping = {fp: flap for fp, flap in by_fingerprint.items() if flap.since is not None}
        calm_at = {fp: flap.changed_at + calm for fp, flap in flapping.items()}
        self._calm = Dues({fp: max(at, now or at) for fp, at in calm_at.items()})

    def note(self, fp: str, alert: Alert, now: datetime, *, was_firing: bool) -> Flap | None:
        """Note the newest form of an alert. What it is now, if it flaps, else None.

        `was_firing` says how it stood, where nothing is remembered of it.
        """
        if self._plan is None:
            self._let_go(fp, alert)
            return None
        self._forget(now - self._plan.within)
        old = self.by_fingerprint.get(fp)
        if (old.is_firing if old is not None else was_firing) is alert.is_firing:
            return old if old is not None and old.since is not None else None
        if old is None and alert.is_firing:
            return None
        return self._change(self._plan, fp, old, alert, now)

    def flapping(self, fp: str) -> Flap | None:
        """How the alert flaps, if it does."""
        flap = self.by_fingerprint.get(fp)
        return flap if flap is not None and flap.since is not None else None

    def next_calm(self) -> datetime | None:
        """The instant at which the first alert will be calm."""
        return self._calm.first()

    def take_calm(self, now: datetime) -> tuple[datetime, str, Flap] | None:
        """The first alert that is calm by `now`, since when, and how it flapped."""
        found = self._calm.take(now)
        return None if found is None else (*found, self.by_fingerprint.pop(found[1]))

    def _change(
        self, plan: Flapping, fp: str, old: Flap | None, alert: Alert, now: datetime
    ) -> Flap | None:
        kept = [at for at in (old.changes if old else ()) if at > now - plan.within]
        changes = (*kept, now)[-plan.changes :]
        since = old.since if old else None
        if since is None and len(changes) >= plan.changes:
            since = now
        flap = Flap(is_firing=alert.is_firing, changes=changes, since=since)
        if since is not None:
            flap = _flapping(flap, old, alert)
            self._calm.put(fp, now + plan.calm)
        self.by_fingerprint.pop(fp, None)
        self.by_fingerprint[fp] = flap
        return flap if since is not None else None

    def _let_go(self, fp: str, alert: Alert) -> None:
        """Nothing is held any more: an end that was is past, whatever is said of the alert now."""
        flap = self.flapping(fp)
        if flap is not None:
            self.by_fingerprint[fp] = replace(flap, is_firing=alert.is_firing, end=None)

    def _forget(self, before: datetime) -> None:
        known = self.by_fingerprint
        if not known:
            return
        for fp in list(takewhile(lambda one: self._is_old(known[one], before), known)):
            del known[fp]

    @staticmethod
    def _is_old(flap: Flap, before: datetime) -> bool:
        return flap.since is None and flap.changed_at <= before


def _flapping(flap: Flap, old: Flap | None, alert: Alert) -> Flap:
    count, returns = (old.count, old.returns) if old is not None else (0, 0)
    is_back = alert.is_firing and old is not None and old.end is not None
    end = None if alert.is_firing else alert
    return replace(flap, count=count + 1, returns=returns + is_back, end=end)
