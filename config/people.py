"""Users, schedules and escalation policies, with their references checked."""

from datetime import datetime

from config.documents import Document, Loc
from config.models.people import (
    ContactModel,
    EscalationModel,
    TargetModel,
    UserModel,
)
from config.models.root import RootModel
from config.names import refer
from config.oncall.schedules import build_schedules
from config.quiet import build_budget
from config.zones import zone
from routing.oncall.schedule import Schedule
from routing.policy import (
    Contact,
    EscalationPolicy,
    Level,
    Target,
    User,
)


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
            full_name=user.full_name or name,
            time_zone=zone(self._document, user.time_zone, loc).key,
            page_budget=build_budget(self._root, user.page_budget),
        )

    def contacts(self, contacts: list[ContactModel], loc: Loc) -> tuple[Contact, ...]:
        """Addresses, on channels that exist; the same one twice is told once."""
        for i, contact in enumerate(contacts):
            refer(self._document, (*loc, i, "channel"), "channels", contact.channel)
        return tuple(dict.fromkeys(Contact(c.channel, c.address) for c in contacts))

    def schedules(self) -> tuple[Schedule, ...]:
        """Who is on call when."""
        return build_schedules(self._document, self._root, self._now)

    def escalations(self) -> tuple[EscalationPolicy, ...]:
        """Who is told after whom."""
        return tuple(self._escalation(name, e) for name, e in self._root.escalations.items())

    def _escalation(self, name: str, escalation: EscalationModel) -> EscalationPolicy:
        loc: Loc = ("escalations", name)
        if name == "none":
            self._document.report(
                self._document.key_of(loc), loc, '"none" means no escalation: take another name'
            )
        levels = tuple(
            Level(
                targets=tuple(
                    self._target(target, (*loc, "levels", i, "targets", j))
                    for j, target in enumerate(level.targets)
                ),
                wait=level.wait,
            )
            for i, level in enumerate(escalation.levels)
        )
        return EscalationPolicy(name=name, levels=levels, repeat=escalation.repeat)

    def _target(self, target: TargetModel, loc: Loc) -> Target:
        if target.user is not None:
            refer(self._document, (*loc, "user"), "users", target.user)
            return Target(kind="user", name=target.user)
        if target.schedule is not None:
            refer(self._document, (*loc, "schedule"), "schedules", target.schedule)
            return Target(kind="schedule", name=target.schedule)
        name = target.receiver or ""
        refer(self._document, (*loc, "receiver"), "receivers", name)
        return Target(kind="receiver", name=name)
