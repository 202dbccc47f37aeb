"""Our blocks by the limits that slackblocks knows of, a library of neither Slack nor us."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.alert import Alert
from routing.channels.samples import HOSTILE, alert, evidence, hostile, incident, notification
from routing.channels.slack_blocks import BUDGET, completed
from routing.incident import IncidentState, NotifyReason
from routing.notification import Notification
from tests.routing.channels.golden import SLACK
from tests.routing.channels.incidents import STORIES

sb: Any = pytest.importorskip("slackblocks", reason="slackblocks, of PyPI, is not installed")

texts = st.one_of(
    st.text(max_size=4000),
    st.sampled_from([*HOSTILE.values(), "&<>" * 5000, "_*~`" * 900, "\u202e" * 300, "🔥" * 4000]),
)
maps = st.dictionaries(texts, texts, max_size=50)


def understood(block: dict[str, Any]) -> Any:
    """The block as slackblocks builds it; it refuses what is beyond a limit."""
    if block["type"] != "actions":
        return sb.Block.from_dict(block)
    return sb.ActionsBlock(elements=[button(each) for each in block["elements"]])


def button(element: dict[str, Any]) -> Any:
    given = {name: element[name] for name in ("url", "value", "style") if name in element}
    return sb.Button(text=element["text"]["text"], action_id=element["action_id"], **given)


def check(told: Notification) -> None:
    payload = SLACK.render(told).payload
    blocks = completed(payload["blocks"], file="F0123456789", alt="Chart.", mentions="<@U1>")
    message = sb.Message(channel="#ops", text=payload["text"], blocks=list(map(understood, blocks)))
    assert len(message._resolve()["blocks"]) == len(blocks) >= 4
    assert len(json.dumps(payload["blocks"], ensure_ascii=False)) <= BUDGET
    assert 0 < len(payload["text"]) <= 4000
    said = json.dumps([payload["blocks"], payload["text"], payload["reply"]])
    assert not [call for call in ("<!", "<@", "<#") if call in said]


@pytest.mark.parametrize("name", STORIES)
def test_every_message_is_within_the_limits(name: str) -> None:
    check(STORIES[name])


def test_a_hostile_message_is_within_the_limits() -> None:
    for reason in NotifyReason:
        check(replace(hostile("#ops"), reason=reason))


def one(labels: dict[str, str], text: str) -> Alert:
    notes = labels | {"description": text, "runbook_url": f"https://wiki.example/{text}"}
    bad = evidence(unit=text, series=text)
    return alert(labels=labels, annotations=notes, evidence=bad)


@settings(max_examples=60, deadline=None)
@given(texts, maps, st.sampled_from(NotifyReason), st.sampled_from(IncidentState))
def test_whatever_people_write_is_within_the_limits(
    text: str, labels: dict[str, str], reason: NotifyReason, state: IncidentState
) -> None:
    wrong = incident(
        title=text,
        state=state,
        group_labels=labels,
        acknowledged_by=text,
        resolved_by=text,
        alerts={str(n): one(labels, text) for n in range(3)},
    )
    check(notification("#ops", reason, incident=wrong))


def test_slackblocks_does_refuse() -> None:
    long = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    with pytest.raises(sb.InvalidUsageError):
        understood(long)
    many = {"type": "actions", "elements": [{"text": {"text": "x"}, "action_id": "y"}] * 26}
    with pytest.raises(sb.InvalidUsageError):
        understood(many)
