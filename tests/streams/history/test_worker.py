"""What a worker that was killed left in the topics is what deciding again comes to."""

import asyncio
from pathlib import Path

from config.loader import load
from routing.event import Acknowledge
from routing.incident import IncidentState
from routing.why import about, why
from streams.history.agreement import agreement
from streams.history.reading import Bounds, decisions, incidents, notifications
from streams.history.replaying import log_of, replay
from streams.letters.reading import reader
from tests.streams.works import Works, works


def is_in(tocsin: Works, state: IncidentState) -> bool:
    return [one.state for one in tocsin.incidents().values()] == [state]


def is_delivered(tocsin: Works) -> bool:
    views = tocsin.incidents().values()
    return [{d.status for d in view.deliveries} for view in views] == [{"sent"}]


async def lived(tocsin: Works) -> None:
    """An incident that somebody took, before and after the worker was killed."""
    await tocsin.send(50, 500)
    await tocsin.until(lambda: is_delivered(tocsin))
    id_ = tocsin.the_incident().id
    await tocsin.command(Acknowledge(incident_id=id_, by="ana", via="test"))
    await tocsin.until(lambda: is_in(tocsin, IncidentState.ACKNOWLEDGED))
    tocsin.kill()
    await tocsin.send(501, 502)
    tocsin.start()
    await tocsin.send(50, 50)
    await tocsin.until(
        lambda: is_in(tocsin, IncidentState.RESOLVED) and is_delivered(tocsin), within_s=60
    )
    tocsin.kill()


async def agrees(tocsin: Works) -> None:
    config = load(tocsin.config, environ={"SLACK_TOKEN": "xoxb-demo"}, needed="kafka")
    names = config.topics
    async with reader(config.kafka) as consumer:
        log = await log_of(consumer, names.events)
        told = await notifications(consumer, names.notifications)
        said = await decisions(consumer, names.decisions)
        views = await incidents(consumer, names.incidents)
    again = replay(log, config.policy)
    compared = agreement(again, told, said, Bounds())
    assert compared.is_full, compared
    assert compared.notifications >= 4
    (incident,) = views.values()
    recorded = why(config.policy, incident, about(said, incident))
    decided = again.incidents[incident.id]
    assert recorded == why(config.policy, decided, about(list(again.decisions), decided))
    assert any(one.is_told for one in recorded.answers)


def test_a_record_across_a_kill_agrees_with_deciding_again(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            await lived(tocsin)
            await agrees(tocsin)

    asyncio.run(story())
