"""The routing engine: events in, effects out, and the instant at which it wants to be woken.

It reads no clock and does no I/O. Timers are carried out at the instant they were due, before the
event that reveals that they are over, so that effects depend on the log alone: not on how often
somebody calls `wake`, nor on snapshots taken in between. Assumes that `now` never goes back; where
it does, it is taken for the latest instant seen.

Within one instant of one incident the order of effects is: explanations, `Publish` when it changed,
then its notifications, which all carry the incident as published.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import takewhile

import msgspec

from routing import commands, compat, delivery, escalation, flush, silences
from routing.alert import Alert
from routing.directory import Directory
from routing.effect import Effect, Explain, Notify, Publish
from routing.event import (
    Acknowledge,
    AlertSeen,
    Event,
    ExpireSilence,
    PolicyChanged,
    ReceiptSeen,
    Resolve,
    SetSilence,
    Tick,
)
from routing.fingerprint import fingerprint
from routing.group import Group, earliest
from routing.groups import Groups
from routing.incident import Incident
from routing.inhibition import Inhibitions
from routing.intake import Place, new_group, places, put_alert
from routing.lease import Lease, Leases, merged
from routing.policy import Policy, Silence
from routing.receipt import Receipt
from routing.routes import Tree
from routing.silences import Silences, SilenceState
from routing.state import State, read
from routing.turn import Turn

REMEMBERED = timedelta(hours=24)  # a finder is back long before
Act = Callable[[Turn, Group], None]


class Engine:
    """Decides who is told what, when. See the module for its promises."""

    def __init__(self, policy: Policy) -> None:
        self._begin(State(policy=policy))

    @classmethod
    def restore(cls, data: bytes) -> "Engine":
        """The engine as it was when `snapshot` made these bytes. Raises `SnapshotError`."""
        engine = cls.__new__(cls)
        engine._begin(read(data))
        return engine

    def snapshot(self) -> bytes:
        """Everything needed to go on later as if nothing had happened, as JSON."""
        return msgspec.json.encode(self._state)

    def handle(self, event: Event, now: datetime) -> list[Effect]:
        """Take an event that the log has at `now`."""
        now = self._advance(now)
        self._take(event, now)
        self._run(now)
        return self._effects

    def wake(self, now: datetime) -> list[Effect]:
        """Carry out what has become due by `now`."""
        self._advance(now)
        return self._effects

    def next_wake(self) -> datetime | None:
        """The instant at which something is due next."""
        return earliest(self._groups.next_due(), self._leases.next_end())

    def incidents(self) -> tuple[Incident, ...]:
        """The incidents not yet forgotten, oldest first."""
        return tuple(group.incident for group in self._state.groups.values())

    def _begin(self, state: State) -> None:
        self._state = state
        self._effects: list[Effect] = []
        self._read_policy()
        self._groups = Groups(state.groups, self._inhibitions)
        self._leases = Leases(state.leases)

    def _read_policy(self) -> None:
        policy = self._state.policy
        self._directory = Directory(policy)
        self._tree = Tree(policy.route)
        self._compat = self._state.compat if policy.is_compat else None
        self._inhibitions = Inhibitions(policy.inhibitions)
        self._read_silences()

    def _read_silences(self) -> None:
        written, made = self._state.policy.silences, self._state.silences
        self._silences = Silences(written, made, self._directory.interval)

    # -- time ---------------------------------------------------------------------------------

    def _advance(self, now: datetime) -> datetime:
        self._effects = []
        now = self._state.at = max(self._state.at or now, now)
        self._run(now)
        return now

    def _run(self, now: datetime) -> None:
        """Everything due by `now`, each at its own instant; alerts end before groups look."""
        while (due := self.next_wake()) is not None and due <= now:
            if (ended := self._leases.take_ended(due)) is not None:
                self._end_of_lease(*ended)
            elif (next_one := self._groups.take_due(due)) is not None:
                self._step(due, next_one[1], _carry_out)

    def _end_of_lease(self, due: datetime, fp: str) -> None:
        holding = self._groups.holding(fp)
        if holding:
            alert = holding[0].incident.alerts[fp]
            self._end(fp, msgspec.structs.replace(alert, ends_at=due), holding, due)

    def _step(self, now: datetime, group: Group, act: Act, *, is_new: bool = False) -> None:
        """Let one group act at one instant, and say what came of it."""
        before = None if is_new else group.incident
        turn = Turn(self._directory, self._silences, self._inhibitions, now, self._compat)
        act(turn, group)
        if self._compat is None:
            group.plan_repeats(now)
        is_shown = not compat.is_ghost(turn, group)
        self._effects += turn.explained if is_shown else ()
        if group.incident is not before:
            group.change(version=before.version + 1 if before else 1)
            self._effects += [Publish(group.incident)] if is_shown else []
        for contact in turn.wished:
            self._effects.append(Notify(delivery.notification(turn, group.incident, contact)))
        self._groups.put(group)
        if flush.is_finished(group, turn):
            self._groups.forget(group)
        self._release(now)

    def _release(self, now: datetime) -> None:
        """What an alert muted that has ended is looked at again when its group may speak next."""
        released = self._inhibitions.released
        if not released:
            return
        for name in sorted(released) if self._compat is None else ():
            for group in self._groups.muted(name):
                group.join(now)
                self._groups.put(group)
        released.clear()

    def _explain(self, at: datetime, reason: str, text: str, **about: str) -> None:
        self._effects.append(Explain(at=at, reason=reason, text=text, **about))

    # -- events -------------------------------------------------------------------------------

    def _take(self, event: Event, now: datetime) -> None:
        match event:
            case AlertSeen(alert=alert, anomaly=anomaly, is_timeout=is_timeout):
                fp = fingerprint(alert.labels)
                if self._is_news(anomaly, fp, alert, now):
                    if not anomaly:  # whose end is an instant of the data, on its clock
                        alert = self._leased(fp, alert, now, is_timeout=is_timeout)
                    self._see(fp, alert, now)
            case Acknowledge() | Resolve():
                self._command(event, now)
            case ReceiptSeen(receipt=receipt):
                self._receive(receipt, now)
            case SetSilence(silence=silence):
                self._set_silence(silence, now)
            case ExpireSilence(id=id_):
                self._expire(id_, now)
            case PolicyChanged(policy=policy):
                self._state.policy = policy
                self._read_policy()
                self._groups.inhibit(self._inhibitions)
                self._silence(self._state.silences, now)
                if self._compat is not None:
                    self._reload(now)
                self._explain(now, "policy_changed", f"Policy {policy.digest} is in force.")
            case Tick():
                pass

    def _is_news(self, anomaly: str, fp: str, alert: Alert, now: datetime) -> bool:
        """False for what is told again of an anomaly that has ended; its end is remembered."""
        ended = self._state.ended
        if anomaly in ended:
            text = "This anomaly has ended: it was told again, nothing is new."
            self._explain(now, "repeated", text, fingerprint=fp)
            return False
        if anomaly and not alert.is_firing:
            ended[anomaly] = now
            self._forget_ended(now - REMEMBERED)
        return True

    def _forget_ended(self, before: datetime) -> None:
        ended = self._state.ended
        for anomaly in list(takewhile(lambda one: ended[one] < before, ended)):
            del ended[anomaly]

    def _leased(self, fp: str, alert: Alert, now: datetime, *, is_timeout: bool) -> Alert:
        """The alert, merged with what it was; one whose end lies ahead fires until then."""
        lease = self._state.leases.get(fp)
        for group in (self._groups.holding(fp) or self._ended_in(fp, alert))[:1]:
            alert = merged(group.incident.alerts[fp], lease, alert, now)
        if alert.ends_at is None or alert.ends_at <= now:
            self._leases.drop(fp)
            return alert
        self._leases.put(fp, Lease(alert.ends_at, is_timeout))
        return msgspec.structs.replace(alert, ends_at=None)

    def _ended_in(self, fp: str, alert: Alert) -> list[Group]:
        """Where an ended alert still lies; with Alertmanager's timing only it waits for a tick."""
        if self._compat is None:
            return []
        found = (self._groups.open(key) for key in places(self._tree, alert).by_key)
        return [one for one in found if one is not None and fp in one.incident.alerts]

    def _see(self, fp: str, alert: Alert, now: datetime) -> None:
        """An alert stays in the incidents it is in, unless its severity leads it elsewhere."""
        holding = self._groups.holding(fp)
        if not alert.is_firing:
            self._end(fp, alert, holding, now)
            return
        if holding and all(g.incident.alerts[fp].severity is alert.severity for g in holding):
            for group in holding:
                self._put(group, fp, alert, now)
            return
        found = places(self._tree, alert)
        if not found.is_routed:
            text = "No route matches: the root route takes it."
            self._explain(now, "no_route", text, fingerprint=fp)
        for group in holding:
            if group.incident.group_key not in found.by_key:
                gone = msgspec.structs.replace(alert, ends_at=now)
                self._put(group, fp, gone, now, why="rerouted")
        for key, place in found.by_key.items():
            self._join(key, place, fp, alert, now)

    def _end(self, fp: str, alert: Alert, holding: list[Group], now: datetime) -> None:
        self._state.closed.pop(fp, None)
        holding = holding or self._ended_in(fp, alert)
        for group in holding:
            self._put(group, fp, alert, now)
        if not holding and self._compat is not None:
            for key, place in places(self._tree, alert).by_key.items():
                self._join(key, place, fp, alert, now)
        elif not holding:
            text = "It ended, and no open incident holds it."
            self._explain(now, "nothing_open", text, fingerprint=fp)

    def _join(self, key: str, place: Place, fp: str, alert: Alert, now: datetime) -> None:
        if self._is_closed(key, fp, alert):
            text = "A person resolved its incident: it opens nothing until it ends and fires again."
            self._explain(now, "closed_by_person", text, fingerprint=fp)
            return
        group = self._groups.open(key)
        if group is not None:
            self._put(group, fp, alert, now)
            return
        group, act = new_group(key, place, fp, alert, self._directory, self._state.sequence, now)
        self._state.sequence += 1
        if self._compat is not None:
            compat.begin(group, self._compat, now)
        self._step(now, group, act, is_new=True)
        self._hold(group, fp, now)

    def _put(self, group: Group, fp: str, alert: Alert, now: datetime, why: str = "") -> None:
        self._step(now, group, lambda turn, group: put_alert(turn, group, fp, alert, why))
        if self._compat is not None:
            compat.join(group, alert.starts_at, now)
            self._groups.put(group)
        self._hold(group, fp, now)

    def _hold(self, group: Group, fp: str, now: datetime) -> None:
        self._groups.hold(group, [fp])
        self._release(now)

    def _is_closed(self, key: str, fp: str, alert: Alert) -> bool:
        started = self._state.closed.get(fp, {}).get(key)
        if started is None:
            return False
        if alert.starts_at <= started:
            return True
        del self._state.closed[fp][key]
        return False

    def _command(self, command: Acknowledge | Resolve, now: datetime) -> None:
        group = self._state.groups.get(command.incident_id)
        if group is None:
            self._unknown(command.incident_id, now)
            return
        if isinstance(command, Acknowledge):
            self._step(now, group, lambda turn, group: commands.acknowledge(turn, group, command))
            return
        firing = commands.still_firing(group.incident)
        for fp, started in firing.items():
            self._state.closed.setdefault(fp, {})[group.incident.group_key] = started
        self._step(now, group, lambda turn, group: commands.resolve(turn, group, command))

    def _receive(self, receipt: Receipt, now: datetime) -> None:
        group = self._state.groups.get(receipt.incident_id)
        if group is None:
            self._unknown(receipt.incident_id, now)
            return
        self._step(now, group, lambda turn, group: _take_receipt(turn, group, receipt))

    def _unknown(self, incident_id: str, now: datetime) -> None:
        text = f"Incident {incident_id} is not known: it was over long ago, or never was."
        self._explain(now, "unknown_incident", text, incident_id=incident_id)

    def _silence(self, made: dict[str, Silence], now: datetime) -> None:
        """Other silences are in force: look again at every group that one of them mutes."""
        self._state.silences = silences.kept(self._state.policy.silences, made, now)
        self._read_silences()
        for group in self._groups.muted() if self._compat is None else ():
            group.flush_by(now)
            self._groups.put(group)

    def _reload(self, now: datetime) -> None:
        compat.forget_old(self._state.compat, now)
        for group in self._state.groups.values():
            compat.reload(group, now)
            self._groups.put(group)

    def _set_silence(self, silence: Silence, now: datetime) -> None:
        old = self._silences.get(silence.id)
        is_edit = old is not None and silences.state(old, now) is not SilenceState.EXPIRED
        self._silence({**self._state.silences, silence.id: silence}, now)
        text = f"Silence {silence.id} is {'changed' if is_edit else 'set'}"
        if silences.state(silence, now) is SilenceState.PENDING:
            text += f"; it begins at {silence.starts_at.isoformat()}"
        self._explain(now, "silence_set", f"{text}.")

    def _expire(self, id_: str, now: datetime) -> None:
        silence = self._silences.get(id_)
        if silence is None:
            self._explain(now, "unknown_silence", f"There is no silence {id_}.")
            return
        if silences.state(silence, now) is SilenceState.EXPIRED:
            self._explain(now, "silence_expired", f"Silence {id_} had ended already.")
            return
        self._silence({**self._state.silences, id_: silences.cut(silence, now)}, now)
        self._explain(now, "silence_expired", f"Silence {id_} has ended.")


def _carry_out(turn: Turn, group: Group) -> None:
    delivery.retry_due(turn, group)
    (compat if turn.compat is not None else flush).flush_due(turn, group)
    escalation.escalate_due(turn, group)


def _take_receipt(turn: Turn, group: Group, receipt: Receipt) -> None:
    failed = delivery.take(turn, group, receipt)
    if turn.compat is not None:
        compat.noted(turn, group, receipt.contact)
    elif failed is not None:
        escalation.pass_on(turn, group, failed)
