"""What providers tell of answers: signed, taken once, and written as commands."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.answers import carry_out
from console.reader import Freshness, Health
from routing.channels.answer import Answer, Person
from routing.event import Acknowledge, Reassign, Reopen, Resolve, SetSilence
from routing.policy import Contact, User
from routing.secret import Secret
from streams.demo.peers.serve import Peers
from tests.console.answering import (
    ANA,
    BEN,
    NOW,
    SIGNING,
    TICKETS,
    WEBHOOK,
    Sent,
    assigned,
    channels,
    event,
    jira,
    moved,
    pagerduty,
    pressed,
    slack,
)
from tests.console.hooking import GOOD, ID, post, tell
from tests.console.scene import (
    OPENED,
    Scene,
    acknowledged,
    paged_incident,
    resolved,
    scene,
)
from tests.routing.channels.benches import CREDENTIALS

WRITTEN = [
    pytest.param(slack(pressed("acknowledge")), Acknowledge, "slack", id="slack acknowledge"),
    pytest.param(slack(pressed("resolve")), Resolve, "slack", id="slack resolve"),
    pytest.param(pagerduty(event("acknowledged")), Acknowledge, "pagerduty", id="pd acknowledge"),
    pytest.param(pagerduty(event("resolved")), Resolve, "pagerduty", id="pd resolve"),
    pytest.param(jira(moved()), Resolve, "jira", id="jira done"),
    pytest.param(jira(assigned()), Acknowledge, "jira", id="jira, given to oneself"),
    pytest.param(
        jira(assigned("JIRAUSER1", user={"key": "JIRAUSER1", "displayName": "Ana Reis"})),
        Acknowledge,
        "jira",
        id="jira data center, given to oneself",
    ),
]


@pytest.mark.parametrize(("sent", "kind", "via"), WRITTEN)
def test_an_answer_becomes_a_command_in_the_name_of_our_user(
    sent: Sent, kind: Any, via: str
) -> None:
    async def story(stage: Scene) -> None:
        answer = await post(stage, sent)
        assert answer.status == 200
        assert await answer.text() == ""
        (command,) = stage.log.written
        assert isinstance(command, kind)
        assert (command.incident_id, command.by, command.via) == (ID, "ana", via)
        assert command.id.startswith(f"{via}:")

    tell(story)


@pytest.mark.parametrize(("sent", "kind", "via"), WRITTEN)
def test_the_same_request_is_taken_once(sent: Sent, kind: Any, via: str) -> None:
    async def story(stage: Scene) -> None:
        for _ in range(3):
            assert (await post(stage, sent)).status == 200
        assert len(stage.log.written) == 1
        channel = sent.path.rpartition("/")[2]
        assert stage.desk.heard == {(channel, "written"): 1, (channel, "repeated"): 2}

    tell(story)


@pytest.mark.parametrize(("sent", "kind", "via"), WRITTEN)
def test_our_own_trouble_is_503_and_the_request_can_come_again(
    sent: Sent, kind: Any, via: str
) -> None:
    async def story(stage: Scene) -> None:
        stage.log.is_away = True
        answer = await post(stage, sent)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        stage.log.is_away = False
        assert (await post(stage, sent)).status == 200
        assert len(stage.log.written) == 1

    tell(story)


def test_who_pressed_a_button_in_slack_is_known_by_their_mail_address(tmp_path: Path) -> None:
    async def run() -> None:
        async with Peers(tmp_path, credentials=CREDENTIALS) as peers:
            peers.slack.people = {"U0BEN": "ben@shop.example"}
            token, url = Secret(CREDENTIALS.slack_token), peers.url("slack")
            ours = channels(token=token, base_url=url)
            async with scene(channels=ours, now=lambda: NOW, users=(ANA, BEN)) as stage:
                stage.show(paged_incident())
                for user in ({"id": "U0BEN", "name": "b.ott"}, {"id": "U0EVE", "name": "eve"}):
                    pressed_by = pressed("acknowledge" if not stage.log.written else "resolve")
                    sent = slack(pressed_by | {"user": user})
                    assert (await post(stage, sent)).status == 200
                assert [one.by for one in stage.log.written] == ["ben", "eve"]
            await ours["chat"].close()

    asyncio.run(run())


NOTHING = [
    pytest.param(slack({"type": "view_submission"}), id="another kind of payload"),
    pytest.param(slack(pressed("open")), id="a button that only leads somewhere"),
    pytest.param(slack(pressed("acknowledge", actions=[])), id="no button"),
    pytest.param(slack(pressed("acknowledge", "")), id="a button without an incident"),
    pytest.param(slack(pressed("reassign-everything")), id="a button of others"),
    pytest.param(pagerduty(event("annotated")), id="an event that says nothing"),
    pytest.param(
        pagerduty(event("resolved", agent={"id": "P", "type": "service_reference"})),
        id="what a service closed",
    ),
    pytest.param(
        pagerduty(event("resolved", data={"incident_key": "srv01/HTTP"})), id="not of ours"
    ),
    pytest.param(
        pagerduty({"id": "e", "event_type": "pagey.ping", "occurred_at": "2026-03-14T03:00:00Z"}),
        id="a test of PagerDuty's",
    ),
    pytest.param(jira(moved("indeterminate")), id="an issue that is worked on"),
    pytest.param(jira(assigned("712020:ben")), id="given to somebody else"),
    pytest.param(jira(assigned(None)), id="given to nobody"),
    pytest.param(jira(assigned("", user={"displayName": "Ana Reis"})), id="given by nobody known"),
    pytest.param(jira(assigned(category="done")), id="given to oneself when it is done"),
    pytest.param(
        jira(assigned(user={"emailAddress": "tocsin@shop.example", "accountId": "712020:x"})),
        id="given by ourselves",
    ),
    pytest.param(jira(moved(changelog={"items": [{"field": "labels"}]})), id="done before"),
    pytest.param(jira(moved(webhookEvent="jira:issue_created")), id="made, not moved"),
    pytest.param(jira(moved(user={"emailAddress": "Tocsin@shop.example"})), id="our own doing"),
    pytest.param(jira(moved(issue={"key": "X-1", "fields": {"labels": []}})), id="no label"),
]


@pytest.mark.parametrize("sent", NOTHING)
def test_what_is_no_answer_of_a_person_is_200_and_writes_nothing(sent: Sent) -> None:
    async def story(stage: Scene) -> None:
        assert (await post(stage, sent)).status == 200
        assert stage.log.written == []

    tell(story)


def test_our_own_acknowledgement_that_comes_back_changes_nothing() -> None:
    async def story(stage: Scene) -> None:
        echo = pagerduty(event("acknowledged", agent=None))
        stage.show(acknowledged(paged_incident(), by="bruno"))
        await post(stage, echo)
        assert stage.desk.heard == {("pager", "already"): 1}
        stage.show(paged_incident(reopened_at=NOW + timedelta(seconds=61)))
        await post(stage, pagerduty(event("acknowledged", id="later", agent=None)))
        assert stage.desk.heard["pager", "late"] == 1
        assert stage.log.written == []

    tell(story)


def test_what_pagerduty_tells_out_of_order_is_late() -> None:
    async def story(stage: Scene) -> None:
        newer = (NOW + timedelta(seconds=1)).isoformat()
        await post(stage, pagerduty(event("unacknowledged", id="e2", occurred_at=newer)))
        await post(stage, pagerduty(event("acknowledged", id="e1")))
        assert stage.desk.heard == {("pager", "already"): 1, ("pager", "late"): 1}
        assert stage.log.written == []

    tell(story)


def test_an_acknowledgement_that_timed_out_in_pagerduty_opens_the_incident() -> None:
    async def story(stage: Scene) -> None:
        stage.show(acknowledged(paged_incident(), by="ana"))
        assert (await post(stage, pagerduty(event("unacknowledged", agent=None)))).status == 200
        assert stage.log.written == [
            Reopen(incident_id=ID, by="PagerDuty", via="pagerduty", id="pagerduty:01CEVENT")
        ]

    tell(story)


def test_a_reassignment_goes_to_our_user_or_nowhere() -> None:
    async def story(stage: Scene) -> None:
        assert (await post(stage, pagerduty(event("reassigned")))).status == 200
        (command,) = stage.log.written
        assert command == Reassign(
            incident_id=ID,
            by="ana",
            via="pagerduty",
            kind="user",
            name="ben",
            id="pagerduty:01CEVENT",
        )
        for data in ({"incident_key": f"tocsin:{ID}"}, {"incident_key": f"tocsin:{ID}"}):
            data |= {"assignees": [{"summary": "Nobody of ours"}]}  # type: ignore[dict-item]
            await post(stage, pagerduty(event("reassigned", id="other", data=data)))
        assert len(stage.log.written) == 1
        assert stage.desk.heard["pager", "refused"] == 1
        stage.show(acknowledged(paged_incident(), by="ana"))
        await post(stage, pagerduty(event("reassigned", id="third", data=data)))
        assert isinstance(stage.log.written[-1], Reopen)

    tell(story)


def test_a_reassignment_knows_our_user_by_the_address_in_that_channel() -> None:
    cleo = User(name="cleo", contacts=(Contact("pager", "PCLEO"),))

    async def story(stage: Scene) -> None:
        given = {"id": "PCLEO", "type": "user_reference", "summary": "C. of the night shift"}
        data = {"incident_key": f"tocsin:{ID}", "assignees": [given]}
        await post(stage, pagerduty(event("reassigned", data=data)))
        (command,) = stage.log.written
        assert isinstance(command, Reassign)
        assert command.name == "cleo"

    tell(story, users=(ANA, BEN, cleo))


def test_what_was_said_before_the_incident_opened_again_is_late() -> None:
    async def story(stage: Scene) -> None:
        stage.show(paged_incident(reopened_at=NOW + timedelta(seconds=61)))
        for sent in (pagerduty(event("acknowledged")), jira(moved())):
            assert (await post(stage, sent)).status == 200
        assert stage.log.written == []
        assert stage.desk.heard == {("pager", "late"): 1, ("tasks", "late"): 1}

    tell(story)


def test_an_event_older_than_the_provider_would_try_is_refused() -> None:
    async def story(stage: Scene) -> None:
        assert (await post(stage, GOOD["pagerduty"])).status == 401
        assert (await post(stage, GOOD["jira"])).status == 401

    tell(story, now=lambda: NOW + timedelta(hours=50))


def test_what_changes_nothing_is_not_written() -> None:
    async def story(stage: Scene) -> None:
        stage.show(acknowledged(paged_incident(), by="ana"))
        await post(stage, GOOD["slack"])
        stage.show(resolved(paged_incident()))
        await post(stage, GOOD["jira"])
        await post(stage, pagerduty(event("resolved")))
        assert stage.log.written == []
        assert set(stage.desk.heard.values()) == {1}

    tell(story)


def test_silence_and_not_useful_are_heard_from_slack() -> None:
    async def story(stage: Scene) -> None:
        await post(stage, slack(pressed("silence")))
        (command,) = stage.log.written
        assert isinstance(command, SetSilence)
        assert command.silence.created_by == "ana"
        await post(stage, slack(pressed("not-useful")))
        ((_, mark),) = stage.log.marked
        assert mark is not None

    tell(story)


def test_an_unknown_incident_is_taken_while_live_and_put_off_before() -> None:
    async def story(stage: Scene) -> None:
        sent = slack(pressed("resolve", "other"))
        stage.health.append(Health(Freshness.STARTING, "reading"))
        assert (await post(stage, sent)).status == 503
        stage.health.append(Health(Freshness.LIVE))
        assert (await post(stage, sent)).status == 200
        assert stage.desk.heard["chat", "unknown"] == 1

    tell(story)


def test_a_get_does_nothing() -> None:
    async def story(stage: Scene) -> None:
        for sent in GOOD.values():
            assert (await stage.client.get(sent.path, headers=sent.headers)).status == 405
        assert stage.log.written == []

    tell(story)


def test_answers_are_counted_on_the_metrics_page() -> None:
    async def story(stage: Scene) -> None:
        await post(stage, GOOD["slack"])
        text = await stage.text("/metrics")
        assert 'tocsin_console_answers_total{channel="chat",outcome="written"} 1.0' in text

    tell(story)


def test_nothing_of_a_request_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    async def story(stage: Scene) -> None:
        for sent in (*GOOD.values(), slack("{"), slack(pressed("resolve"), secret="x")):
            await post(stage, sent)

    tell(story)
    said = "".join(capsys.readouterr())
    for hidden in (SIGNING, WEBHOOK, TICKETS, "v0=", "v1=", "verification-token", "response_url"):
        assert hidden not in said
    assert "command sent" in said


def test_a_log_that_hangs_is_answered_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.hooks.WRITTEN_WITHIN_S", 0.05)

    async def story(stage: Scene) -> None:
        async def hang(command: Any) -> None:
            await asyncio.Event().wait()

        stage.log.write = hang  # type: ignore[method-assign]
        assert (await post(stage, GOOD["slack"])).status == 503
        assert stage.desk.heard == {("chat", "failed"): 1}

    tell(story)


def test_a_second_person_is_added_and_the_same_one_is_not() -> None:
    async def story(stage: Scene) -> None:
        stage.show(acknowledged(paged_incident(), by="ana"))
        chat = stage.desk.channels["chat"]
        said = Answer(incident_id=ID, word="acknowledge", by=Person(name="ben"), id="x")
        assert await carry_out(stage.desk, chat, said) == "written"
        again = msgspec.structs.replace(said, by=Person(name="ana"))
        assert await carry_out(stage.desk, chat, again) == "already"
        assert OPENED < NOW

    tell(story)
