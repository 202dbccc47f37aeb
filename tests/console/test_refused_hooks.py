"""What hooks refuse: requests not signed by us, without sense, without end, or too many bytes."""

import asyncio
import gzip
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from console.hooks import LARGEST
from console.process import lacks
from routing.channels import slack_hook
from routing.channels.answer import Answer, Unheard
from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.slack import Slack
from routing.secret import Secret
from tests.console.answering import (
    NOW,
    TICKETS,
    Sent,
    channels,
    event,
    jira,
    moved,
    pagerduty,
    pressed,
    slack,
)
from tests.console.hooking import GOOD, changed, post, tell
from tests.console.scene import (
    Scene,
)

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


def test_the_signature_of_jira_is_over_the_raw_body() -> None:
    sent = jira(moved())
    made = hmac.new(TICKETS.encode(), sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["X-Hub-Signature"] == f"sha256={made}"
