"""Decide: the event log through the routing engine, and its effects to their topics."""

import logging
import struct
from collections.abc import Callable
from datetime import datetime

import cramjam
import msgspec
from aiokafka import AIOKafkaProducer
from msgspec import Struct
from msgspec.structs import replace

from config.settings import Config
from config.topics import Topics
from routing.alert import Alert
from routing.effect import Effect, Explain, Notify, Publish, PublishOverride, PublishSilence
from routing.engine import Engine
from routing.event import (
    AlertSeen,
    Event,
    PolicyChanged,
    SetOverride,
    SetSilence,
    Snooze,
    Tick,
    decode,
    encode,
)
from routing.fingerprint import fingerprint
from routing.incident import Incident
from routing.policy import Policy
from streams import clock
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.deadletter import DeadLetters
from streams.own_alerts import name_of
from streams.producer import Record, send_all
from streams.state import StateTable
from streams.stats import Stats
from streams.unheard import Unheard

log = logging.getLogger(__name__)

_KEY = b"engine"
_HEAD = struct.Struct(">qd")  # the first offset not yet applied, and the newest record time
_IN_PARTS = b"parts"  # in the place of a snapshot that is in records of its own
_LARGEST = 4 << 20  # bytes in a record, half of what the broker takes

_encode = msgspec.json.encode


class NotAnEvent(ValueError):
    """A record of the log that nobody could apply."""


class _Snapshot(Struct, array_like=True):
    policy_digest: str
    engine: bytes
    own_alerts: dict[str, Alert] = {}
    vain_at: datetime | None = None


class EngineState:
    """The engine, how far in the log it is, and what time it was there.

    `own_alerts` are those about Tocsin itself that fire by the log, whatever became of them;
    `unheard` the incidents of which nobody could be told, `lost` what the newest event made so.
    A snapshot larger than `largest` bytes is written in parts, and last the record that says so.
    Its keys are other ones than those of the snapshot before: a crash halfway leaves that whole.
    """

    def __init__(self, policy: Policy, *, largest: int = _LARGEST) -> None:
        self.engine = Engine(policy)
        self.policy_digest = ""  # of the newest policy seen in the log
        self.own_alerts: dict[str, Alert] = {}  # by fingerprint
        self.vain_at: datetime | None = None  # somebody on call was looked for, and nobody was
        self.unheard = Unheard()
        self.lost: list[Explain] = []  # by the newest event
        self.applied = 0
        self.now = 0.0
        self._changed = False
        self._largest = largest
        self._turn = 0
        self._parts: dict[bytes, bytes] = {}

    def apply(self, offset: int, timestamp: float, value: bytes) -> list[Effect]:
        """One record of the log. Raises NotAnEvent for a record that is none.

        A repeat is not later than what was applied; what is, at an offset before, is of a log that
        was made anew.
        """
        if offset < self.applied and timestamp <= self.now:
            return []
        event = _event(value, timestamp)
        if offset < self.applied:
            log.warning("the event log was made anew: offset %d after %d", offset, self.applied)
        self.now = max(self.now, timestamp)
        self.applied = offset + 1
        self._changed = True
        if isinstance(event, PolicyChanged):
            self.policy_digest = event.policy.digest
        elif isinstance(event, AlertSeen) and name_of(event.alert) is not None:
            self._note_own(event.alert)
        effects = self.engine.handle(event, clock.instant(self.now))
        self.lost = self.unheard.note(effects)
        if any(isinstance(one, Explain) and one.reason == "nobody_on_call" for one in effects):
            self.vain_at = clock.instant(self.now)
        return effects

    def _note_own(self, alert: Alert) -> None:
        if alert.is_firing:
            self.own_alerts.setdefault(fingerprint(alert.labels), alert)
        else:
            self.own_alerts.pop(fingerprint(alert.labels), None)

    def snapshot(self) -> list[tuple[bytes, bytes | None]]:
        """See :class:`streams.state.PartitionState`."""
        if not self._changed:
            return []
        self._changed = False
        body = msgspec.msgpack.encode(
            _Snapshot(self.policy_digest, self.engine.snapshot(), self.own_alerts, self.vain_at)
        )
        head = _HEAD.pack(self.applied, self.now)
        packed = bytes(cramjam.zstd.compress(body))
        if len(packed) <= self._largest:
            return [(_KEY, head + packed)]
        self._turn = 1 - self._turn
        parts = [packed[i : i + self._largest] for i in range(0, len(packed), self._largest)]
        listing = _IN_PARTS + msgspec.msgpack.encode((self._turn, len(parts)))
        return [
            *((_part_key(self._turn, number), part) for number, part in enumerate(parts)),
            (_KEY, head + listing),
        ]

    def seal(self) -> tuple[()]:
        """See :class:`streams.state.PartitionState`."""
        return ()

    def restore(self, key: bytes, value: bytes) -> None:
        """See :class:`streams.state.PartitionState`; in the order in which they were written."""
        if key != _KEY:
            self._parts[key] = value
            return
        self.applied, self.now = _HEAD.unpack_from(value)
        packed = value[_HEAD.size :]
        if packed.startswith(_IN_PARTS):
            listing = packed.removeprefix(_IN_PARTS)
            self._turn, count = msgspec.msgpack.decode(listing, type=tuple[int, int])
            packed = b"".join(self._parts.pop(_part_key(self._turn, n)) for n in range(count))
        body = bytes(cramjam.zstd.decompress(packed))
        kept = msgspec.msgpack.decode(body, type=_Snapshot)
        self.policy_digest, self.own_alerts = kept.policy_digest, kept.own_alerts
        self.vain_at = kept.vain_at
        self.engine = Engine.restore(kept.engine)
        self.unheard = Unheard(self.engine.incidents())


def _event(value: bytes, timestamp: float) -> Event:
    try:
        clock.instant(timestamp)
        event = decode(value)
    except (ValueError, OverflowError, OSError) as error:  # msgspec's are ValueErrors
        raise NotAnEvent(str(error)) from error
    if any(at and at.tzinfo is None for at in _instants(event)):
        raise NotAnEvent("an instant without a zone")
    return event


def _instants(event: Event) -> tuple[datetime | None, ...]:
    """The instants of an event that the engine compares with others."""
    match event:
        case AlertSeen(alert=about) | SetSilence(silence=about) | SetOverride(override=about):
            return about.starts_at, about.ends_at
        case Snooze(until=until):
            return (until,)
    return ()


def _part_key(turn: int, number: int) -> bytes:
    return b"engine/%d/%d" % (turn, number)


class Decide:
    """Handles the chunks of `tocsin.events`, and wakes the engine by writing ticks into it."""

    def __init__(
        self,
        table: StateTable[EngineState],
        *,
        config: Callable[[], Config],
        producer: AIOKafkaProducer,
        dead_letters: DeadLetters,
        stats: Stats,
    ) -> None:
        self._table = table
        self._config = config
        self._producer = producer
        self._dead_letters = dead_letters
        self._stats = stats
        self._asked: datetime | None = None  # the wake a tick is on its way for
        self._proposed = ""  # the policy digest that is on its way

    async def handle(self, chunk: Chunk) -> None:
        """Apply a chunk of the log; returns when the effects are with the broker."""
        topics = self._config().topics
        bad: list[Bad] = []
        records: list[Record] = []
        changed: dict[str, Incident] = {}  # only the newest view is of use to anybody
        async with self._table.applying(chunk.tp.partition) as state:
            for position, value in enumerate(chunk.values):
                try:
                    effects = state.apply(
                        chunk.offsets[position], chunk.timestamps[position] / 1000.0, value or b""
                    )
                except NotAnEvent as error:
                    bad.append(Bad(position, "not_an_event", str(error)))
                else:
                    bad += [Bad(position, one.reason, _lost(one)) for one in state.lost]
                    for effect in effects:
                        if isinstance(effect, Publish):
                            changed[effect.incident.id] = effect.incident
                        else:
                            records.append(_record(effect, topics))
            if bad:  # before the state can say that they are behind it
                await self._dead_letters.bury(chunk, bad)
            views = [_view(incident, topics) for incident in changed.values()]
            await send_all(self._producer, [*views, *records])
        # The tick may be behind us with the wake still due: a log's clock is not quite ours.
        self._asked = None
        self._stats.events += len(chunk)

    async def tick(self) -> None:
        """Write into the log that time has passed, or that the policy changed, when it has."""
        for partition in self._table.owned():
            state = self._table.part(partition)
            policy = self._config().policy
            if policy.digest == state.policy_digest:
                self._proposed = ""
            elif policy.digest != self._proposed:
                self._proposed = policy.digest
                await self._append(encode(PolicyChanged(policy)))
            due = state.engine.next_wake()
            if due is not None and due <= clock.now() and due != self._asked:
                self._asked = due
                await self._append(encode(Tick()))

    async def _append(self, event: bytes) -> None:
        await send_all(self._producer, [(self._config().topics.events, None, event, 0)])


def _record(effect: Notify | Explain | PublishOverride | PublishSilence, topics: Topics) -> Record:
    if isinstance(effect, Explain):
        return topics.decisions, None, _encode(effect), 0
    if isinstance(effect, PublishOverride):
        override = effect.override
        value = None if override is None else _encode(override)
        return topics.overrides, effect.id.encode(), value, 0
    if isinstance(effect, PublishSilence):
        value = None if effect.silence is None else _encode(effect.silence)
        return topics.silences, effect.id.encode(), value, 0
    notification = effect.notification
    key = notification.incident.id.encode()

    def encoded(incident: Incident) -> bytes:
        return _encode(replace(notification, incident=incident))

    return topics.notifications, key, _fitting(notification.incident, encoded), 0


def _lost(effect: Explain) -> str:
    return f"incident {effect.incident_id}: {effect.text}"


def _view(incident: Incident, topics: Topics) -> Record:
    return topics.incidents, incident.id.encode(), _fitting(incident, _encode), 0


def _fitting(incident: Incident, encoded: Callable[[Incident], bytes]) -> bytes:
    """What a record can hold of an incident: without pictures, then with half of its alerts ..."""
    value = encoded(incident)
    if len(value) > _LARGEST:
        incident = replace(
            incident, alerts={fp: _plain(alert) for fp, alert in incident.alerts.items()}
        )
        value = encoded(incident)
    while len(value) > _LARGEST and incident.alerts:
        firing_first = sorted(incident.alerts.items(), key=lambda item: not item[1].is_firing)
        incident = replace(incident, alerts=dict(firing_first[: len(firing_first) // 2]))
        value = encoded(incident)
    return value


def _plain(alert: Alert) -> Alert:
    if alert.evidence is None:
        return alert
    return replace(alert, evidence=replace(alert.evidence, points=()))
