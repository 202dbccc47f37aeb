"""The messages of `incidents.py`, as every channel writes them, kept as files to be read.

    python -m tests.routing.channels.golden

writes them anew; the difference is what a change does to the words that people read.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from routing.channels.channel import Message
from routing.channels.chart import svg
from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.slack import Slack
from routing.channels.webhook import Webhook
from routing.notification import Notification
from routing.secret import Secret
from tests.routing.channels.incidents import STORIES

FOLDER = Path(__file__).parent / "golden"
_KEY = Secret("made up, and opens nothing")

SLACK = Slack(name="slack", token=_KEY, signing_secret=_KEY)
PAGERDUTY = PagerDuty(name="pagerduty", routing_keys={"ana": _KEY})
JIRA = Jira(name="jira", base_url="https://shop.atlassian.example", token=_KEY, user="tocsin")
MAIL = Email(name="mail", host="localhost", sender="Tocsin <t@shop.example>", link_key=_KEY)
WEBHOOK = Webhook(name="webhook", urls={"ana": "https://bot.shop.example/"})


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _mail(message: Message) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in message.payload["headers"].items())
    return f"{headers}\n{message.payload['text']}"


def _html(message: Message) -> str:
    """One tag of a block a line, for the sake of whoever reads a difference."""
    html = re.sub(r"(?=<(?:div|p|h1|table|tr|td|img|body|meta|style|a)\b)", "\n", html_of(message))
    return html + "\n"


def html_of(message: Message) -> str:
    """The HTML half of a mail."""
    html: str = message.payload["html"]
    return html


def _issue(message: Message) -> str:
    fields = dict(message.payload["fields"])
    body, comment = fields.pop("description"), message.payload["comment"]
    return f"{_json(fields)}\n--- description\n{body}\n\n--- comment\n{comment}\n"


def _picture(notification: Notification) -> str:
    evidence = next(iter(notification.incident.alerts.values())).evidence
    return svg(evidence).replace("<", "\n<").lstrip() + "\n" if evidence else ""


FORMS: Mapping[str, Callable[[Notification], str]] = {
    "mail.txt": lambda given: _mail(MAIL.render(given)),
    "mail.html": lambda given: _html(MAIL.render(given)),
    "slack.json": lambda given: _json(SLACK.render(given).payload),
    "pagerduty.json": lambda given: _json(PAGERDUTY.render(given).payload),
    "jira.txt": lambda given: _issue(JIRA.render(given)),
    "webhook.json": lambda given: _json(json.loads(WEBHOOK.render(given).payload["body"])),
    "chart.svg": _picture,
}


def written() -> Iterator[tuple[Path, str]]:
    """Every file, and what it should hold; nothing where there is nothing to show."""
    for name, given in STORIES.items():
        for form, write in FORMS.items():
            if text := write(given):
                yield FOLDER / name / form, text


def renew() -> int:
    """Write all of them; those that are no longer wanted go. How many there are."""
    wanted = dict(written())
    for old in FOLDER.rglob("*.*"):
        if old not in wanted:
            old.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return len(wanted)


if __name__ == "__main__":
    sys.stdout.write(f"{renew()} files\n")
