"""The page budget: how many pages a person gets in an hour before the rest waits for a digest.

Every page to a person counts once, whatever number of contacts it goes to. What would be one too
many is held, and told by a digest (`routing/gathering.py`). Never held is the first page of a
distinct critical cause: the incident is critical, and no critical page of its group key went to
this person within the budget's period. Nor are acknowledgements, ends and retries held, which are
no pages.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from routing.alert import Severity
from routing.incident import Delivery, Incident, NotifyReason
from routing.policy import PageBudget, Policy
from routing.wording import counted, lasting

PAGES = frozenset(
    {
        NotifyReason.FIRST,
        NotifyReason.NEW_ALERTS,
        NotifyReason.REPEAT,
        NotifyReason.ESCALATED,
        NotifyReason.FLAPPING,
    }
)


class Page(Struct, frozen=True):
    """A page that a person got: of which group key, and whether it was critical."""

    at: datetime
    cause: str
    is_critical: bool = False


class Pages:
    """The pages that people got of late, by user, oldest first; `by_user` is state."""

    __slots__ = ("_budgets", "by_user")

    def __init__(self, by_user: dict[str, tuple[Page, ...]], policy: Policy) -> None:
        self.by_user = by_user
        self._budgets: dict[str, PageBudget] = {}
        for user in policy.users if not policy.is_compat else ():
            budget = user.page_budget or policy.page_budget
            if budget is not None:
                self._budgets[user.name] = budget
        for name in by_user.keys() - self._budgets.keys():
            del by_user[name]

    def holds(self, incident: Incident, new: Delivery, now: datetime) -> bool:
        """Whether a message has to wait for a digest; it is counted if not."""
        budget = self._budgets.get(new.user)
        if budget is None or new.reason not in PAGES:
            return False
        old = _to(incident, new)
        others = [d for d in incident.deliveries if d.user == new.user and d is not old]
        if old is None and others:  # one page, whatever number of contacts
            return all(one.is_held for one in others)
        if old is not None and not _is_settled(old):
            return False
        return not self._take(budget, incident, new, now)

    def frees(self, incident: Incident, held: Delivery, now: datetime) -> bool:
        """Whether what is held has become the first page of a distinct critical cause since."""
        budget = self._budgets.get(held.user)
        if budget is None or not held.is_held or held.is_released:
            return False
        return _is_first_critical(incident, self._recent(budget, held.user, now))

    def free_at(self, user: str, now: datetime) -> datetime:
        """When the person's budget allows another page, if nothing more comes."""
        budget = self._budgets.get(user)
        pages = self.by_user.get(user, ())
        if budget is None or len(pages) < budget.pages:
            return now
        return pages[-budget.pages].at + budget.per

    def digest_after(self, user: str) -> timedelta:
        """How long what is held for the person waits at most."""
        budget = self._budgets.get(user)
        return (budget or PageBudget()).digest_after

    def text(self, user: str) -> str:
        """Why a page is held."""
        budget = self._budgets[user]
        had = counted(len(self.by_user[user]), "page")
        return f"{user} had {had} in {lasting(budget.per)}, of {budget.pages}"

    def _take(self, budget: PageBudget, incident: Incident, new: Delivery, now: datetime) -> bool:
        """Count a page if the budget has one left, or if it must not wait."""
        pages = self._recent(budget, new.user, now)
        page = Page(now, incident.group_key, incident.severity is Severity.CRITICAL)
        if page in pages:
            return True
        is_urgent = bool(incident.digest_for) or _is_first_critical(incident, pages)
        if len(pages) >= budget.pages and not is_urgent:
            self.by_user[new.user] = tuple(pages)
            return False
        self.by_user[new.user] = (*pages, page)
        return True

    def _recent(self, budget: PageBudget, user: str, now: datetime) -> list[Page]:
        return [page for page in self.by_user.get(user, ()) if page.at > now - budget.per]


def _is_first_critical(incident: Incident, pages: Iterable[Page]) -> bool:
    """Whether it is critical, and no critical page of its cause is among these."""
    is_known = any(one.is_critical and one.cause == incident.group_key for one in pages)
    return incident.severity is Severity.CRITICAL and not is_known


def _to(incident: Incident, new: Delivery) -> Delivery | None:
    return next((one for one in incident.deliveries if one.contact == new.contact), None)


def _is_settled(delivery: Delivery) -> bool:
    """Whether nothing is lost if something newer takes the place of the message, and waits."""
    return delivery.is_held or (delivery.is_ended and not delivery.is_given_up)
