"""The drill: one incident for each way to answer, and how soon its answer shows on the others.

Each incident is told in Slack, PagerDuty, a mail and a Jira issue. It is acknowledged in one of
these, or in the console, as a person does it there, and the stand-ins say when they heard of that.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import aiohttp
from aiokafka.errors import KafkaError

from config.topics import Topics
from routing.alert import Alert, Severity
from routing.event import AlertSeen, encode
from routing.incident import Incident, IncidentState
from streams import clock
from streams.demo.console_client import ConsoleAway, ConsoleClient
from streams.demo.peers.received import Received, read
from streams.demo.stack import PEERS_FOLDER, Stack
from streams.demo.verdict import Answered
from streams.producer import new_producer, send_all

CONSOLE = "console"
WAYS = ("slack", "pagerduty", "email", "jira", CONSOLE)
SOMEBODY = "Demo"
LOOK_EVERY_S = 0.1
TOLD_WITHIN_S, SHOWN_WITHIN_S = 30.0, 20.0

Said = tuple[str, str, str]  # channel, what, reason

_TELLS: Mapping[str, Said] = {  # by which each says that it is there
    "slack": ("slack", "post", "first"),
    "pagerduty": ("pagerduty", "open", ""),
    "email": ("email", "mail", "first"),
    "jira": ("jira", "create", "first"),
}
_SHOWS: Mapping[str, Said] = {  # by which each says that somebody has it
    "slack": ("slack", "update", "acknowledged"),
    "pagerduty": ("pagerduty", "acknowledge", "acknowledged"),
    "email": ("email", "answer", "acknowledged"),
    "jira": ("jira", "comment", ""),
}
_MOST: Mapping[Said, int] = {("jira", "comment", ""): 2}  # it is taken, and it is over; others 1


@dataclass(slots=True)
class Drill:
    """Opens the incidents, answers them one after the other, ends them; `answered` fills."""

    stack: Stack
    client: ConsoleClient
    answered: list[Answered] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)  # of the incidents, by way
    _began_at: datetime = field(default_factory=clock.now)

    async def run(self) -> None:
        """All of it. What does not come in time is left out, and the verdict says so."""
        await self._publish(is_over=False)
        try:
            async with asyncio.timeout(TOLD_WITHIN_S):
                while not await self._is_told():
                    await asyncio.sleep(LOOK_EVERY_S)
            for way in WAYS:
                self.answered.append(await self._answer(way))
        except TimeoutError:
            return
        finally:
            await self._publish(is_over=True)

    async def run_or_give_up(self) -> None:
        """The same, where a broker that is away is no fault of ours."""
        with suppress(KafkaError):
            await self.run()

    def echoes(self) -> dict[str, tuple[str, ...]]:
        """What was told more than once, by the way that was answered."""
        heard = read(self._folder)
        return {way: repeated(heard, incident_id) for way, incident_id in self._ids.items()}

    @property
    def _folder(self) -> Path:
        return self.stack.folder / PEERS_FOLDER

    async def _is_told(self) -> bool:
        incidents = await self._incidents()
        self._ids = {i.group_labels["drill"]: i.id for i in incidents if "drill" in i.group_labels}
        heard = read(self._folder)
        return len(self._ids) == len(WAYS) and all(
            set(_TELLS) <= set(told(heard, incident_id, _TELLS))
            for incident_id in self._ids.values()
        )

    async def _answer(self, way: str) -> Answered:
        incident_id, began = self._ids[way], clock.epoch_s()
        problem = await self._press(way, incident_id)
        shown: dict[str, float] = {}
        while not problem and clock.epoch_s() - began < SHOWN_WITHIN_S:
            shown |= told(read(self._folder), incident_id, _SHOWS)
            if await self._is_taken(incident_id):
                shown.setdefault(CONSOLE, clock.epoch_s())
            if set(WAYS) - {way} <= set(shown):
                break
            await asyncio.sleep(LOOK_EVERY_S)
        after = {name: round(at - began, 2) for name, at in shown.items() if name != way}
        return Answered(way=way, others=tuple(w for w in WAYS if w != way), shown_s=after,
                        problem=problem)  # fmt: skip

    async def _press(self, way: str, incident_id: str) -> str:
        """Press, and what went wrong in that, or nothing."""
        try:
            if way == CONSOLE:
                await self.client.acknowledge(incident_id, SOMEBODY)
                return ""
            form = {"channel": way, "incident": incident_id, "word": "acknowledge"}
            headers = {"Accept": "application/json"}
            async with (
                aiohttp.ClientSession() as http,
                http.post(self.stack.desk_url, data=form, headers=headers) as answer,
            ):
                return str((await answer.json())["problem"])
        except (ConsoleAway, aiohttp.ClientError) as error:
            return f"{error or type(error).__name__}"

    async def _is_taken(self, incident_id: str) -> bool:
        return any(
            one.id == incident_id and one.state is IncidentState.ACKNOWLEDGED
            for one in await self._incidents()
        )

    async def _incidents(self) -> tuple[Incident, ...]:
        try:
            return await self.client.incidents()
        except ConsoleAway:
            return ()

    async def _publish(self, *, is_over: bool) -> None:
        """Write the alerts into the event log, as what comes from outside is."""
        producer = new_producer(self.stack.bootstrap, "tocsin-demo-drill")
        topic = Topics(self.stack.prefix).events
        ended_at = clock.now() if is_over else None
        alerts = [alert_of(way, self._began_at, ended_at) for way in WAYS]
        events = [(topic, None, encode(AlertSeen(alert)), 0) for alert in alerts]
        async with producer:
            await send_all(producer, events)


def alert_of(way: str, began_at: datetime, ended_at: datetime | None = None) -> Alert:
    """The alert to be answered in one way."""
    return Alert(
        labels={"alertname": "Drill", "drill": way},
        severity=Severity.INFO,
        starts_at=began_at,
        ends_at=ended_at,
        annotations={"summary": f"Drill, to be answered by {way}: nothing is wrong"},
    )


def told(
    heard: Iterable[Received], incident_id: str, wanted: Mapping[str, Said]
) -> dict[str, float]:
    """When each stand-in first heard of an incident what is wanted, by channel."""
    names = {said: name for name, said in wanted.items()}
    found: dict[str, float] = {}
    for one in heard:
        name = names.get((one.channel, one.what, one.reason))
        if one.incident == incident_id and name is not None:
            found.setdefault(name, one.at)
    return found


def repeated(heard: Iterable[Received], incident_id: str) -> tuple[str, ...]:
    """What the stand-ins heard of an incident more often than things happened to it."""
    said = Counter((o.channel, o.what, o.reason) for o in heard if o.incident == incident_id)
    return tuple(
        f"{' '.join(filter(None, one))} came {count} times"
        for one, count in sorted(said.items())
        if count > _MOST.get(one, 1)
    )
