"""The hand of a person: it presses in a stand-in what people press, and the console is told.

Slack, PagerDuty and Jira tell by signed requests of theirs; the link of a mail is followed, and the
button of its page pressed. PagerDuty and Jira tell as well what we did there ourselves, as the real
ones do: whether that echoes is to be seen.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from email.message import EmailMessage
from typing import Any, Literal

import aiohttp

from streams.clock import epoch_s
from streams.demo.peers import hooks
from streams.demo.peers.hooks import Hook, Someone
from streams.demo.peers.jira import JiraPeer
from streams.demo.peers.serve import Peers

Word = Literal["acknowledge", "resolve"]
Json = dict[str, Any]

ANA = Someone("UANA", "ana"), Someone("PANA", "Ana Novak"), Someone("712020:ana", "Ana Novak")
"""Who answers, as Slack, PagerDuty and Jira know her: one of `users` of the examples."""

_IN_SLACK, _IN_PAGERDUTY, _IN_JIRA = ANA
_BECOMES = {"acknowledge": "acknowledged", "resolve": "resolved"}
_TRIES, _WAIT_S = 3, 1.0
_TIMEOUT = aiohttp.ClientTimeout(total=5)


class NothingToPressError(Exception):
    """A person would find no such button. One line."""


class Hand:
    """Answers through `peers` to the console at `console`.

    `press` works for the channels `slack`, `pagerduty`, `jira` and `email`.
    """

    def __init__(self, peers: Peers, console: str) -> None:
        self._peers, self._console = peers, console.rstrip("/")
        self._secrets = peers.credentials
        self._number = 0
        self._telling: set[asyncio.Task[None]] = set()
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)
        peers.pagerduty.changed = self._pagerduty_changed
        peers.jira.changed = self._jira_changed

    @property
    def channels(self) -> dict[str, Callable[[str, Word], Awaitable[None]]]:
        """What can be pressed, by channel."""
        return {
            "slack": self._slack,
            "pagerduty": self._pagerduty,
            "email": self._email,
            "jira": self._jira,
        }

    async def press(self, channel: str, incident_id: str, word: Word) -> None:
        """Answer as a person would. Raises `NothingToPressError`, or aiohttp's errors."""
        await self.channels[channel](incident_id, word)

    async def close(self) -> None:
        """Say nothing more."""
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self._http.close()

    async def _slack(self, incident_id: str, word: Word) -> None:
        button = button_of(self._peers.slack.messages, incident_id, word)
        secret = self._secrets.slack_signing_secret
        await self._tell(hooks.slack(button, by=_IN_SLACK, at=epoch_s(), secret=secret))

    async def _pagerduty(self, incident_id: str, word: Word) -> None:
        states = self._peers.pagerduty.states
        place = next((key for key in states if key[1] == f"tocsin:{incident_id}"), None)
        wanted = ("triggered",) if word == "acknowledge" else ("triggered", "acknowledged")
        if place is None or states[place] not in wanted:
            raise NothingToPressError(f"PagerDuty has no open incident {incident_id}")
        states[place] = _BECOMES[word]
        await self._tell(self._event(_BECOMES[word], place[1], by=_IN_PAGERDUTY))

    async def _jira(self, incident_id: str, word: Word) -> None:
        issue = issue_of(self._peers.jira, incident_id)
        if word == "resolve":
            changed = self._peers.jira.move(issue["key"], "done")
        else:
            changed = self._peers.jira.assign(issue["key"], _IN_JIRA.id, _IN_JIRA.name)
        user = {"accountId": _IN_JIRA.id, "displayName": _IN_JIRA.name, "active": True}
        await self._tell(self._update(issue, changed, user))

    async def _email(self, incident_id: str, word: Word) -> None:
        link = link_of(self._peers.smtp.mails, incident_id, word)
        if not link.startswith(f"{self._console}/act/"):
            raise NothingToPressError("the mail's link leads elsewhere")
        async with self._http.get(link) as page:
            once = re.search(r'name="once" value="(\w+)"', await page.text())
        if once is None:
            raise NothingToPressError("the page of the mail's link has no button")
        async with self._http.post(link, data={"once": once[1]}) as answer:
            answer.raise_for_status()

    def _pagerduty_changed(self, dedup_key: str, kind: str) -> None:
        self._begin(self._tell(self._event(kind, dedup_key, by=None)))

    def _jira_changed(self, key: str, changed: Json) -> None:
        user = {"accountId": "1", "emailAddress": self._secrets.jira_user, "displayName": "Tocsin"}
        issue = self._peers.jira.issues[key]
        self._begin(self._tell(self._update(issue, changed, user)))

    def _event(self, kind: str, dedup_key: str, *, by: Someone | None) -> Hook:
        self._number += 1
        return hooks.pagerduty(
            kind,
            dedup_key,
            number=self._number,
            by=by,
            at=epoch_s(),
            secret=self._secrets.pagerduty_webhook_secret,
        )

    def _update(self, issue: Json, changed: Json, user: Json) -> Hook:
        secret = self._secrets.jira_webhook_secret
        return hooks.jira(issue, changed, user=user, at=epoch_s(), secret=secret)

    def _begin(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._quietly(telling))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _quietly(self, telling: Coroutine[Any, Any, None]) -> None:
        """What nobody waits for; a console that is away hears of it no more."""
        try:
            await telling
        except (aiohttp.ClientError, TimeoutError):
            return

    async def _tell(self, hook: Hook) -> None:
        """A provider's request, said again while we are asked for that."""
        url = f"{self._console}/hooks/{hook.kind}/{hook.kind}"
        for attempt in range(_TRIES):
            async with self._http.post(url, data=hook.body, headers=hook.headers) as answer:
                if answer.status != 503 or attempt == _TRIES - 1:
                    answer.raise_for_status()
                    return
            await asyncio.sleep(_WAIT_S)


def button_of(messages: dict[str, list[Json]], incident_id: str, word: Word) -> Json:
    """A button in the newest message of an incident. Raises `NothingToPressError`."""
    said = [m for channel in messages.values() for m in channel if "blocks" in m]
    found = [
        element
        for message in said
        for block in message["blocks"]
        for element in block.get("elements", ())
        if element.get("action_id") == f"tocsin.{word}" and element.get("value") == incident_id
    ]
    if not found:
        raise NothingToPressError(f"no message in Slack asks to {word} {incident_id}")
    return {name: found[-1].get(name) for name in ("type", "action_id", "value")}


def issue_of(peer: JiraPeer, incident_id: str) -> Json:
    """The issue of an incident that is not done. Raises `NothingToPressError`."""
    for issue in peer.issues.values():
        fields = issue["fields"]
        is_open = fields["status"]["statusCategory"]["key"] != "done"
        if is_open and f"tocsin-{incident_id}" in fields["labels"]:
            return issue
    raise NothingToPressError(f"Jira has no open issue of {incident_id}")


def link_of(mails: list[EmailMessage], incident_id: str, word: Word) -> str:
    """The link in the newest mail about an incident. Raises `NothingToPressError`."""
    for mail in reversed(mails):
        part = mail.get_body(("plain",))
        if mail["X-Tocsin-Incident"] == incident_id and part is not None:
            found = re.search(rf"{word.capitalize()}: (\S+/act/\S+)", part.get_content())
            if found is not None:
                return found[1]
            break
    raise NothingToPressError(f"the newest mail about {incident_id} has no link to {word} it")
