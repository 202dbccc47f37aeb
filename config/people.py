"""Users, schedules and escalation policies, with their references checked."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from config.documents import Document, Loc
from config.models.people import (
    ContactModel,
    EscalationModel,
    LayerModel,
    OverrideModel,
    ScheduleModel,
    TargetModel,
    UserModel,
)
from config.models.root import RootModel
from config.names import refer
from config.zones import zone
from routing.policy import (
    Contact,
    EscalationPolicy,
    Layer,
    Level,
    Override,
    Schedule,
    Target,
    User,
)


class People:
    """Builds the sections about people; what is wrong goes into the document."""

    def __init__(self, document: Document, root: RootModel) -> None:
        self._document = document
        self._root = root

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
        )

    def contacts(self, contacts: list[ContactModel], loc: Loc) -> tuple[Contact, ...]:
        """Addresses, on channels that exist; the same one twice is told once."""
        for i, contact in enumerate(contacts):
            refer(self._document, (*loc, i, "channel"), "channels", contact.channel)
        return tuple(dict.fromkeys(Contact(c.channel, c.address) for c in contacts))

    def schedules(self) -> tuple[Schedule, ...]:
        """Who is on call when."""
        return tuple(self._schedule(name, s) for name, s in self._root.schedules.items())

    def _schedule(self, name: str, schedule: ScheduleModel) -> Schedule:
        loc: Loc = ("schedules", name)
        home = zone(self._document, schedule.time_zone, loc)
        return Schedule(
            name=name,
            time_zone=home.key,
            layers=tuple(
                self._layer(layer, home, (*loc, "layers", i))
                for i, layer in enumerate(schedule.layers)
            ),
            overrides=tuple(
                self._override(override, (*loc, "overrides", i))
                for i, override in enumerate(schedule.overrides)
            ),
        )

    def _layer(self, layer: LayerModel, home: ZoneInfo, loc: Loc) -> Layer:
        for i, user in enumerate(layer.users):
            self._refer_user(user, (*loc, "users", i))
        handoff = layer.handoff or time(0, 0)
        return Layer(
            users=tuple(layer.users),
            starts_at=_start(layer.starts_at, handoff, home),
            turn=layer.turn,
            handoff=handoff,
        )

    def _override(self, override: OverrideModel, loc: Loc) -> Override:
        self._refer_user(override.user, (*loc, "user"))
        self.check_span(override.starts_at, override.ends_at, loc)
        return Override(user=override.user, starts_at=override.starts_at, ends_at=override.ends_at)

    def check_span(self, starts_at: datetime, ends_at: datetime, loc: Loc) -> None:
        """Note an end that is not after its start."""
        if ends_at <= starts_at:
            place = self._document.place_of((*loc, "ends_at"))
            self._document.report(place, (*loc, "ends_at"), "must be later than starts_at")

    def _refer_user(self, name: str, loc: Loc) -> None:
        refer(self._document, loc, "users", name)

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


def _start(at: datetime | date, handoff: time, home: ZoneInfo) -> datetime:
    """When a layer begins, in UTC."""
    if not isinstance(at, datetime):
        at = datetime.combine(at, handoff)
    return (at if at.tzinfo else at.replace(tzinfo=home)).astimezone(UTC)
