"""The directory: names in a policy turned into contacts. A missing name is said, never raised."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from routing.intervals import TimeInterval
from routing.oncall.replacement import with_overrides
from routing.oncall.schedule import Override, Schedule
from routing.oncall.shifts import next_on_call, on_call
from routing.policy import Contact, EscalationPolicy, OnlyIf, Policy, Target


class Addressee(NamedTuple):
    """A contact, and the user it belongs to where there is one; when that user wants it."""

    contact: Contact
    user: str = ""
    after: timedelta = timedelta(0)
    only_if: OnlyIf | None = None


class Answer(Struct, frozen=True):
    """Whom a name stands for, and the sentences to say where it stands for nobody."""

    addressees: tuple[Addressee, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()

    @classmethod
    def merged(cls, answers: "Iterable[Answer]") -> "Answer":
        """All of them together, each contact once: a user's rather than a receiver's, the sooner
        one first.
        """
        told: dict[Contact, Addressee] = {}
        problems: list[tuple[str, str]] = []
        for answer in answers:
            problems += answer.problems
            for one in answer.addressees:
                known = told.get(one.contact)
                if known is None or (not known.user, known.after) > (not one.user, one.after):
                    told[one.contact] = one
        return cls(tuple(told.values()), tuple(problems))


class Directory:
    """Look-ups in one policy; overrides made by command are laid over its schedules."""

    __slots__ = ("_escalations", "_intervals", "_receivers", "_schedules", "_users", "policy")

    def __init__(self, policy: Policy, overrides: Sequence[Override] = ()) -> None:
        self.policy = policy
        self._receivers = {receiver.name: receiver for receiver in policy.receivers}
        self._users = {user.name: user for user in policy.users}
        self._schedules = {one.name: with_overrides(one, overrides) for one in policy.schedules}
        self._intervals = {interval.name: interval for interval in policy.intervals}
        self._escalations = {plan.name: plan for plan in policy.escalations}

    def escalation(self, name: str) -> EscalationPolicy | None:
        """The escalation policy of that name."""
        return self._escalations.get(name)

    def schedules(self) -> tuple[Schedule, ...]:
        """All schedules, with the overrides that were made by command."""
        return tuple(self._schedules.values())

    def interval(self, name: str) -> TimeInterval | None:
        """The time interval of that name."""
        return self._intervals.get(name)

    def receiver(self, name: str) -> Answer:
        """The receiver's contacts; those of the root route where there is no such receiver."""
        receiver = self._receivers.get(name)
        if receiver is not None:
            return Answer(tuple(Addressee(contact) for contact in receiver.contacts))
        fallback = self._receivers.get(self.policy.route.receiver)
        contacts = fallback.contacts if fallback is not None else ()
        text = f"There is no receiver {name!r}; the receiver of the root route is told instead."
        return Answer(tuple(map(Addressee, contacts)), (("no_receiver", text),))

    def unresolved(self, name: str) -> tuple[Contact, ...]:
        """The receiver's contacts that are told of no ends."""
        receiver = self._receivers.get(name)
        return receiver.unresolved if receiver is not None else ()

    def knows(self, target: Target) -> bool:
        """Whether the policy has what a target names."""
        known: dict[str, Collection[str]] = {
            "user": self._users,
            "schedule": self._schedules,
            "receiver": self._receivers,
        }
        return target.name in known[target.kind]

    def target(self, target: Target, at: datetime) -> Answer:
        """The contacts a target stands for at `at`."""
        if target.kind == "user":
            return self._user(target.name)
        if target.kind == "receiver":
            return self._plain_receiver(target.name)
        schedule = self._schedules.get(target.name)
        if schedule is None:
            return Answer((), (("no_schedule", f"There is no schedule {target.name!r}."),))
        user = _next(schedule, at) if target.is_next else on_call(schedule, at)
        if not user:
            when = "next" if target.is_next else "now"
            text = f"Nobody is on call {when} in schedule {target.name!r}."
            return Answer((), (("nobody_on_call", text),))
        return self._user(user)

    def _user(self, name: str) -> Answer:
        user = self._users.get(name)
        if user is None:
            return Answer((), (("no_user", f"There is no user {name!r}."),))
        if not user.contacts:
            return Answer((), (("no_contact", f"User {name!r} has no contact."),))
        if not user.rules:
            return Answer(tuple(Addressee(contact, name) for contact in user.contacts))
        rules = (Addressee(rule.contact, name, rule.after, rule.only_if) for rule in user.rules)
        return Answer(tuple(rules))

    def _plain_receiver(self, name: str) -> Answer:
        receiver = self._receivers.get(name)
        if receiver is None:
            return Answer((), (("no_receiver", f"There is no receiver {name!r}."),))
        return Answer(tuple(Addressee(contact) for contact in receiver.contacts))


def _next(schedule: Schedule, at: datetime) -> str:
    shift = next_on_call(schedule, at)
    return shift.user if shift is not None else ""
