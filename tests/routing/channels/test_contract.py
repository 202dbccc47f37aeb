"""Our requests against the vendors' own specifications, which are not part of the project."""

import functools
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from routing.channels.jira import Jira
from routing.channels.jira_again import Again
from routing.channels.samples import follow_up, hostile, incident, notification
from routing.channels.slack import Slack
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
from streams.demo.peers.serve import Peers
from tests.routing.channels.benches import BENCHES, tell, with_peers

SPECS = Path(__file__).parents[4] / "shared" / "specs"
FILES = {"slack": "slack3.json", "pagerduty": "pd-events.json", "jira": "jira-v2.json"}
NEWER = ("/api/files.", "/upload/")  # than Slack's specification, which is of 2021

pytestmark = [
    pytest.mark.skipif(
        not SPECS.is_dir(), reason="the vendors' specifications are not in ../shared/specs"
    ),
    pytest.mark.filterwarnings("ignore:Unsupported scheme type:UserWarning"),
]


class Seen:
    """A request as openapi-core wants it."""

    def __init__(self, request: web.Request, body: bytes) -> None:
        self.host_url = "http://peer"
        self.path = request.path
        self.method = request.method.lower()
        self.content_type = request.content_type
        self.body = body or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.query.items()),
            header=Headers(dict(request.headers)),
            cookie=ImmutableMultiDict(),
        )


@functools.cache
def specification(kind: str) -> OpenAPI:
    document = json.loads((SPECS / FILES[kind]).read_text())
    document["servers"] = [{"url": "http://peer"}]
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))


@pytest.mark.parametrize("kind", sorted(FILES))
def test_every_request_is_one_that_the_vendor_specifies(kind: str, tmp_path: Path) -> None:
    seen: list[Seen] = []

    async def story(peers: Peers) -> None:
        bench = BENCHES[kind]
        bench.faults(peers).witness = lambda request, body: seen.append(Seen(request, body))
        channel = bench.make(peers)
        (receipt,) = await tell(channel, notification(bench.address))
        for sequence, reason in enumerate(list(NotifyReason)[1:], start=1):
            again = replace(follow_up(receipt, reason, sequence), attempt=2)
            (receipt,) = await tell(channel, again)
        (found,) = await tell(channel, replace(notification(bench.address), attempt=2))
        assert found.status is DeliveryStatus.SENT
        (bad,) = await tell(channel, hostile(bench.address))
        assert (receipt.status, bad.status) == (DeliveryStatus.SENT, DeliveryStatus.SENT)
        if isinstance(channel, Jira):
            await opened_again(channel)
        if isinstance(channel, Slack):
            peers.slack.people = {"U024BE91L": "ana@shop.example"}
            told = await tell(channel, notification("ana@shop.example"), notification("@ana"))
            assert {one.status for one in told} == {DeliveryStatus.SENT}
        await channel.close()

    with_peers(tmp_path, story)
    assert len(seen) >= 7
    known = [each for each in seen if not each.path.startswith(NEWER)]
    wrong = [f"{s.method} {s.path}: {fault}" for s in known if (fault := _fault(kind, s))]
    assert wrong == []


async def opened_again(channel: Jira) -> None:
    """The requests by which a closed issue is opened again."""
    channel._again = Again(within=timedelta(days=1))
    (first,) = await tell(channel, notification("OPS"))
    await tell(channel, follow_up(first, NotifyReason.RESOLVED))
    later = notification("OPS", incident=incident(id="inc-later"))
    (second,) = await tell(channel, later)
    assert (second.status, second.handle) == (DeliveryStatus.SENT, first.handle)


def _fault(kind: str, seen: Any) -> str:
    found = specification(kind).unmarshal_request(seen)
    return "; ".join(f"{error!r} {error.__cause__!r}" for error in found.errors)


WRONG = {
    "slack": ("/api/chat.update", b'{"channel": "C1", "blocks": "x"}'),
    "pagerduty": ("/v2/enqueue", b'{"routing_key": "k", "event_action": "shout"}'),
    "jira": ("/rest/api/2/issue/OPS-1/comment", b'{"body": 7}'),
}


@pytest.mark.parametrize("kind", sorted(FILES))
def test_the_vendor_specification_does_refuse(kind: str) -> None:
    path, body = WRONG[kind]
    wrong = object.__new__(Seen)
    wrong.host_url, wrong.path, wrong.method = "http://peer", path, "post"
    wrong.content_type, wrong.body = "application/json", body
    wrong.parameters = RequestParameters()
    assert _fault(kind, wrong)
