"""Stories about a small policy, told in a test."""

from pathlib import Path

from config.errors import ConfigError
from config.stories.loader import Sources, load_stories
from config.stories.running import Verdict, run
from tests.config.samples import write

POLICY = """\
policy:
  channels:
    slack: {kind: slack, token: {env: SLACK_TOKEN}}
    email: {kind: email, host: localhost, sender: tocsin@shop.example}
  users:
    ana: {contacts: [{channel: slack, address: U1}]}
    lena: {contacts: [{channel: email, address: lena@shop.example}]}
  receivers:
    shop: [{channel: slack, address: "#shop"}, {channel: email, address: shop@shop.example}]
    quiet: [{channel: slack, address: "#quiet"}]
  escalations:
    urgent:
      levels:
        - {targets: [user: ana], wait: 5m}
        - {targets: [user: lena], wait: 5m}
  route:
    receiver: quiet
    group_by: [service]
    routes:
      - {match: ['service="api"'], receiver: shop, escalation: urgent}
"""
ONE = POLICY + "stories:\n  - name: one\n    steps:\n"


def read(folder: Path, steps: str, before: str = ONE) -> Path:
    """A file with one story of these steps."""
    indented = "".join(f"      {line}\n" for line in steps.strip().splitlines())
    return write(folder, before + indented, "story.yaml")


def told(folder: Path, steps: str, before: str = ONE) -> Verdict:
    """How the story of these steps goes."""
    (story,) = load_stories(read(folder, steps, before), Sources(environ={}))
    return run(story)


def refused(folder: Path, steps: str, before: str = ONE) -> ConfigError:
    """Why the story is not taken."""
    try:
        load_stories(read(folder, steps, before), Sources(environ={}))
    except ConfigError as error:
        return error
    raise AssertionError("it was not refused")
