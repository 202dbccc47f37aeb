"""Users and their contacts, with their references checked."""

from collections.abc import Sequence
from datetime import datetime

from config.documents import Document, Loc
from config.escalations import build_escalations, only_if
from config.models.people import ContactModel, UserContactModel, UserModel
from config.models.root import RootModel
from config.names import refer
from config.oncall.schedules import build_schedules
from config.quiet import build_budget
from config.zones import zone
from routing.oncall.schedule import Schedule
from routing.policy import Contact, EscalationPolicy, Rule, User


class People:
    """Builds the sections about people; what is wrong goes into the document."""

    def __init__(self, document: Document, root: RootModel, now: datetime | None = None) -> None:
        self._document = document
        self._root = root
        self._now = now

    def users(self) -> tuple[User, ...]:
        """The people who can be paged."""
        return tuple(self._user(name, user) for name, user in self._root.users.items())

    def _user(self, name: str, user: UserModel) -> User:
        loc: Loc = ("users", name)
        return User(
            name=name,
            contacts=self.contacts(user.contacts, (*loc, "contacts")),
            rules=self._rules(user.contacts, (*loc, "contacts")),
            full_name=user.full_name or name,
            time_zone=zone(self._document, user.time_zone, loc).key,
            page_budget=build_budget(self._root, user.page_budget),
        )

    def _rules(self, contacts: Sequence[UserContactModel], loc: Loc) -> tuple[Rule, ...]:
        """How the person wants to be told, where it is not by all contacts at once."""
        rules = [
            Rule(
                contact=Contact(contact.channel, contact.address),
                after=contact.after,
                only_if=only_if(self._document, contact.only_if, (*loc, i, "only_if")),
            )
            for i, contact in enumerate(contacts)
        ]
        is_plain = all(not rule.after and rule.only_if is None for rule in rules)
        return () if is_plain else tuple(rules)

    def contacts(self, contacts: Sequence[ContactModel], loc: Loc) -> tuple[Contact, ...]:
        """Addresses, on channels that exist; the same one twice is told once."""
        for i, contact in enumerate(contacts):
            refer(self._document, (*loc, i, "channel"), "channels", contact.channel)
        return tuple(dict.fromkeys(Contact(c.channel, c.address) for c in contacts))

    def schedules(self) -> tuple[Schedule, ...]:
        """Who is on call when."""
        return build_schedules(self._document, self._root, self._now)

    def escalations(self) -> tuple[EscalationPolicy, ...]:
        """Who is told after whom."""
        return build_escalations(self._document, self._root.escalations)
