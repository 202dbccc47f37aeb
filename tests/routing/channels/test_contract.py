"""Our requests against the vendors' own specifications, which are not part of the project."""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from openapi_core.datatypes import RequestParameters

import routing.channels
from routing.channels.answer import Person
from routing.channels.change import Change
from routing.channels.jira import Jira
from routing.channels.jira_again import Again
from routing.channels.pagerduty import PagerDuty
from routing.channels.samples import follow_up, hostile, incident, notification
from routing.channels.slack import Slack
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
from routing.secret import Secret
from streams.demo.peers.serve import Credentials, Peers
from tests.routing.channels.benches import BENCHES, CREDENTIALS, tell, with_peers
from tests.routing.channels.specified import FILES, NEWER, SPECS, Seen, fault

pytestmark = [
    pytest.mark.skipif(
        not SPECS.is_dir(), reason="the vendors' specifications are not in ../shared/specs"
    ),
    pytest.mark.filterwarnings("ignore:Unsupported scheme type:UserWarning"),
]


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
        if isinstance(channel, PagerDuty):
            at = notification("oncall").incident.opened_at
            change = Change(
                id="c", summary="Deploy", source="shop", at=at, links=(("", "http://h"),)
            )
            told = await channel.tell_change(change, "oncall")
            assert told.status is DeliveryStatus.SENT
        if isinstance(channel, Slack):
            peers.slack.people = {"U024BE91L": "ana@shop.example"}
            told = await tell(channel, notification("ana@shop.example"), notification("@ana"))
            assert {one.status for one in told} == {DeliveryStatus.SENT}
            ana = Person(addresses=("U024BE91L",))
            assert (await channel.recognise(ana)).addresses[1:] == ("ana@shop.example",)
        await channel.close()

    with_peers(tmp_path, story)
    assert len(seen) >= 7
    assert wrongs(kind, seen) == []


async def opened_again(channel: Jira) -> None:
    """The requests by which a closed issue is opened again."""
    channel._again = Again(within=timedelta(days=1))
    (first,) = await tell(channel, notification("OPS"))
    await tell(channel, follow_up(first, NotifyReason.RESOLVED))
    later = notification("OPS", incident=incident(id="inc-later"))
    (second,) = await tell(channel, later)
    assert (second.status, second.handle) == (DeliveryStatus.SENT, first.handle)


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
    assert fault(kind, wrong)


ASKED: Mapping[str, tuple[str, ...]] = {
    "slack": ("#ops", "U024BE91L", "ana@shop.example", "@ana"),
    "pagerduty": ("oncall",),
    "jira": ("OPS",),
}
PATHS: Mapping[str, set[str]] = {
    "slack": {"auth.test", "conversations.list", "users.list", "users.lookupByEmail"},
    "pagerduty": {"enqueue"},
    "jira": {"serverInfo", "myself", "OPS"},
}


def wrongs(kind: str, seen: list[Seen]) -> list[str]:
    known = [each for each in seen if not each.path.startswith(NEWER)]
    return [f"{s.method} {s.path}: {said}" for s in known if (said := fault(kind, s))]


@pytest.mark.parametrize("kind", sorted(ASKED))
def test_what_doctor_asks_is_what_the_vendor_specifies(kind: str, tmp_path: Path) -> None:
    seen: list[Seen] = []

    async def story(peers: Peers) -> None:
        bench = BENCHES[kind]
        peers.slack.people = {"U024BE91L": "ana@shop.example"}
        await tell(first := bench.make(peers), notification(bench.address))
        await first.close()
        bench.faults(peers).witness = lambda request, body: seen.append(Seen(request, body))
        channel = bench.make(peers)  # which has posted nothing, and so knows no channel
        findings = await channel.diagnose(ASKED[kind])  # type: ignore[attr-defined]
        assert {finding.health for finding in findings} == {"good"}, findings
        await channel.close()

    with_peers(tmp_path, story)
    assert {each.path.rpartition("/")[2] for each in seen} >= PATHS[kind] - {"serverInfo"}
    assert wrongs(kind, seen) == []


def test_data_center_is_asked_what_its_specification_has(tmp_path: Path) -> None:
    """All but one parameter: the library asks that the query be checked in Python's own word."""
    seen: list[Seen] = []
    server = Credentials(jira_user="", jira_token=CREDENTIALS.jira_token)

    async def run() -> None:
        async with Peers(tmp_path, credentials=server) as peers:
            peers.jira.faults.witness = lambda request, body: seen.append(Seen(request, body))
            token = Secret(server.jira_token)
            channel = Jira(name="it", base_url=peers.url("jira"), token=token)
            (first,) = await tell(channel, notification("OPS"))
            (last,) = await tell(channel, follow_up(first, NotifyReason.RESOLVED))
            told = await tell(channel, replace(notification("OPS"), attempt=2), hostile("OPS"))
            await channel.close()
            assert {one.status for one in (first, last, *told)} == {DeliveryStatus.SENT}

    asyncio.run(run())
    checked = [each for each in seen if each.path.endswith("/search")]
    assert {each.parameters.query["validateQuery"] for each in checked} == {"True"}
    assert wrongs("jira", [each for each in seen if each not in checked]) == []


def test_no_method_of_slack_is_called_that_no_story_tells() -> None:
    """The names that stand in our source; a new one belongs into a story of these tests."""
    folder = Path(routing.channels.__file__ or "").parent
    source = "".join(path.read_text() for path in folder.glob("slack*.py"))
    families = "auth|apps|chat|conversations|files|reactions|users|views"
    called = set(re.findall(rf'"((?:{families})\.[A-Za-z.]+)"', source))
    told = PATHS["slack"] | {
        "chat.postMessage",
        "chat.update",
        "conversations.history",
        "conversations.replies",
        "conversations.open",
        "files.getUploadURLExternal",
        "files.completeUploadExternal",
        "users.info",
    }
    assert called == told
