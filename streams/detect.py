"""Detect: samples into banks, anomalies into the event log."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
import numpy as np
from aiokafka import AIOKafkaProducer
from msgspec.structs import replace

from config.settings import AlertTemplate, Config
from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.banks import bank_for
from detectors.group_bank import GroupBank
from detectors.series import Series
from routing.event import AlertSeen, encode
from streams.alerts import alert_of
from streams.chunk import Chunk
from streams.codecs.decoded import Bad
from streams.deadletter import DeadLetters
from streams.producer import send_all
from streams.samples import Columns, unpack
from streams.state import StateTable
from streams.stats import Stats
from streams.watermark import Attention, Watermarks

log = logging.getLogger(__name__)

_WATERMARKS = b"\0watermarks"
_BETWEEN = b"\0"
_FOR_EVER_S = 10 * 365 * 86400.0  # no silence is waited for so long
_AT_ONCE = 1000  # samples judged without giving way to anything else


class PartitionBanks:
    """The banks of one partition of `tocsin.samples`: one for each input and profile."""

    def __init__(self, config: Config, wall: Callable[[], float]) -> None:
        self._config = config
        self._wall = wall
        self.banks: dict[tuple[str, str], Bank | GroupBank] = {}
        self._rows: dict[tuple[str, str], list[tuple[tuple[str, str], int]]] = {}
        self.watermarks = Watermarks()

    @property
    def series(self) -> int:
        """How many series are watched, counted once a profile."""
        return sum(len(rows) for rows in self._rows.values())

    @property
    def anomalies_open(self) -> int:
        """How many series have an open anomaly."""
        return sum(bank.anomalies_open for bank in self.banks.values())

    @property
    def warming_up(self) -> int:
        """How many series are only learnt as yet."""
        return sum(bank.warming_up for bank in self.banks.values())

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
        self._rows.clear()
        return ended

    def _ends(self, source: str, bank: Bank | GroupBank) -> list[Anomaly]:
        if not bank.anomalies_open or source not in self.watermarks.inputs():
            return []
        now = self.watermarks.present(source, wall=self._wall())
        over = [anomaly for anomaly in bank.elapse(now + _FOR_EVER_S) if not anomaly.is_open]
        return [replace(anomaly, closed_at=now) for anomaly in over]

    def observe(self, messages: Sequence[tuple[int, Columns]]) -> list[Anomaly]:
        """Take in the samples of messages with their offsets, in order."""
        gathered: dict[tuple[str, str], list[tuple[Columns, int, list[int], list[int]]]] = {}
        for offset, columns in messages:
            self.watermarks.advance(
                columns.input, columns.source, at=columns.reached, wall=self._wall()
            )
            for bank, rows, keys in self._split(columns):
                gathered.setdefault(bank, []).append((columns, offset, rows, keys))
        found: list[Anomaly] = []
        for name, parts in gathered.items():
            found += self.banks[name].observe(*_join(parts))
        return found

    def elapse(self) -> list[Anomaly]:
        """Let event time come to where it is: what is silent by then is found."""
        found: list[Anomaly] = []
        for name in self.watermarks.inputs():
            now = self.watermarks.present(name, wall=self._wall())
            for (source, profile), bank in self.banks.items():
                if source == name:
                    found += [
                        anomaly
                        for anomaly in bank.elapse(now)
                        if not (anomaly.is_open and self._is_unwatched(source, profile, anomaly))
                    ]
        return found

    def _is_unwatched(self, source: str, profile: str, anomaly: Anomaly) -> bool:
        """Silent because an edit gave the series to another profile, or to none."""
        if isinstance(self.banks[source, profile], GroupBank):
            return False
        return profile not in self._config.profiles_of(source, Series.parse(anomaly.series))

    def _split(self, columns: Columns) -> list[tuple[tuple[str, str], list[int], list[int]]]:
        """Bank, its rows, and the positions in `columns.keys` that they belong to."""
        split: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
        for position, key in enumerate(columns.keys):
            for bank, row in self._places(columns.input, key):
                rows, keys = split.setdefault(bank, ([], []))
                rows.append(row)
                keys.append(position)
        return [(bank, rows, keys) for bank, (rows, keys) in split.items()]

    def _places(self, source: str, key: str) -> list[tuple[tuple[str, str], int]]:
        places = self._rows.get((source, key))
        if places is None:
            places = []
            for name in self._config.profiles_of(source, Series.parse(key)):
                bank = self._bank(source, name)
                places.append(((source, name), int(bank.rows([key])[0])))
            self._rows[source, key] = places
        return places

    def _bank(self, source: str, name: str) -> Bank | GroupBank:
        bank = self.banks.get((source, name))
        if bank is None:
            bank = self.banks[source, name] = bank_for(self._config.profiles[name])
        return bank

    def snapshot(self) -> list[tuple[bytes, bytes | None]]:
        """See :class:`streams.state.PartitionState`."""
        records: list[tuple[bytes, bytes | None]] = [
            (_WATERMARKS, msgspec.json.encode(self.watermarks.dump()))
        ]
        for (source, name), bank in self.banks.items():
            prefix = source.encode() + _BETWEEN + name.encode() + _BETWEEN
            records += [(prefix + key, value) for key, value in bank.snapshot()]
        return records

    def restore(self, key: bytes, value: bytes) -> None:
        """See :class:`streams.state.PartitionState`."""
        if key == _WATERMARKS:
            self.watermarks.load(msgspec.json.decode(value), wall=self._wall())
            return
        source, name, rest = key.split(_BETWEEN, 2)
        is_read = source.decode() in {of.name for of in self._config.inputs}
        if is_read and name.decode() in self._config.profiles:
            self._bank(source.decode(), name.decode()).restore(rest, value)


def _join(
    parts: list[tuple[Columns, int, list[int], list[int]]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows, times, values and offsets of what several messages hold for one bank."""
    rows, at, value, offsets = [], [], [], []
    for columns, offset, bank_rows, keys in parts:
        row_of = np.full(len(columns.keys), -1, np.int32)
        row_of[keys] = bank_rows
        row = row_of[columns.index]
        mine = row >= 0
        rows.append(row[mine])
        at.append(columns.at[mine])
        value.append(columns.value[mine])
        offsets.append(np.full(int(mine.sum()), offset, np.int64))
    return (
        np.concatenate(rows),
        np.concatenate(at),
        np.concatenate(value),
        np.concatenate(offsets),
    )


def _runs(messages: list[tuple[int, Columns]]) -> Iterator[list[tuple[int, Columns]]]:
    """The messages in runs of about :data:`_AT_ONCE` samples."""
    run: list[tuple[int, Columns]] = []
    samples = 0
    for message in messages:
        run.append(message)
        samples += len(message[1].at)
        if samples >= _AT_ONCE:
            yield run
            run, samples = [], 0
    if run:
        yield run


class Detect:
    """Handles the chunks of `tocsin.samples`, and the passing of time."""

    def __init__(
        self,
        table: StateTable[PartitionBanks],
        *,
        attention: Attention,
        config: Callable[[], Config],
        producer: AIOKafkaProducer,
        dead_letters: DeadLetters,
        stats: Stats,
    ) -> None:
        self._table = table
        self._attention = attention
        self._config = config
        self._producer = producer
        self._dead_letters = dead_letters
        self._stats = stats

    async def handle(self, chunk: Chunk) -> None:
        """Score and learn a chunk; returns when its anomalies are in the event log."""
        messages: list[tuple[int, Columns]] = []
        bad: list[Bad] = []
        for position, value in enumerate(chunk.values):
            try:
                messages.append((chunk.offsets[position], unpack(value or b"")))
            except ValueError as error:
                bad.append(Bad(position, "not_samples", str(error)))
        if bad:
            await self._dead_letters.bury(chunk, bad)
        for run in _runs(messages):
            async with self._table.applying(chunk.tp.partition) as state:
                await self._announce(state.observe(run), state.alerts)
            await asyncio.sleep(0)  # commits, timers and other partitions go on
        await self._elapse(chunk.tp.partition)
        self._stats.samples += sum(len(columns.at) for _, columns in messages)

    async def tick(self) -> None:
        """Let time pass in every partition that is ours."""
        owned = self._table.owned()
        self._attention.tick(is_listening=bool(owned))
        for partition in owned:
            await self._elapse(partition)

    async def _elapse(self, partition: int) -> None:
        async with self._table.applying(partition) as state:
            await self._announce(state.elapse(), state.alerts)

    async def adopt(self, config: Config) -> None:
        """A new configuration is in force."""
        for partition in self._table.held():  # in the midst of a rebalance as well
            async with self._table.applying(partition) as state:
                before = state.alerts
                await self._announce(state.adopt(config), before)

    async def _announce(
        self, anomalies: list[Anomaly], templates: Mapping[str, AlertTemplate]
    ) -> None:
        if not anomalies:
            return
        topic = self._config().topics.events
        events = [AlertSeen(alert_of(anomaly, templates[anomaly.profile])) for anomaly in anomalies]
        await send_all(self._producer, [(topic, None, encode(event), 0) for event in events])
        self._stats.anomalies += sum(1 for anomaly in anomalies if anomaly.is_open)


def partition_banks(
    config: Callable[[], Config], attention: Attention
) -> Callable[[int], PartitionBanks]:
    """What makes the state of a partition."""

    def start(_: int) -> PartitionBanks:
        return PartitionBanks(config(), attention.now)

    return start
