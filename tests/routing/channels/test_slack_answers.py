"""Buttons of Slack messages: which there are, what they hold, and that they go with the state."""

import json

import pytest
from slack_sdk.models.blocks import ActionsBlock

from routing.channels.slack import Slack
from routing.channels.slack_blocks import BUDGET
from routing.incident import Incident
from routing.notification import Notification
from routing.policy import Contact
from routing.secret import Secret
from tests.console.scene import acknowledged, latency_alert, paged_incident, resolved

OPEN = paged_incident()
URL = "https://tocsin.example/incident/inc-7f3a9c"


def buttons(incident: Incident, **given: Secret) -> list[dict[str, str]]:
    channel = Slack(name="chat", token=Secret("t"), **given)  # type: ignore[arg-type]
    contact, reason = Contact("chat", "#shop"), OPEN.deliveries[0].reason
    message = Notification(id="n", incident=incident, contact=contact, reason=reason, url=URL)
    blocks = channel.render(message).payload["blocks"]
    assert len(json.dumps(blocks, ensure_ascii=False)) <= BUDGET
    (actions,) = [block for block in blocks if block["type"] == "actions"]
    ActionsBlock(elements=actions["elements"]).to_dict()  # raises beyond Slack's limits
    ids = [element["action_id"] for element in actions["elements"]]
    assert len(set(ids)) == len(ids)
    return list(actions["elements"])


def asked(incident: Incident) -> list[str]:
    found = buttons(incident, signing_secret=Secret("s"))
    return [one["action_id"].removeprefix("tocsin.") for one in found if "value" in one]


def test_buttons_go_with_the_state() -> None:
    assert asked(OPEN) == ["acknowledge", "resolve", "silence", "not-useful"]
    assert asked(acknowledged(OPEN)) == ["resolve", "silence", "not-useful"]
    assert asked(resolved(OPEN)) == ["not-useful"]


def test_an_alert_from_outside_has_no_budget_to_change() -> None:
    alert = latency_alert(evidence=None)
    assert "not-useful" not in asked(paged_incident(alerts={"a": alert}))


def test_each_button_names_its_incident_and_the_first_one_stands_out() -> None:
    found = buttons(OPEN, app_token=Secret("xapp-1"))
    assert {one["value"] for one in found if "value" in one} == {"inc-7f3a9c"}
    assert [one.get("style") for one in found] == ["primary", None, None, None, None, None]
    assert next(one["url"] for one in found if "url" in one) == URL


@pytest.mark.parametrize("secret", [None, Secret("x", is_missing=True), Secret("")])
def test_without_a_way_to_hear_them_messages_only_link(secret: Secret | None) -> None:
    given = {"signing_secret": secret, "app_token": secret} if secret else {}
    found = buttons(OPEN, **given)
    assert [one["action_id"] for one in found] == ["tocsin.open", "tocsin.runbook", "tocsin.not"]
    assert all("url" in one for one in found)


def test_a_crowded_incident_keeps_its_buttons() -> None:
    labels = {f"label_{i}": "&<>" * 300 for i in range(60)}
    found = asked(paged_incident(alerts={"a": latency_alert(labels=labels)}))
    assert found[:2] == ["acknowledge", "resolve"]
