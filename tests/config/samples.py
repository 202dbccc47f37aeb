"""A small configuration with every section, and ways to break it."""

from collections.abc import Mapping
from pathlib import Path

from config.errors import ConfigError, Problem
from config.loader import load
from config.settings import Config

EXAMPLES = Path(__file__).parents[2] / "config" / "examples"
SECRET = "xoxb-9f81-very-secret"
ENVIRON = {
    "SLACK_TOKEN": SECRET,
    "PAGERDUTY_KEY": "0f" * 16,
    "JIRA_TOKEN": "jira-token-text",
    "SMTP_PASSWORD": "correct horse",
}

SMALL = """\
kafka:
  bootstrap: kafka:9092
inputs:
  - name: shop
    topic: shop.metrics
    kind: metrics
    partition_by: [service]
profiles:
  - name: service
    match: ['input="shop"', 'service!="test"']
    detectors:
      ewma: {memory: 10m}
    false_alarms: 1/30d
    open_after: 3 of 5
    severity: warning
    labels: {team: shop}
channels:
  slack:
    kind: slack
    token: {env: SLACK_TOKEN}
users:
  ana:
    time_zone: Europe/Vienna
    contacts:
      - {channel: slack, address: U024BE91L}
schedules:
  primary:
    time_zone: Europe/Vienna
    layers:
      - users: [ana]
        starts_at: 2026-01-05
        turn: 1w
        handoff: "09:00"
escalations:
  urgent:
    levels:
      - targets: [schedule: primary]
        wait: 5m
receivers:
  shop:
    - {channel: slack, address: "#shop"}
route:
  receiver: shop
  group_by: [service]
  group_wait: 10s
  routes:
    - match: ['service="checkout"']
      escalation: urgent
silences:
  - id: move
    match: ['service="shipping"']
    starts_at: 2026-01-10T22:00:00Z
    ends_at: 2026-01-11T04:00:00Z
    comment: The provider moves.
"""


def write(folder: Path, text: str | bytes, name: str = "tocsin.yaml") -> Path:
    """The text as a file in the folder."""
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def loaded(folder: Path, text: str | bytes = SMALL, environ: Mapping[str, str] = ENVIRON) -> Config:
    """The configuration of one text."""
    return load(write(folder, text), environ=environ)


def problems(folder: Path, text: str | bytes) -> tuple[Problem, ...]:
    """What is said about a text: the warnings, if it is taken."""
    try:
        return loaded(folder, text).warnings
    except ConfigError as error:
        return error.problems


def refused(folder: Path, text: str | bytes, environ: Mapping[str, str] = ENVIRON) -> ConfigError:
    """Why a text is refused."""
    try:
        loaded(folder, text, environ)
    except ConfigError as error:
        return error
    raise AssertionError("it was not refused")
