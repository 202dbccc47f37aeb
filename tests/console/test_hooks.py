"""What providers tell of answers: signed, taken once, and written as commands."""

import asyncio
import gzip
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import ClientResponse
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from console.answers import carry_out
from console.hooks import LARGEST
from console.process import lacks
from console.reader import Freshness, Health
from routing.channels import slack_hook
from routing.channels.answer import Answer, Person, Unheard
from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.slack import Slack
from routing.event import Acknowledge, Reassign, Reopen, Resolve, SetSilence
from routing.policy import Contact, User
from routing.secret import Secret
from tests.console.answering import (
    ANA,
    BEN,
    NOW,
    SIGNING,
    TICKETS,
    WEBHOOK,
    Sent,
    channels,
    event,
    jira,
    moved,
    pagerduty,
    pressed,
    slack,
)
from tests.console.scene import (
    OPENED,
    Scene,
    Story,
    acknowledged,
    paged_incident,
    resolved,
    scene,
)

ID = "inc-7f3a9c"


def tell(story: Story, **given_: Any) -> None:
    async def run() -> None:
        ours = {"channels": channels(), "now": lambda: NOW, "users": (ANA, BEN)} | given_
        async with scene(**ours) as stage:
            stage.show(paged_incident())
            await story(stage)

    asyncio.run(run())


async def post(stage: Scene, sent: Sent) -> ClientResponse:
    return await stage.client.post(sent.path, data=sent.body, headers=sent.headers)


WRITTEN = [
    pytest.param(slack(pressed("acknowledge")), Acknowledge, "slack", id="slack acknowledge"),
    pytest.param(slack(pressed("resolve")), Resolve, "slack", id="slack resolve"),
    pytest.param(pagerduty(event("acknowledged")), Acknowledge, "pagerduty", id="pd acknowledge"),
    pytest.param(pagerduty(event("resolved")), Resolve, "pagerduty", id="pd resolve"),
    pytest.param(jira(moved()), Resolve, "jira", id="jira done"),
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


def changed(sent: Sent, **headers: str | None) -> Sent:
    kept = {k: v for k, v in (sent.headers | headers).items() if v is not None}
    return sent._replace(headers=kept)  # type: ignore[arg-type]


GOOD = {
    "slack": slack(pressed("acknowledge")),
    "pagerduty": pagerduty(event("acknowledged")),
    "jira": jira(moved()),
}
SIGNATURE = {
    "slack": "X-Slack-Signature",
    "pagerduty": "X-PagerDuty-Signature",
    "jira": "X-Hub-Signature",
}
BAD = ["", "v0=", "v1=", "sha256=", "v0=é", "v1=" + ",v1=" * 1000, "sha256=" + "0" * 64]
FORGED = [
    pytest.param(changed(GOOD[kind], **{SIGNATURE[kind]: text}), id=f"{kind} {str(text)[:8]!r}")
    for kind in GOOD
    for text in (None, *BAD)
]
FORGED += [
    pytest.param(slack(pressed("acknowledge"), secret="another"), id="slack, another secret"),
    pytest.param(pagerduty(event("resolved"), secret="another"), id="pagerduty, another secret"),
    pytest.param(jira(moved(), secret="another"), id="jira, another secret"),
    pytest.param(GOOD["slack"]._replace(body=GOOD["slack"].body + b" "), id="one byte more"),
    pytest.param(GOOD["pagerduty"]._replace(body=b""), id="another body"),
    pytest.param(slack(pressed("resolve"), at=NOW - timedelta(seconds=301)), id="too old"),
    pytest.param(slack(pressed("resolve"), at=NOW + timedelta(seconds=301)), id="too new"),
    pytest.param(
        changed(GOOD["slack"], **{"X-Slack-Request-Timestamp": str(int(NOW.timestamp()) + 1)}),
        id="another time",
    ),
]


@pytest.mark.parametrize("sent", FORGED)
def test_what_is_not_signed_with_our_secret_is_401_without_a_word(sent: Sent) -> None:
    async def story(stage: Scene) -> None:
        answer = await post(stage, sent)
        assert answer.status == 401
        assert await answer.text() == ""
        assert stage.log.written == []

    tell(story)


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/slack/nobody",
        "/hooks/pagerduty/chat",
        "/hooks/email/mail",
        "/hooks/slack/mail",
        "/hooks/slack/%00%22%3Cscript%3E",
    ],
)
def test_a_hook_that_is_not_there_is_404_and_counted_under_no_name_of_strangers(path: str) -> None:
    async def story(stage: Scene) -> None:
        answer = await post(stage, GOOD["slack"]._replace(path=path))
        assert answer.status == 404
        assert {channel for channel, _ in stage.desk.heard} <= {"none", "chat", "mail"}
        assert stage.log.written == []

    tell(story)


STAND_IN = Secret("missing", is_missing=True)


@pytest.mark.parametrize("secret", [None, STAND_IN, Secret("")])
def test_without_a_secret_nothing_is_heard_whatever_it_is_signed_with(secret: Any) -> None:
    async def story(stage: Scene) -> None:
        for signed in ("missing", ""):
            for sent in (
                slack(pressed("resolve"), secret=signed),
                pagerduty(event("resolved"), secret=signed),
                jira(moved(), secret=signed),
            ):
                assert (await post(stage, sent)).status == 404
        assert stage.log.written == []

    ours = {
        "chat": Slack(name="chat", token=Secret("t"), signing_secret=secret),
        "pager": PagerDuty(name="pager", routing_keys={}, webhook_secret=secret),
        "tasks": Jira(name="tasks", base_url="http://h", token=Secret("t"), webhook_secret=secret),
    }
    tell(story, channels=ours)


def test_the_console_knows_which_secrets_it_lacks() -> None:
    ours = {
        "chat": Slack(name="chat", token=Secret("t"), signing_secret=STAND_IN, app_token=None),
        "pager": PagerDuty(name="pager", routing_keys={}, webhook_secret=STAND_IN),
        "tasks": Jira(name="tasks", base_url="http://h", token=STAND_IN, webhook_secret=None),
        "mail": Email(name="mail", host="h", sender="t@h", link_key=STAND_IN),
    }
    wanted = [("chat", "signing_secret"), ("pager", "webhook_secret"), ("mail", "link_key")]
    assert lacks(ours) == wanted
    assert lacks(channels()) == []


UNREADABLE = [
    slack("{"),
    slack("[]"),
    slack(json.dumps({"type": 5})),
    slack({"type": "block_actions", "actions": [{"value": {}}]}),
    pagerduty("x"),
    pagerduty({"id": "e"}),
    pagerduty(event("resolved", occurred_at="yesterday")),
    pagerduty(event("resolved", occurred_at="2026-03-14T03:02:11")),
    jira([]),
    jira({"timestamp": 10**30, "webhookEvent": "jira:issue_updated"}),
]


@pytest.mark.parametrize("sent", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_is_signed_and_makes_no_sense_is_400(sent: Sent) -> None:
    async def story(stage: Scene) -> None:
        assert (await post(stage, sent)).status == 400
        assert stage.log.written == []

    tell(story)


@pytest.mark.parametrize("kind", GOOD)
def test_endless_and_compressed_bodies_are_refused(kind: str) -> None:
    async def story(stage: Scene) -> None:
        sent = GOOD[kind]
        assert (await post(stage, sent._replace(body=b"x" * (LARGEST + 1)))).status == 413
        packed = sent._replace(body=gzip.compress(sent.body))
        assert (await post(stage, changed(packed, **{"Content-Encoding": "gzip"}))).status == 415
        assert stage.log.written == []

    tell(story)


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


def test_signatures_are_those_of_the_vendors() -> None:
    body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"  # noqa: E501
    key, stamp = "8f742231b10e8888abcd99yyyzzz85a5", "1531420618"
    made = slack_hook.signature(body, stamp, key.encode())
    assert made == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert made == SignatureVerifier(key).generate_signature(timestamp=stamp, body=body)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.dictionaries(st.text(max_size=20), st.text(max_size=50)))
def test_no_body_and_no_header_makes_a_hook_fail(body: bytes, headers: dict[str, str]) -> None:
    for channel in channels().values():
        if isinstance(channel, Email):
            continue
        with pytest.raises(Unheard):
            channel.hear(body, headers, now=0.0)  # type: ignore[attr-defined]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(JSON, st.sampled_from(["type", "user", "actions", "id", "occurred_at", "agent", "data"]))
def test_signed_nonsense_is_unreadable_or_says_nothing_that_we_trust(value: Any, key: str) -> None:
    ours = channels()
    chat, pager = ours["chat"], ours["pager"]
    assert isinstance(chat, Slack)
    assert isinstance(pager, PagerDuty)
    for channel, sent in (
        (chat, slack(pressed("acknowledge") | {key: value})),
        (pager, pagerduty(event("acknowledged") | {key: value})),
    ):
        headers = {name.lower(): text for name, text in sent.headers.items()}
        try:
            found = channel.hear(sent.body, headers, now=NOW.timestamp())
        except Unheard:
            continue
        assert all(isinstance(answer, Answer) for answer in found)


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.hooks.READ_WITHIN_S", 0.05)

    async def story(stage: Scene) -> None:
        async def drip() -> Any:
            yield b"payload="
            await asyncio.Event().wait()

        answer = await stage.client.post("/hooks/slack/chat", data=drip())
        assert answer.status == 408

    tell(story)


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


def test_the_signature_of_jira_is_over_the_raw_body() -> None:
    sent = jira(moved())
    made = hmac.new(TICKETS.encode(), sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["X-Hub-Signature"] == f"sha256={made}"
