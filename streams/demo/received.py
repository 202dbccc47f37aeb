"""What the peers received, as pages for people and for the verdict."""

import email
import email.policy
from pathlib import Path

import msgspec

from routing.policy import Contact
from streams import clock
from streams.demo.lines import JsonLines
from streams.demo.peers.received import Received
from streams.demo.verdict import Page

CHANNELS = ("slack", "pagerduty", "email", "jira")
_LINES = 6


class Inbox:
    """Reads the folder of the peers, only what is new each time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = [JsonLines(folder / f"{channel}.jsonl") for channel in CHANNELS]
        self._pages: list[Page] = []

    def pages(self) -> tuple[Page, ...]:
        """Every page so far, the oldest first."""
        new = [msgspec.convert(line, Received) for file in self._files for line in file.read()]
        if new:
            self._pages += [page_of(one, self._folder) for one in new]
            self._pages.sort(key=lambda page: page.at or clock.instant(0.0))
        return tuple(self._pages)


def page_of(one: Received, folder: Path) -> Page:
    """The page that a request to a peer was."""
    return Page(
        contact=Contact(one.channel, one.contact),
        incident_id=one.incident,
        opens=one.opens,
        at=clock.instant(one.at),
        text=_text(one, folder),
    )


def _text(one: Received, folder: Path) -> str:
    """A few lines as the person sees them."""
    if one.channel == "email":
        return _clip(f"{one.text}\n{_body(folder / str(one.body.get('file', '')))}")
    if one.channel == "jira" and one.opens:
        return _clip(f"{one.ref} {one.text}\n{one.body.get('description', '')}")
    return _clip(one.text)


def _body(path: Path) -> str:
    try:
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    except OSError:
        return ""
    part = mail.get_body(("plain",))
    return "" if part is None else str(part.get_content())


def _clip(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[:_LINES])
