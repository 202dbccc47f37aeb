"""Canaries as a worker tells of them, and as `tocsin doctor` reads that again."""

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import msgspec

from config.settings import Config
from config.status import CanaryStatus, WorkerStatus, decode
from routing.beat import Try
from routing.channels.diagnosis import Finding
from routing.channels.text import duration
from streams import clock
from streams.broker import BrokerError
from streams.letters.reading import all_of, reader

SILENT_AFTER_S = 60.0  # whoever said nothing for so long is no worker any more


def canary_status(one: Try) -> CanaryStatus:
    """The newest test of one address, without what only the engine needs."""
    return CanaryStatus(
        channel=one.contact.channel,
        address=one.contact.address,
        begun_at=one.begun_at.timestamp(),
        sent_at=None if one.sent_at is None else one.sent_at.timestamp(),
        is_late=one.alert is not None,
        detail=one.detail,
    )


async def canary_findings(config: Config) -> AsyncIterator[Finding]:
    """How the tests of the channels went, where the policy has any; told by the workers."""
    plan = config.policy.canary
    if plan is None:
        return
    told = [one for status in await _statuses(config) for one in status.canaries]
    if not told:
        advice = f"no worker has told of one to {plan.receiver} yet: is one running?"
        yield Finding("", "unsure", advice)
    for one in sorted(told, key=lambda one: (one.channel, one.address)):
        yield finding_of(one, now=clock.epoch_s())


def finding_of(one: CanaryStatus, *, now: float) -> Finding:
    """What the newest test of an address says.

    >>> one = CanaryStatus(channel="chat", address="#a", begun_at=0.0, is_late=True, detail="429")
    >>> finding_of(one, now=7200.0).text
    'not sent for 2 h: 429; tocsin test-notify tries it again'
    """
    about = f"{one.channel} {one.address}"
    if one.sent_at is not None:
        return Finding(about, "good", f"sent {_ago(now - one.sent_at)} ago")
    why = f": {one.detail}" if one.detail else ""
    if one.is_late:
        advice = "tocsin test-notify tries it again"
        return Finding(about, "bad", f"not sent for {_ago(now - one.begun_at)}{why}; {advice}")
    return Finding(about, "unsure", f"on its way{why}")


async def _statuses(config: Config) -> Iterable[WorkerStatus]:
    """The newest word of every worker that still speaks."""
    newest: dict[bytes, WorkerStatus] = {}
    try:
        async with reader(config.kafka) as consumer:
            async for record in all_of(consumer, config.topics.workers):
                newest.pop(record.key, None)
                if record.value is not None:
                    newest[record.key] = decode(record.value)
    except (BrokerError, msgspec.DecodeError):
        return ()
    now = clock.epoch_s()
    return [status for status in newest.values() if now - status.at < SILENT_AFTER_S]


def _ago(seconds: float) -> str:
    return duration(timedelta(seconds=max(0.0, seconds)))
