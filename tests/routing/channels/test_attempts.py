"""A message is the same at each attempt: by that a repeat is recognised."""

import pytest
from msgspec.structs import replace

from routing.channels.channel import Channel
from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.samples import notification
from routing.channels.slack import Slack
from routing.channels.webhook import Webhook
from routing.incident import NotifyReason
from routing.secret import Secret

SECRET = Secret("whsec_ZGVtbw==")
CHANNELS: dict[str, Channel] = {
    "slack": Slack(name="it", token=SECRET),
    "pagerduty": PagerDuty(name="it", routing_keys={"ana": SECRET}),
    "email": Email(name="it", host="127.0.0.1", sender="tocsin@shop.example"),
    "jira": Jira(name="it", base_url="http://127.0.0.1", token=SECRET),
    "webhook": Webhook(name="it", urls={"ana": "http://127.0.0.1"}, secret=SECRET),
}


@pytest.mark.parametrize("kind", CHANNELS)
def test_later_attempt_says_the_same(kind: str) -> None:
    first = notification("ana", NotifyReason.RESOLVED)
    again = replace(first, id=f"{first.id}#2", attempt=2)
    channel = CHANNELS[kind]
    assert channel.render(again).payload == channel.render(first).payload


def test_webhook_has_one_id_for_all_attempts() -> None:
    channel = Webhook(name="it", urls={"ana": "http://127.0.0.1"}, secret=SECRET)
    first = notification("ana")
    again = replace(first, id=f"{first.id}#2", attempt=2)
    ids = {channel._headers(channel.render(one))["webhook-id"] for one in (first, again)}
    assert ids == {first.id}
