"""Answers given in the stand-ins reach a real console as the providers' own requests would."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from routing.channels.channel import Channel
from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.samples import follow_up, notification
from routing.channels.slack import Slack
from routing.event import Acknowledge, Resolve
from routing.incident import Incident, IncidentState, NotifyReason
from routing.notification import Notification
from routing.policy import Contact, User
from routing.receipt import Receipt
from routing.secret import Secret
from streams import clock
from streams.demo.peers.hand import Hand, NothingToPressError, Word
from streams.demo.peers.serve import Credentials, Peers
from tests.console.scene import Scene, scene
from tests.routing.channels.benches import tell

LINK_KEY = Secret("a key that is long enough")
ADDRESSES = {
    "slack": "#shop",
    "pagerduty": "shop-oncall",
    "email": "lena@shop.example",
    "jira": "SHOP",
}
USERS = (
    User(name="ana", contacts=(), full_name="Ana Novak"),
    User(name="lena", contacts=(Contact("email", "lena@shop.example"),), full_name="Lena Haas"),
)


class Stage(NamedTuple):
    """Peers, the console that they tell, and a hand that presses."""

    peers: Peers
    scene: Scene
    hand: Hand
    channels: dict[str, Channel]

    async def tell(self, channel: str, *, url: str) -> tuple[Notification, Receipt]:
        """Somebody is told by a channel; the incident is the console's as well."""
        given = notification(ADDRESSES[channel])
        given = replace(
            given,
            incident=replace(given.incident, opened_at=clock.now()),
            contact=Contact(channel, ADDRESSES[channel]),
            url=f"{url}/incident/{given.incident.id}",
        )
        self.scene.show(given.incident)
        (receipt,) = await tell(self.channels[channel], given)
        return given, receipt


def made(peers: Peers) -> dict[str, Channel]:
    given = peers.credentials
    keys = {name: Secret(key) for name, key in given.pagerduty_keys.items()}
    return {
        "slack": Slack(
            name="slack",
            token=Secret(given.slack_token),
            base_url=peers.url("slack"),
            signing_secret=Secret(given.slack_signing_secret),
        ),
        "pagerduty": PagerDuty(
            name="pagerduty",
            routing_keys=keys,
            base_url=peers.url("pagerduty"),
            webhook_secret=Secret(given.pagerduty_webhook_secret),
        ),
        "email": Email(
            name="email",
            host="127.0.0.1",
            port=peers.ports["smtp"],
            sender="tocsin@shop.example",
            link_key=LINK_KEY,
        ),
        "jira": Jira(
            name="jira",
            base_url=peers.url("jira"),
            user=given.jira_user,
            token=Secret(given.jira_token),
            webhook_secret=Secret(given.jira_webhook_secret),
        ),
    }


def play(
    folder: Path, story: Callable[[Stage], Awaitable[None]], given: Credentials | None = None
) -> None:
    """The story, with everything up; `given` are what the stand-ins sign with."""

    async def run() -> None:
        async with Peers(folder) as peers:
            channels = made(peers)
            peers.credentials = given or peers.credentials
            async with scene(channels=channels, users=USERS, now=clock.now) as stage:
                hand = Hand(peers, stage.origin)
                try:
                    await story(Stage(peers, stage, hand, channels))
                finally:
                    await hand.close()
                    for channel in channels.values():
                        await channel.close()

    asyncio.run(run())


@pytest.mark.parametrize(("word", "kind"), [("acknowledge", Acknowledge), ("resolve", Resolve)])
@pytest.mark.parametrize(
    ("channel", "by"),
    [("slack", "ana"), ("pagerduty", "ana"), ("email", "lena"), ("jira", "ana")],
)
def test_what_is_pressed_becomes_the_command_of_our_user(
    channel: str, by: str, word: Word, kind: type, tmp_path: Path
) -> None:
    async def story(stage: Stage) -> None:
        given, _ = await stage.tell(channel, url=stage.scene.origin)
        await stage.hand.press(channel, given.incident.id, word)
        (command,) = stage.scene.log.written
        assert isinstance(command, kind)
        told = (command.incident_id, command.by, command.via)  # type: ignore[union-attr]
        assert told == (given.incident.id, by, channel)

    play(tmp_path, story)


@pytest.mark.parametrize("channel", ADDRESSES)
def test_what_nobody_was_told_of_has_nothing_to_press(channel: str, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        with pytest.raises(NothingToPressError, match="inc-7f3a"):
            await stage.hand.press(channel, "inc-7f3a", "acknowledge")
        assert stage.scene.log.written == []

    play(tmp_path, story)


def test_what_we_did_there_comes_back_and_is_not_written_again(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        given, receipt = await stage.tell("pagerduty", url=stage.scene.origin)
        issue, made = await stage.tell("jira", url=stage.scene.origin)
        stage.scene.show(ended(given.incident))
        await tell(stage.channels["pagerduty"], follow_up(receipt, NotifyReason.RESOLVED))
        await tell(stage.channels["jira"], follow_up(made, NotifyReason.RESOLVED))
        await asyncio.gather(*stage.hand._telling)
        assert stage.peers.jira.done() == {issue.incident.id}
        assert stage.scene.log.written == []

    play(tmp_path, story)


def test_a_stand_in_with_another_secret_is_refused(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        given, _ = await stage.tell("slack", url=stage.scene.origin)
        with pytest.raises(Exception, match="401"):
            await stage.hand.press("slack", given.incident.id, "acknowledge")
        assert stage.scene.log.written == []

    play(tmp_path, story, Credentials(slack_signing_secret="another"))


def test_a_link_that_leads_away_from_the_console_is_not_followed(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        given, _ = await stage.tell("email", url="https://elsewhere.example")
        with pytest.raises(NothingToPressError, match="leads elsewhere"):
            await stage.hand.press("email", given.incident.id, "acknowledge")

    play(tmp_path, story)


def ended(incident: Incident) -> Incident:
    return replace(incident, state=IncidentState.RESOLVED)
