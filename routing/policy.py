"""The policy: who is told, when and how, as one immutable value.

`config/build.py` makes it from YAML; it travels in the event log, so that a replay of the log knows
every policy that was ever in force.
"""

from datetime import datetime, time, timedelta
from typing import Literal

from msgspec import Struct, field

from routing.alert import Severity
from routing.intervals import TimeInterval
from routing.labels import Matcher
from routing.oncall.schedule import Layer as Layer
from routing.oncall.schedule import Override as Override
from routing.oncall.schedule import Schedule as Schedule


class Contact(Struct, frozen=True, order=True):
    """One address on one configured channel: `Contact("slack", "#ops")`."""

    channel: str
    address: str


class OnlyIf(Struct, frozen=True, kw_only=True):
    """A condition: all that is given must hold, of each list one item.

    Severities are the incident's, `during` are time intervals, and one firing alert must pass all
    of `match`.
    """

    severities: tuple[Severity, ...] = ()
    during: tuple[str, ...] = ()
    match: tuple[Matcher, ...] = ()


class Rule(Struct, frozen=True, kw_only=True):
    """How a person wants to be told by one contact: so long after the page, and when at all."""

    contact: Contact
    after: timedelta = timedelta(0)
    only_if: OnlyIf | None = None


class PageBudget(Struct, frozen=True, kw_only=True):
    """At most so many `pages` to a person `per` a time; more wait for a digest, at most so long."""

    pages: int = 10
    per: timedelta = timedelta(hours=1)
    digest_after: timedelta = timedelta(minutes=15)


class User(Struct, frozen=True, kw_only=True):
    """A person who can be paged: by `rules`, or by all of `contacts` at once where there are none.

    The contacts of the rules are among `contacts`. `page_budget` is theirs, where it is not that of
    the policy.
    """

    name: str
    contacts: tuple[Contact, ...]
    rules: tuple[Rule, ...] = ()
    full_name: str = ""
    time_zone: str = "UTC"
    page_budget: PageBudget | None = None


class Receiver(Struct, frozen=True, kw_only=True):
    """A named set of channels told as soon as a group notifies.

    Those in `unresolved` are told of no ends, where Alertmanager's timing is kept.
    """

    name: str
    contacts: tuple[Contact, ...] = ()
    unresolved: tuple[Contact, ...] = ()


class Target(Struct, frozen=True, kw_only=True):
    """Whom a level tells. `is_next`: not who is on call in the schedule, but who is so next."""

    kind: Literal["user", "schedule", "receiver"]
    name: str
    is_next: bool = False
    only_if: OnlyIf | None = None


class Level(Struct, frozen=True, kw_only=True):
    """Targets told together, and the wait before the next level.

    With `rotates` they take turns: each incident that comes to the level is told to the next one.
    """

    targets: tuple[Target, ...]
    wait: timedelta
    only_if: OnlyIf | None = None
    rotates: bool = False


class EscalationPolicy(Struct, frozen=True, kw_only=True):
    """Ordered levels, run through `1 + repeat` times until somebody acknowledges.

    An acknowledgement holds for `ack_expires`, for ever where that is None. `is_reassigned`: the
    first level is whom a person gave the incident to, and the others are the policy of before.
    """

    name: str
    levels: tuple[Level, ...]
    repeat: int = 0
    ack_expires: timedelta | None = None
    is_reassigned: bool = False


class Route(Struct, frozen=True, kw_only=True):
    """A node of the tree, with what it inherits already filled in by the builder.

    `group_by` of `("...",)` groups by all labels. `path` is the stable id of the node, part of
    every group key made under it. The route is quiet in its mute intervals, and outside its active
    ones where it has any; neither is inherited. `labels` go with its incidents, for whoever reads
    them; those of the parents are among them.
    """

    path: str
    receiver: str
    escalation: str | None = None
    matchers: tuple[Matcher, ...] = ()
    continues: bool = False
    group_by: tuple[str, ...] = ()
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta = timedelta(hours=4)
    mute_intervals: tuple[str, ...] = ()
    active_intervals: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    routes: tuple["Route", ...] = ()


class Silence(Struct, frozen=True, kw_only=True):
    """Matchers (all must match) that mute during [starts_at, ends_at).

    Each of `alternatives` is another set of matchers that will do. With `during` it mutes only
    inside one of these time intervals.
    """

    id: str
    matchers: tuple[Matcher, ...]
    alternatives: tuple[tuple[Matcher, ...], ...] = ()
    during: tuple[str, ...] = ()
    starts_at: datetime
    ends_at: datetime
    created_by: str = ""
    comment: str = ""


class Inhibition(Struct, frozen=True, kw_only=True):
    """A rule: while an alert fires that passes `source`, those that pass `target` are not told,
    where the labels `equal` have the same values in both.
    """

    name: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()


class RetryPlan(Struct, frozen=True, kw_only=True):
    """How often and how soon a temporarily failed notification is tried again."""

    attempts: int = 5
    first_wait: timedelta = timedelta(seconds=5)
    longest_wait: timedelta = timedelta(minutes=5)


class Heartbeat(Struct, frozen=True, kw_only=True):
    """An alert that has to come `every` so often; `labels` go with the alert that it did not."""

    name: str
    matchers: tuple[Matcher, ...]
    every: timedelta
    severity: Severity = Severity.CRITICAL
    labels: dict[str, str] = field(default_factory=dict)


class SignOfLife(Struct, frozen=True, kw_only=True):
    """A receiver that is told `every` so often that we live."""

    receiver: str
    every: timedelta = timedelta(minutes=5)


class CanaryPlan(Struct, frozen=True, kw_only=True):
    """A receiver that gets a test again and again, and within what time it has to be sent.

    `every` so often, or where `at` is given once a day at that local time.
    """

    receiver: str
    every: timedelta = timedelta(days=1)
    at: time | None = None
    time_zone: str = "UTC"
    within: timedelta = timedelta(minutes=10)


class Flapping(Struct, frozen=True, kw_only=True):
    """When an alert flaps: at its change number `changes` within `within`; and is `calm` again."""

    changes: int = 8
    within: timedelta = timedelta(hours=1)
    calm: timedelta = timedelta(minutes=15)


class Policy(Struct, frozen=True, kw_only=True):
    """Everything the engine needs to know. `digest` identifies the content.

    Without `flapping` nothing is held; old policies had none. `is_compat`: groups keep
    Alertmanager's timing, faults included.
    """

    digest: str
    route: Route
    receivers: tuple[Receiver, ...]
    users: tuple[User, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    escalations: tuple[EscalationPolicy, ...] = ()
    silences: tuple[Silence, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    intervals: tuple[TimeInterval, ...] = ()
    retry: RetryPlan = RetryPlan()
    flapping: Flapping | None = None
    page_budget: PageBudget | None = None
    heartbeats: tuple[Heartbeat, ...] = ()
    sign_of_life: SignOfLife | None = None
    canary: CanaryPlan | None = None
    is_compat: bool = False
    console_url: str = ""
