"""The banks of one partition of samples, and all else that is known of it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec
import numpy as np
from msgspec.structs import replace

from config.marks.marks import Marks
from config.settings import AlertTemplate, Config, Input
from detectors.abreast import Load
from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.banks import bank_for
from detectors.group_bank import GroupBank
from detectors.profile import Profile
from detectors.records import Saved
from detectors.series import Series
from streams import keys
from streams.court import Observing, at_once, together
from streams.in_force import InForce
from streams.meters.meters import PREFIX, Meters
from streams.overflow import Overflow, as_columns, overflow_key
from streams.places import BankName, Places
from streams.samples import Columns
from streams.shares import Message, Share, joined
from streams.sources import Sources
from streams.stats import Stats
from streams.watermark import Watermarks

log = logging.getLogger(__name__)

_SWEEP_S = 60.0  # of event time, between looks for series that are gone
_FOR_EVER_S = 10 * 365 * 86400.0  # no silence is waited for so long


class PartitionBanks:
    """One bank for each input and profile; event time, and how far each source was applied."""

    def __init__(
        self,
        config: Config,
        wall: Callable[[], float],
        stats: Stats,
        *,
        partition: int = 0,
        partitions: int = 1,
        marks: Callable[[], Marks] = Marks,
    ) -> None:
        """`marks`: the newest that are known; they are in force from the next snapshot on."""
        self._config = config
        self._wall = wall
        self._stats = stats
        self._partition, self._partitions = partition, partitions
        self.banks: dict[BankName, Bank | GroupBank] = {}
        self._places: dict[str, Places] = {}
        self.watermarks = Watermarks()
        self._sources = Sources()
        self._overflow = Overflow()
        self._swept: dict[str, float] = {}
        self._afresh: set[BankName] = set()
        self._newest = marks
        self._in_force = InForce()
        self._meters = Meters(lambda name: self._input(name).quantiles, most=self._most)

    @property
    def series(self) -> int:
        """How many series are watched, counted once a profile."""
        return sum(self.series_of(source) for source in {source for source, _ in self.banks})

    def series_of(self, source: str) -> int:
        """How many series of an input are watched, counted once a profile."""
        return self._places_of(source).watched

    @property
    def anomalies_open(self) -> int:
        """How many series have an open anomaly."""
        return sum(bank.anomalies_open for bank in self.banks.values())

    @property
    def warming_up(self) -> int:
        """How many series are only learnt as yet."""
        return sum(bank.warming_up for bank in self.banks.values())

    @property
    def marks(self) -> int:
        """How many marks are in force."""
        return len(self._in_force)

    @property
    def has_new_marks(self) -> bool:
        """Whether a snapshot would bring other marks in force."""
        return self._in_force.differs(self._newest())

    @property
    def alerts(self) -> Mapping[str, AlertTemplate]:
        """How the anomalies of each profile read, in the configuration they are found under."""
        return self._config.alerts

    def adopt(self, config: Config) -> list[Anomaly]:
        """Go on under another configuration: banks whose detectors changed start afresh.

        Gives the ends of what was open in those, for nothing else will ever end it.
        """
        self._config = config
        ended: list[Anomaly] = []
        for (source, name), bank in list(self.banks.items()):
            profile = config.profiles.get(name)
            if profile is None or bank_for(profile).signature != bank.signature:
                del self.banks[source, name]
                ended += self._ends(source, bank)
            else:
                bank.revise(profile)
        self._places.clear()
        return ended

    def _ends(self, source: str, bank: Bank | GroupBank) -> list[Anomaly]:
        if not bank.anomalies_open or source not in self.watermarks.inputs():
            return []
        now = self.watermarks.present(source, wall=self._wall())
        over = [anomaly for anomaly in bank.elapse(now + _FOR_EVER_S) if not anomaly.is_open]
        return [replace(anomaly, closed_at=now) for anomaly in over]

    def observe(self, messages: Sequence[Message]) -> list[Anomaly]:
        """Take in the samples of messages, in order.

        Samples of several sources are taken in the order of their times.
        """
        (found,) = at_once(together([self.observing(messages)]))
        return found

    def observing(self, messages: Sequence[Message]) -> Observing:
        """The same, while somebody else judges what each bank has to be judged."""
        shares: dict[BankName, list[Share]] = {}
        for message in messages:
            columns = message.columns
            self.watermarks.advance(
                columns.input, columns.source, at=columns.reached, wall=self._wall()
            )
            fresh = self._fresh(message)
            if fresh is not None:
                offset = message.offset + self._sources.first_offset
                self._share_out(message, self._as_gauges(offset, fresh), shares)
        found: list[Anomaly] = []
        for name, parts in shares.items():
            bank = self.banks[name]
            stale = bank.stale
            found += yield Load(bank, *joined(parts))
            self._stats.input(name[0]).stale += bank.stale - stale
        return found

    def _fresh(self, message: Message) -> Columns | None:
        before = self._sources.first_offset
        fresh = self._sources.take(message.columns, message.at)
        if self._sources.first_offset > before:
            log.warning("partition %d: its topic was made anew", self._partition)
        return fresh

    def _as_gauges(self, offset: int, columns: Columns) -> Columns:
        surplus = self._meters.surplus(columns.input)
        gauges = self._meters.convert(offset, columns)
        self._stats.input(columns.input).overflow += self._meters.surplus(columns.input) - surplus
        return gauges

    def _share_out(
        self, message: Message, columns: Columns, shares: dict[BankName, list[Share]]
    ) -> None:
        places = self._places_of(columns.input)
        numbers = places.numbers(columns.keys)
        unknown = np.flatnonzero(numbers < 0).tolist()
        surplus: list[int] = []
        if self._count(columns.input) + len(unknown) <= self._most(columns.input):
            numbers[unknown] = self._add(columns.input, [columns.keys[p] for p in unknown])
        else:
            for position in unknown:
                key = columns.keys[position]
                if self._is_surplus(columns.input, key):
                    surplus.append(position)
                else:
                    numbers[position] = self._add(columns.input, [key])[0]
        offsets = message.offsets(columns) + self._sources.first_offset
        for bank, row_of in places.rows(numbers):
            shares.setdefault(bank, []).append(Share(columns, offsets, row_of))
        if surplus:
            minute = self._count_surplus(columns, surplus)
            if minute is not None:
                self._share_out(message, minute, shares)

    def _places_of(self, source: str) -> Places:
        if source not in self._places:
            banks = (bank for bank in self._banks_of(source) if isinstance(bank, Bank))
            self._places[source] = Places(bank.keys for bank in banks)
        return self._places[source]

    def _add(self, source: str, keys: Sequence[str]) -> list[int]:
        """Give series their places in the banks that watch them; their numbers."""
        watched: dict[BankName, list[str]] = {}
        for key in keys:
            for name in self._config.profiles_of(source, Series.parse(key)):
                watched.setdefault((source, name), []).append(key)
        found: dict[str, list[tuple[BankName, int]]] = {key: [] for key in keys}
        for bank, mine in watched.items():
            for key, row in zip(mine, self._bank(*bank).rows(mine).tolist(), strict=True):
                found[key].append((bank, row))
        return [self._places[source].add(key, found[key]) for key in keys]

    def _is_surplus(self, source: str, key: str) -> bool:
        """Whether a series is one more than its input may have here."""
        return (
            self._count(source) >= self._most(source)
            and key != self._overflow_key(source)
            and not any(key in bank for bank in self._banks_of(source))
        )

    def _count(self, source: str) -> int:
        """How many series of an input there are, seen again since a restart or not."""
        return max(len(self._places[source]), *(len(b.keys) for b in self._banks_of(source)), 0)

    def _banks_of(self, source: str) -> list[Bank | GroupBank]:
        return [bank for (of, _), bank in self.banks.items() if of == source]

    def _most(self, source: str) -> int:
        """How many of an input's series may be in this partition."""
        return -(-self._input(source).limits.series // self._partitions)

    def _count_surplus(self, columns: Columns, surplus: list[int]) -> Columns | None:
        lost = np.isin(columns.index, surplus)
        samples = int(np.count_nonzero(lost))
        if not samples:
            return None
        self._stats.input(columns.input).overflow += samples
        at = min(float(columns.at[lost].max()), columns.reached)  # a clock may be ahead
        minute = self._overflow.add(columns.input, at=at, samples=samples)
        if minute is None:
            return None
        return as_columns(columns, self._overflow_key(columns.input), minute)

    def _input(self, name: str) -> Input:
        found = (one for one in self._config.inputs if one.name == name)
        return next(found, None) or Input(name=name, topic="")

    def _overflow_key(self, source: str) -> str:
        return overflow_key(self._input(source).labels, self._partition)

    def _bank(self, source: str, name: str) -> Bank | GroupBank:
        bank = self.banks.get((source, name))
        if bank is None:
            bank = self.banks[source, name] = bank_for(self._config.profiles[name])
            bank.split(self._spread(source, bank.profile))
            bank.grant(self._in_force.said)
        return bank

    def _spread(self, source: str, profile: Profile) -> int:
        """Over how many partitions the series are spread that share a budget."""
        keeps = self._input(source).partition_by
        together = keeps and set(keeps) <= set(profile.shared_by or ())
        return 1 if together else self._partitions

    def elapse(self) -> list[Anomaly]:
        """Let event time come to where it is: what is silent by then is found."""
        found: list[Anomaly] = []
        for name in self.watermarks.inputs():
            now = self.watermarks.present(name, wall=self._wall())
            if now - self._swept.get(name, 0.0) >= _SWEEP_S:
                self._swept[name] = now
                found += self._expire(name, now)
            for (source, profile), bank in self.banks.items():
                if source == name:
                    found += [
                        anomaly
                        for anomaly in bank.elapse(now, self._quiet(now))
                        if not (anomaly.is_open and self._is_unwatched(source, profile, anomaly))
                    ]
        return found

    def _quiet(self, now: float) -> Callable[[str], bool] | None:
        # By the newest marks: in all silence those in force may be older for a moment.
        marks = self._newest()
        return (lambda series: marks.is_quiet(series, now)) if marks.has_maintenance else None

    def notes(self, anomaly: Anomaly) -> tuple[str, ...]:
        """What there is to say of marks where an anomaly is told."""
        return self._in_force.notes(anomaly, self._config.profiles)

    def _expire(self, source: str, now: float) -> list[Anomaly]:
        """Forget the series that are long silent; gives the ends of what was open in them."""
        before = now - self._input(source).expire_after_s
        self._meters.expire(source, before)
        found: list[Anomaly] = []
        for (of, _), bank in self.banks.items():
            if of == source:
                expired = bank.expire(before, now)
                found += expired.anomalies
                for key in expired.keys:
                    self._places_of(source).forget(key)
        self._places_of(source).forget_unwatched(before=before, now=now)
        return found

    def _is_unwatched(self, source: str, profile: str, anomaly: Anomaly) -> bool:
        """Silent because an edit gave the series to another profile, or to none."""
        if isinstance(self.banks[source, profile], GroupBank):
            return False
        return profile not in self._config.profiles_of(source, Series.parse(anomaly.series))

    def snapshot(self) -> Iterator[Saved]:
        """See :class:`streams.store.PartitionState`."""
        return chain.from_iterable(self.pieces())

    def pieces(self) -> Iterator[Iterable[Saved]]:
        """See :class:`streams.store.Divided`.

        What is judged under other marks, or shares of a budget, must find these saved: then it is
        all one piece.
        """
        is_news = self._enforce(self._newest())
        for bank in self.banks.values():
            is_news |= bank.take_stock()
        if is_news:
            yield chain.from_iterable(self._pieces())
        else:
            yield from self._pieces()

    def _pieces(self) -> Iterator[list[Saved]]:
        for (source, name), bank in list(self.banks.items()):
            prefix = keys.of_bank(source, name)
            for piece in bank.pieces():
                if piece and self.banks.get((source, name)) is bank:
                    yield [(prefix + key, value) for key, value in piece]

    def _enforce(self, marks: Marks) -> bool:
        is_new = self._in_force.take(marks)
        if is_new:
            for bank in self.banks.values():
                bank.grant(self._in_force.said)
        return is_new

    def seal(self) -> list[tuple[bytes, bytes | None]]:
        """See :class:`streams.store.PartitionState`.

        What is applied may only be known to be once the banks have it: records that a crash
        brings again would be left out otherwise. The other way round the banks leave them out.
        """
        return [
            *self._meters.seal(),
            *((keys.MARKS, value) for value in self._in_force.unsaved()),
            (keys.WATERMARKS, msgspec.json.encode(self.watermarks.dump())),
            (keys.OVERFLOW, self._overflow.dump()),
            (keys.SOURCES, self._sources.dump()),
        ]

    def restore(self, key: bytes, value: bytes) -> None:
        """See :class:`streams.store.PartitionState`."""
        if key == keys.WATERMARKS:
            self.watermarks.load(msgspec.json.decode(value), wall=self._wall())
        elif key == keys.OVERFLOW:
            self._overflow.load(value)
        elif key == keys.NEWEST:
            self._sources.load_offset(msgspec.json.decode(value, type=int))
        elif key == keys.SOURCES:
            self._sources.load(value)
        elif key == keys.MARKS:
            self._enforce(Marks.load(value))
            self._in_force.is_saved = True
        elif key.startswith(PREFIX):
            self._meters.restore(key, value)
        elif (of_bank := keys.parts(key)) is not None:
            source, name, record = of_bank
            self._restore_bank(source.decode(), name.decode(), [(record, value)])
        else:
            raise ValueError(f"not a partition's record: {key!r}")

    def restore_all(self, records: Sequence[tuple[bytes, bytes]]) -> None:
        """See :class:`streams.store.Numerous`."""
        of_banks: dict[tuple[bytes, bytes], list[tuple[bytes, bytes]]] = {}
        for key, value in records:
            if (parts := keys.parts(key)) is None:
                self.restore(key, value)
            else:
                source, name, rest = parts
                of_banks.setdefault((source, name), []).append((rest, value))
        for (source, name), mine in of_banks.items():
            self._restore_bank(source.decode(), name.decode(), mine)

    def _restore_bank(self, source: str, name: str, records: Sequence[tuple[bytes, bytes]]) -> None:
        is_read = source in {of.name for of in self._config.inputs}
        if is_read and name in self._config.profiles:
            self._places.pop(source, None)
            ignored = self._bank(source, name).restore_all(records)
            if ignored and (source, name) not in self._afresh:
                self._afresh.add((source, name))
                log.warning("input %s, profile %s: learnt afresh: %s", source, name, ignored[0])
