"""The demonstration that judges itself: acts as people would, waits, and gives the verdict."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from routing.incident import Incident, IncidentState
from streams.demo.console_client import ConsoleAway, ConsoleClient
from streams.demo.drill import SOMEBODY, WAYS, Drill
from streams.demo.picture import RECOVERY, Picture
from streams.demo.scenarios import SCENARIOS, TOLD_SECOND
from streams.demo.stack import Stack
from streams.demo.verdict import Answered, Page, Summary, judge, service_of
from streams.demo.watch import Watch

ACKNOWLEDGED, UNANSWERED = "spike", "outage"  # somebody takes the one, nobody the other
LOOK_EVERY_S = 0.5
SETTLE_S = 6.0  # in which a page too many would still come
RECOVER_WITHIN_S = 150.0
OPEN_BEFORE_KILL = 2


@dataclass(slots=True)
class Once:
    """Plays the people: acknowledges one incident, leaves another, may kill the worker once."""

    stack: Stack
    watch: Watch
    client: ConsoleClient
    is_acknowledged: bool = False
    is_killed: bool = False
    drill: Drill = field(init=False)

    def __post_init__(self) -> None:
        self.drill = Drill(self.stack, self.client)

    async def run(self) -> Summary:
        """Return the verdict once all is over, or when it takes too long."""
        async with asyncio.TaskGroup() as group:
            if self.stack.options.plan == "once":
                group.create_task(self.drill.run_or_give_up())
            await self._play()
        return self._verdict(self.watch.picture)

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        give_up_at: float | None = None
        while not is_over(self.watch.picture):
            picture = self.watch.picture
            if picture.feeding.phase == RECOVERY and give_up_at is None:
                give_up_at = loop.time() + RECOVER_WITHIN_S
            if give_up_at is not None and loop.time() > give_up_at:
                break
            await self._act(picture)
            await asyncio.sleep(LOOK_EVERY_S)
        await asyncio.sleep(SETTLE_S)
        await self.watch.look()

    async def _act(self, picture: Picture) -> None:
        incident = of_scenario(picture, ACKNOWLEDGED)
        if not self.is_acknowledged and incident is not None and was_told(incident):
            try:
                await self.client.acknowledge(incident.id, SOMEBODY)
            except ConsoleAway:
                return  # the next look tries again
            self.is_acknowledged = True
        if self._wants_kill(picture):
            self.is_killed = True
            self.stack.supervisor.kill("worker")

    def _wants_kill(self, picture: Picture) -> bool:
        if self.is_killed or not self.stack.options.kill_worker:
            return False
        shop = [incident for incident in picture.unresolved if service_of(incident)]
        is_taken = any(i.state is IncidentState.ACKNOWLEDGED for i in shop)
        wants_ack = self.stack.options.plan in ("once", ACKNOWLEDGED)
        enough = OPEN_BEFORE_KILL if self.stack.options.plan == "once" else 1
        return len(shop) >= enough and (is_taken or not wants_ack)

    def _verdict(self, picture: Picture) -> Summary:
        checks, answers = dict[str, bool](), self._answers()
        if self.stack.options.plan in ("once", ACKNOWLEDGED):
            taken = of_scenario(picture, ACKNOWLEDGED)
            checks["acknowledged"] = taken is not None and is_kept_acknowledged(taken)
        if self.stack.options.plan in ("once", UNANSWERED):
            left = of_scenario(picture, UNANSWERED)
            checks["escalated"] = left is not None and was_escalated(left, picture.pages)
        if self.stack.options.kill_worker:
            checks["worker killed and back"] = self.is_killed and picture.restarts > 0
        if self.stack.options.plan == "once":
            checks["canary sent"] = is_canary_sent(picture)
            checks["answers show everywhere"] = all_in_time(answers)
            checks["answers do not echo"] = not any(one.echoes for one in answers)
        return judge(
            picture.windows, picture.incidents, picture.pages, checks=checks, answers=answers
        )

    def _answers(self) -> list[Answered]:
        echoes = self.drill.echoes()
        return [replace(one, echoes=echoes.get(one.way, ())) for one in self.drill.answered]


def is_canary_sent(picture: Picture) -> bool:
    """True when the test of the channels was sent to every address."""
    tried = [one for worker in picture.workers for one in worker.canaries]
    return bool(tried) and all(one.sent_at is not None for one in tried)


def all_in_time(answers: Sequence[Answered]) -> bool:
    """True when each way to answer was tried, and its answer showed on all others in time."""
    return {one.way for one in answers if one.is_in_time} == set(WAYS)


def is_over(picture: Picture) -> bool:
    """True when every scenario has ended, has its incident, and nothing of the shop is open."""
    if picture.feeding.phase != RECOVERY:
        return False
    found = {service_of(incident) for incident in picture.incidents}
    is_found = all(window.expected.service in found for window in picture.windows)
    return is_found and not any(service_of(incident) for incident in picture.unresolved)


def of_scenario(picture: Picture, name: str) -> Incident | None:
    """The newest incident of a scenario's service, once the scenario has begun."""
    service = SCENARIOS[name].service
    if not any(window.name == name for window in picture.windows):
        return None
    return next((i for i in picture.incidents if service_of(i) == service), None)


def was_told(incident: Incident) -> bool:
    """True when somebody has got a message about it."""
    return any(delivery.sent_at is not None for delivery in incident.deliveries)


def is_kept_acknowledged(incident: Incident) -> bool:
    """True when the acknowledgement is kept, and nobody was told of a further level."""
    return incident.acknowledged_by == SOMEBODY and incident.level <= 1


def was_escalated(incident: Incident, pages: Sequence[Page]) -> bool:
    """True when the second level was reached, and its contact told once."""
    contact = TOLD_SECOND[service_of(incident)]
    told = [p for p in pages if p.opens and p.incident_id == incident.id and p.contact == contact]
    return incident.level >= 2 and len(told) == 1
