"""The configuration of a run: five channels, of which each incident is told on two."""

from collections.abc import Mapping
from pathlib import Path

from streams.demo.peers.serve import Credentials

ADDRESSES = {
    "slack": "#ops",
    "pagerduty": "shop-oncall",
    "email": "ana@shop.example",
    "webhook": "bot",
    "jira": "OPS",
}
KINDS = tuple(ADDRESSES)
FAST = "{address: 6000/1m, channel: 6000/1m, changes: 6000/1m}"
OWN = "{}"  # what each kind has for its own

_GIVEN = Credentials()
ENVIRONMENT = {
    "SLACK_TOKEN": _GIVEN.slack_token,
    "PAGERDUTY_KEY": _GIVEN.pagerduty_keys["shop-oncall"],
    "JIRA_TOKEN": _GIVEN.jira_token,
    "HOOK_SECRET": _GIVEN.webhook_secret,
}

CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: tocsin, partitions: 1, session_timeout: 3s}}
inputs: [{{name: metrics, topic: metrics, format: json, behind_alarm: 36500d}}]
channels:
  slack:
    kind: slack
    token: {{env: SLACK_TOKEN}}
    base_url: "http://127.0.0.1:{slack}/api/"
    timeout: {timeout}
    pace: {pace}
  pagerduty:
    kind: pagerduty
    routing_keys: {{shop-oncall: {{env: PAGERDUTY_KEY}}}}
    base_url: "http://127.0.0.1:{pagerduty}"
    timeout: {timeout}
    pace: {pace}
  email:
    kind: email
    host: 127.0.0.1
    port: {smtp}
    sender: tocsin@shop.example
    timeout: {timeout}
    pace: {pace}
  webhook:
    kind: webhook
    urls: {{bot: "http://127.0.0.1:{webhook}/bot"}}
    secret: {{env: HOOK_SECRET}}
    timeout: {timeout}
    pace: {pace}
  jira:
    kind: jira
    base_url: "http://127.0.0.1:{jira}"
    user: {user}
    token: {{env: JIRA_TOKEN}}
    timeout: {timeout}
    pace: {pace}
retry: {{attempts: {attempts}, first_wait: 200ms, longest_wait: 1s}}
receivers:
{receivers}
route:
  receiver: team0
  group_by: [cause]
  group_wait: 50ms
  group_interval: 1s
  repeat_interval: 4h
  routes:
{routes}
flapping: {{hold: false}}
console: {{host: 127.0.0.1, port: 8080}}
"""


def team(number: int) -> tuple[str, str]:
    """The two channels of an incident.

    >>> team(1), team(4)
    (('pagerduty', 'email'), ('jira', 'slack'))
    """
    return KINDS[number % len(KINDS)], KINDS[(number + 1) % len(KINDS)]


def write_config(
    path: Path,
    *,
    bootstrap: str,
    ports: Mapping[str, int],
    pace: str = FAST,
    timeout: str = "1s",
    attempts: int = 30,
) -> Path:
    """The configuration with the peers at these ports."""
    teams = range(len(KINDS))
    text = CONFIG.format(
        bootstrap=bootstrap,
        **ports,
        pace=pace,
        timeout=timeout,
        attempts=attempts,
        user=_GIVEN.jira_user,
        receivers="\n".join(f"  team{n}: [{_contacts(n)}]" for n in teams),
        routes="\n".join(f"    - {{match: ['team=\"{n}\"'], receiver: team{n}}}" for n in teams),
    )
    path.write_text(text)
    return path


def _contacts(number: int) -> str:
    told = (f'{{channel: {kind}, address: "{ADDRESSES[kind]}"}}' for kind in team(number))
    return ", ".join(told)
