"""Slack's people: addresses as people know them, rooms of their own, and who is mentioned."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from routing.channels.answer import Person
from routing.channels.samples import follow_up, incident, notification
from routing.channels.slack_people import called
from routing.incident import Delivery, Incident, IncidentState, NotifyReason
from routing.policy import Contact
from routing.receipt import DeliveryStatus
from streams.demo.peers.faults import Fault
from streams.demo.peers.serve import Peers
from tests.routing.channels.benches import BENCHES, tell, with_peers

PEOPLE = {"U024BE91L": "ana@shop.example", "U07QZ55AB": "ben@shop.example"}


def delivery(user: str, channel: str, address: str, level: int = 1) -> Delivery:
    return Delivery(
        contact=Contact(channel, address),
        user=user,
        reason=NotifyReason.FIRST,
        notification_id=user,
        status=DeliveryStatus.SENT,
        level=level,
    )


def paged(*deliveries: Delivery) -> Incident:
    return incident(deliveries=deliveries, level=1)


ANA = delivery("ana", "mail", "ana@shop.example")
BEN = delivery("ben", "it", "@ben")


@pytest.mark.parametrize("address", ["U024BE91L", "ana@shop.example", "@ana"])
def test_a_person_is_told_in_a_room_of_their_own(address: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.people = PEOPLE
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification(address))
        (again,) = await tell(channel, replace(notification(address), attempt=2))
        await channel.close()
        assert first.status is DeliveryStatus.SENT
        assert again.handle == first.handle
        assert peers.journal.received[0].contact == "U024BE91L"

    with_peers(tmp_path, story)


def test_people_are_asked_for_once(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.people, asked = PEOPLE, []
        peers.slack.faults.witness = lambda request, _: asked.append(request.path)
        channel = BENCHES["slack"].make(peers)
        for number in range(3):
            shape = incident(id=f"inc-{number}")
            await tell(channel, notification("ana@shop.example", incident=shape))
        await channel.close()
        assert asked.count("/api/users.lookupByEmail") == 1
        assert asked.count("/api/conversations.open") == 1

    with_peers(tmp_path, story)


@pytest.mark.parametrize("address", ["nobody@shop.example", "@nobody"])
def test_somebody_unknown_is_final_and_says_so(address: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.people = PEOPLE
        channel = BENCHES["slack"].make(peers)
        (receipt,) = await tell(channel, notification(address))
        await channel.close()
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert receipt.detail.startswith("users_not_found: nobody has this")

    with_peers(tmp_path, story)


LACKS = {
    ("users:read.email", "ana@shop.example"): "add users:read.email",
    ("users:read", "@ana"): "add users:read ",
}


@pytest.mark.parametrize(("scope", "address"), LACKS)
def test_a_permission_that_lacks_is_named(scope: str, address: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.people = PEOPLE
        peers.slack.scopes.discard(scope)
        channel = BENCHES["slack"].make(peers)
        (receipt,) = await tell(channel, notification(address))
        found = await channel.diagnose([address])  # type: ignore[attr-defined]
        await channel.close()
        assert LACKS[scope, address] in receipt.detail
        assert scope in found[0].text
        assert LACKS[scope, address] in found[1].text

    with_peers(tmp_path, story)


def test_without_rooms_people_are_told_by_their_id(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.people = PEOPLE
        peers.slack.scopes.discard("im:write")
        channel = BENCHES["slack"].make(peers)
        (receipt,) = await tell(channel, notification("ana@shop.example"))
        await channel.close()
        assert receipt.status is DeliveryStatus.SENT

    with_peers(tmp_path, story)


def test_who_was_paged_is_mentioned_in_the_channel(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.people = PEOPLE
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification("#ops", incident=paged(ANA)))
        higher = replace(paged(ANA, replace(BEN, level=2)), level=2)
        given = replace(follow_up(first, NotifyReason.ESCALATED), incident=higher)
        await tell(channel, given)
        await channel.close()
        bodies = [one.body for one in peers.journal.received if one.what != "picture"]
        assert "Paged: <@U024BE91L>" in str(bodies[0]["blocks"])
        reply = bodies[-1]["text"]
        assert reply.endswith("<@U07QZ55AB>")
        assert "U024BE91L" not in reply

    with_peers(tmp_path, story)


def test_a_name_that_is_not_found_costs_no_page_and_is_not_asked_for_again(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        asked: list[str] = []
        peers.slack.faults.witness = lambda request, _: asked.append(request.path)
        peers.slack.faults.inject(Fault(status=500, path="users.lookupByEmail"))
        channel = BENCHES["slack"].make(peers)
        for number in range(2):
            shape = replace(paged(ANA), id=f"inc-{number}")
            (receipt,) = await tell(channel, notification("#ops", incident=shape))
            assert receipt.status is DeliveryStatus.SENT
        await channel.close()
        assert asked.count("/api/users.lookupByEmail") == 1
        assert "<@" not in str(peers.journal.received[0].body)

    with_peers(tmp_path, story)


def test_only_who_was_paged_and_still_is_concerned_is_called() -> None:
    released = replace(ANA, is_released=True)
    room = delivery("", "it", "@team")
    both = delivery("ana", "it", "U024BE91L")
    assert called(paged(ANA, BEN), "it") == ("ana@shop.example", "@ben")
    assert called(paged(released, room), "it") == ()
    assert called(paged(ANA, both), "it") == ("U024BE91L",) == called(paged(both, ANA), "it")
    assert called(paged(ANA, replace(BEN, level=2)), "it", level=2) == ("@ben",)
    assert called(paged(delivery("lena", "pager", "shop-oncall")), "it") == ()
    taken = replace(paged(ANA), state=IncidentState.ACKNOWLEDGED)
    assert called(taken, "it") == ()


ANA_SHE = Person(addresses=("U024BE91L", "@ana"), name="ana")


def test_who_pressed_a_button_is_asked_for_once(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.people, asked = PEOPLE, []
        peers.slack.faults.witness = lambda request, _: asked.append(request.path)
        channel = BENCHES["slack"].make(peers)
        found = {await channel.recognise(ANA_SHE) for _ in range(3)}  # type: ignore[attr-defined]
        await channel.close()
        assert [one.addresses for one in found] == [("U024BE91L", "@ana", "ana@shop.example")]
        assert asked == ["/api/users.info"]

    with_peers(tmp_path, story)


@pytest.mark.parametrize(
    "trouble",
    [Fault(), Fault(status=429), Fault(status=200, body="?"), Fault(kind="hang"), "email", "read"],
)
def test_who_cannot_be_asked_for_stays_who_they_are(trouble: Fault | str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.people = PEOPLE
        if isinstance(trouble, Fault):
            peers.slack.faults.inject(trouble)
        else:
            peers.slack.scopes.discard({"email": "users:read.email", "read": "users:read"}[trouble])
        channel = BENCHES["slack"].make(peers)
        for _ in range(2):  # the second would meet no fault: it is not asked again so soon
            found = await channel.recognise(ANA_SHE)  # type: ignore[attr-defined]
            assert found == ANA_SHE
        await channel.close()

    with_peers(tmp_path, story)


def test_a_senseless_answer_about_people_costs_no_page(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["slack"].make(peers)
        body = '{"ok": true, "members": ["?"]}'
        peers.slack.faults.inject(Fault(status=200, body=body, path="users.list"))
        (receipt,) = await tell(channel, notification("#ops", incident=paged(BEN)))
        await channel.close()
        assert receipt.status is DeliveryStatus.SENT

    with_peers(tmp_path, story)


def test_a_bot_that_sees_no_private_channels_still_knows_a_repeat(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.slack.scopes.discard("groups:read")
        channel = BENCHES["slack"].make(peers)
        (first,) = await tell(channel, notification("#ops"))
        await channel.close()
        channel = BENCHES["slack"].make(peers)
        (again,) = await tell(channel, replace(notification("#ops"), attempt=2))
        await channel.close()
        assert again.handle["ts"] == first.handle["ts"]

    with_peers(tmp_path, story)
