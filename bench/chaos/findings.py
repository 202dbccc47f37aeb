"""What came out of a run: its incidents, its anomalies, and what people were told."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

import msgspec

from bench.chaos.log import newest_by_key, records
from bench.chaos.plan import Planted
from config.topics import Topics
from routing.alert import Alert
from routing.event import AlertSeen, decode
from routing.incident import Incident
from streams.demo.peers.received import Received, pages

Series = tuple[str, str]  # metric, and where

_BRIEF = timedelta(seconds=1)  # group_wait and the tick after it


class Findings(NamedTuple):
    """Incidents by id, with the series each is about; and (series, start) of each anomaly.

    `brief` are incidents of which nobody was told because they were over before group_wait was: so
    it may be in the records that had to wait for the broker, for they come all at once.
    """

    incidents: dict[str, Series]
    unresolved: list[Series]
    anomalies: set[tuple[Series, str]]
    brief: set[str]


async def findings(bootstrap: str, topics: Topics) -> Findings:
    """Read what a run left."""
    views = await newest_by_key(bootstrap, topics.incidents)
    incidents = [msgspec.json.decode(view.value or b"", type=Incident) for view in views]
    alerts = [a for a in await _alerts(bootstrap, topics) if a.is_firing]
    return Findings(
        {one.id: _about(one) for one in incidents},
        [_about(one) for one in incidents if one.state != "resolved"],
        {(_series(alert), alert.starts_at.isoformat()) for alert in alerts},
        {one.id for one in incidents if _is_brief(one)},
    )


async def _alerts(bootstrap: str, topics: Topics) -> list[Alert]:
    events = [decode(r.value or b"") async for r in records(bootstrap, topics.events)]
    return [event.alert for event in events if isinstance(event, AlertSeen)]


def _is_brief(incident: Incident) -> bool:
    if incident.resolved_at is None or incident.deliveries:
        return False
    return incident.resolved_at - incident.opened_at < _BRIEF


def _about(incident: Incident) -> Series:
    found = {_series(alert) for alert in incident.alerts.values()}
    return found.pop() if len(found) == 1 else ("several", str(sorted(found)))


def _series(alert: Alert) -> Series:
    labels = alert.labels
    return labels.get("metric", ""), labels.get("host") or labels.get("service") or ""


class Verdict(NamedTuple):
    """What is wrong, in lists that must be empty; but a calm run may find what was not planted.

    `missing` is what the calm run opened and this one did not: it was lost. `not_opened` was
    planted, and opens in neither: that is for the detectors to mend.
    """

    missing: list[Series]
    not_opened: list[Series]
    repeated: list[Series]
    unplanted: list[Series]
    unplanted_calm: list[Series]
    paged_not_once: dict[str, int]
    ended_not_once: dict[str, int]
    unresolved: list[Series]
    anomalies_differ: list[str]


def judge(
    planted: Iterable[Planted], stormy: Findings, calm: Findings, received: list[Received]
) -> Verdict:
    """Compare what there must be with what there is."""
    wanted = {(one.metric, one.place) for one in planted}
    count = Counter(stormy.incidents.values())
    told = Counter({key[0]: number for key, number in pages(received).items()})
    ended = Counter(one.incident for one in received if _tells_the_end(one))
    often = Counter(calm.incidents.values())
    opened = often.keys()
    return Verdict(
        missing=sorted(opened - count.keys()),
        not_opened=sorted(wanted - opened - count.keys()),
        repeated=sorted(
            one for one in count if count[one] > (1 if one in wanted else max(often[one], 1))
        ),
        unplanted=sorted(count.keys() - opened - wanted),
        unplanted_calm=sorted(opened - wanted),
        paged_not_once=_not_once(stormy, told),
        ended_not_once=_not_once(stormy, ended),
        unresolved=sorted(stormy.unresolved),
        anomalies_differ=sorted(map(str, stormy.anomalies ^ calm.anomalies)),
    )


def _tells_the_end(one: Received) -> bool:
    """A page that comes when all is over says so; later the line in the thread does.

    A message that is changed again into what it is already is seen by nobody.
    """
    return one.what in ("post", "reply") and one.reason == "resolved"


def _not_once(stormy: Findings, counted: Counter[str]) -> dict[str, int]:
    return {
        " ".join(series): counted[incident]
        for incident, series in stormy.incidents.items()
        if counted[incident] != 1 and not (incident in stormy.brief and not counted[incident])
    }
