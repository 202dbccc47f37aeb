"""A state machine over the engine: whatever people, channels and restarts do, nothing is lost."""

from collections.abc import Iterable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from routing.effect import Explain, Notify, Publish
from routing.engine import Engine
from routing.event import ExpireSilence, ReceiptSeen
from routing.incident import Incident, IncidentState, NotifyReason
from routing.receipt import DeliveryStatus
from tests.routing.test_engine_properties import DEFAULTS, KINDS, RARER, World, answer
from tests.scenarios.story import minutes, seconds

WAITS = st.sampled_from([0.0, 0.5, 7.0, 31.0, 130.0, 301.0, 4000.0])
ENDINGS = (DeliveryStatus.SENT, DeliveryStatus.FAILED_TEMPORARY, DeliveryStatus.FAILED_PERMANENT)
SMALL = st.integers(0, 5)


class Incidents(RuleBasedStateMachine):
    """Alerts, receipts, commands, silences, edits and restarts, in any order."""

    @initialize(which=st.integers(0, len(DEFAULTS) - 1), ending=st.sampled_from(ENDINGS))
    def begin(self, which: int, ending: DeliveryStatus) -> None:
        self.world = World(DEFAULTS[which], edits=DEFAULTS)
        self.ending = ending
        self.world.run([(0.0, "fire", 0, 1), (31.0, "fire", 4, 1)])

    @rule(wait=WAITS, kind=st.sampled_from(KINDS + RARER), a=SMALL, b=SMALL)
    def happens(self, wait: float, kind: str, a: int, b: int) -> None:
        self.world.run([(wait, kind, a, b)])

    @rule()
    def restarts(self) -> None:
        self.world.engine = Engine.restore(self.world.engine.snapshot())

    @invariant()
    def at_most_one_incident_of_a_group_is_open(self) -> None:
        keys = [one.group_key for one in self.world.engine.incidents() if is_open(one)]
        assert len(set(keys)) == len(keys)

    @invariant()
    def nothing_is_overdue(self) -> None:
        due = self.world.engine.next_wake()
        assert due is None or due > self.world.now

    @invariant()
    def a_taken_incident_stays_at_its_level(self) -> None:
        before: dict[str, Incident] = {}
        for incident in published(self.world.effects):
            known = before.get(incident.id)
            if incident.state is IncidentState.ACKNOWLEDGED:
                assert incident.escalate_at is None
                assert known is None or known.level == incident.level
            before[incident.id] = incident

    def teardown(self) -> None:
        world = self.world
        for id_ in ("s0", "s1"):
            world.note(world.engine.handle(ExpireSilence(id_), world.now))
        for _ in range(40):
            self._settle()
        for incident in world.engine.incidents():
            if incident.state is IncidentState.OPEN and not is_muted(incident):
                assert is_heard(incident) or self._is_given_up(incident), incident
        self._everybody_who_was_told_is_told_of_the_end()

    def _settle(self) -> None:
        """A minute passes, and every message at hand is answered."""
        world = self.world
        world.now += minutes(1)
        world.note(world.engine.wake(world.now))
        for told in [world.waiting.pop(0) for _ in range(len(world.waiting))]:
            event = ReceiptSeen(answer(told, self.ending))
            world.log.append(event)
            world.note(world.engine.handle(event, world.now + seconds(1)))
        world.now += seconds(1)

    def _is_given_up(self, incident: Incident) -> bool:
        """Whether nobody is left, a mute holds it back, or the next attempt is planned."""
        said = [
            one.reason
            for one in self.world.effects
            if isinstance(one, Explain) and one.incident_id == incident.id
        ]
        is_held = said[-1] in ("silenced", "inhibited")
        return "nobody_left" in said or is_held or any(d.retry_at for d in incident.deliveries)

    def _everybody_who_was_told_is_told_of_the_end(self) -> None:
        world = self.world
        delivered = set()
        for entry in world.log:
            if isinstance(entry, ReceiptSeen) and entry.receipt.status is DeliveryStatus.SENT:
                delivered.add((entry.receipt.incident_id, entry.receipt.contact))
        world.run([(400.0, "end", host, 1) for host in range(6)])
        world.note(world.engine.wake(world.now + minutes(60)))
        ended = {
            (one.notification.incident.id, one.notification.contact)
            for one in world.effects
            if isinstance(one, Notify) and one.notification.reason is NotifyReason.RESOLVED
        }
        assert delivered <= ended


def published(effects: Iterable[object]) -> Iterable[Incident]:
    return (effect.incident for effect in effects if isinstance(effect, Publish))


def is_open(incident: Incident) -> bool:
    return incident.state is not IncidentState.RESOLVED


def is_muted(incident: Incident) -> bool:
    """Whether all of it was muted when it was looked at last."""
    mutes = [m.kind for m in incident.timeline if m.kind in ("silenced", "unsilenced")]
    return bool(mutes) and mutes[-1] == "silenced"


def is_heard(incident: Incident) -> bool:
    return any(d.sent_at is not None for d in incident.deliveries)


TestIncidents = Incidents.TestCase
TestIncidents.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
