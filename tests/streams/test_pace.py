"""Storms at the pace of a provider: the engine and the outbox together, in virtual time."""

import asyncio
from collections import Counter
from datetime import timedelta

import msgspec

from routing.alert import Alert, Severity
from routing.channels.channel import Message, Spend, unpaced
from routing.engine import Engine
from routing.event import AlertSeen
from routing.incident import NotifyReason
from routing.pace import Pace, a_minute
from routing.policy import Receiver, RetryPlan
from routing.receipt import DeliveryStatus, Receipt
from tests.scenarios.story import START, policy, seconds
from tests.streams.test_backlog import OPS, ROUTE, Channel, Town
from tests.streams.virtual import run


class Strict(Channel):
    """A provider that refuses, for half a minute, what comes faster than it likes."""

    def __init__(self, name: str, *, a_minute: int = 0) -> None:
        super().__init__(name)
        self._every_s = 60 / a_minute if a_minute else 0.0
        self._next = 0.0
        self.at: list[float] = []
        self.reasons: dict[str, list[NotifyReason]] = {}

    async def send(self, message: Message) -> Receipt:
        now = asyncio.get_running_loop().time()
        receipt = await super().send(message)
        if now < self._next:
            del self.took[receipt.incident_id]
            return msgspec.structs.replace(
                receipt,
                status=DeliveryStatus.FAILED_TEMPORARY,
                detail="HTTP 429",
                retry_after=timedelta(seconds=30),
                is_limited=True,
            )
        self._next = now + self._every_s
        self.at.append(now)
        about = message.notification
        self.reasons.setdefault(about.incident.id, []).append(about.reason)
        return msgspec.structs.replace(receipt, handle={"ts": about.incident.id})


def town(channel: Strict, pace: Pace) -> Town:
    made = Town()
    made.slack = channel
    made.outbox._channels = made.channels()
    made.paces = {"slack": pace}
    plan = RetryPlan(attempts=3, first_wait=seconds(1), longest_wait=seconds(2))
    receiver = Receiver(name="both", contacts=(OPS,))
    told = policy(route=ROUTE, receivers=(receiver,))
    made.engine = Engine(msgspec.structs.replace(told, retry=plan))
    return made


async def alert(
    town: Town, service: str, *, is_over: bool = False, severity: Severity = Severity.ERROR
) -> None:
    at = START + seconds(asyncio.get_running_loop().time())
    one = Alert(
        labels={"service": service},
        severity=severity,
        starts_at=START,
        ends_at=at if is_over else None,
    )
    await town.wish(town.engine.handle(AlertSeen(one), at))


def test_provider_stricter_than_our_pace_makes_us_give_up_nothing() -> None:
    async def story() -> None:
        here = town(channel := Strict("slack", a_minute=30), Pace(address=a_minute(600)))
        for number in range(40):
            await alert(here, f"s{number}")
        await here.pass_time(1800)
        deliveries = [d for i in here.engine.incidents() for d in i.deliveries]
        assert Counter(d.status for d in deliveries) == {DeliveryStatus.SENT: 40}
        assert max(d.attempt for d in deliveries) > 3  # more than the plan has
        assert len(channel.at) == 40

    run(story())


def test_storm_is_told_within_the_pace_its_critical_pages_first_and_then_its_end() -> None:
    async def story() -> None:
        here = town(channel := Strict("slack"), Pace(address=a_minute(60)))
        for number in range(150):
            await alert(here, f"s{number}")
        await here.pass_time(3)
        await alert(here, "till", severity=Severity.CRITICAL)
        await here.pass_time(8)
        told = {i.id: i.title for i in here.engine.incidents() if i.id in channel.took}
        assert len(told) < 10
        assert any("till" in title for title in told.values())
        for number in range(150):
            await alert(here, f"s{number}", is_over=True)
        await here.pass_time(600)
        most = max(sum(begin <= at < begin + 60 for at in channel.at) for begin in channel.at)
        assert most <= 60
        ends = [reasons for reasons in channel.reasons.values() if len(reasons) > 0]
        assert Counter(reasons[-1] for reasons in ends)[NotifyReason.RESOLVED] == 150
        assert here.stats.notifications["slack"][DeliveryStatus.SUPERSEDED] > 0
        assert here.outbox.waiting == {}

    run(story())


def test_page_whose_end_arrives_while_it_waits_is_told_once_as_over() -> None:
    async def story() -> None:
        here = town(channel := Strict("slack"), Pace(address=a_minute(6)))
        await alert(here, "search")
        await here.pass_time(2)
        await alert(here, "till")
        await here.pass_time(4)
        assert here.outbox.waiting == {"slack": 1}
        (till,) = (i.id for i in here.engine.incidents() if i.id not in channel.took)
        await alert(here, "till", is_over=True)
        await here.pass_time(120)
        assert channel.reasons[till] == [NotifyReason.RESOLVED]
        assert here.stats.notifications["slack"][DeliveryStatus.SUPERSEDED] == 1
        assert here.outbox.waiting == {}

    run(story())


class Painter(Strict):
    """A channel that changes its messages by itself."""

    spend: Spend = staticmethod(unpaced)


def test_outbox_keeps_the_pace_of_changes_that_a_channel_makes_by_itself() -> None:
    async def story() -> list[float]:
        made, channel = Town(), Painter("slack")
        made.slack, made.paces = channel, {"slack": Pace(changes=a_minute(10))}
        made.outbox.adopt(made)  # type: ignore[arg-type]
        return [round(channel.spend(), 1) for _ in range(2)]

    assert run(story()) == [0.0, 6.7]
