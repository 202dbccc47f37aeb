"""Jira: one issue for each incident, a comment for each change, closed with it."""

import asyncio
import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from jira import JIRA, JIRAError
from requests.exceptions import RequestException, Timeout

from routing.alert import Severity
from routing.channels import jira_hook
from routing.channels.answer import Answer, lacking
from routing.channels.attempt import Delivered, Refusal, attempt, check_url, is_loopback
from routing.channels.channel import Message
from routing.channels.cord import Cord
from routing.channels.diagnosis import Finding, look
from routing.channels.jira_again import Again
from routing.channels.jira_errors import refusal
from routing.channels.jira_issue import JiraIssue
from routing.channels.jira_labels import group_label, label, short
from routing.channels.text import clean, clip
from routing.channels.texts import Texts
from routing.channels.wiki import comment, description
from routing.notification import Notification
from routing.pace import Pace, a_minute
from routing.receipt import Receipt
from routing.secret import Secret

_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")


class Jira:
    """Jira Cloud (user and API token) or Data Center (access token alone).

    Parameters: `name` of the channel; `base_url` of the site; `token`; `user`, the mail address of
    the token's owner on Cloud, empty on Data Center; `issue_type` by name; `priorities`, from our
    severity to the name of one of the site's priorities; `transition`, the id or name of the one
    that closes an issue where the first that leads to a "done" status is not right; `title` and
    `text`: templates in place of the usual words; `timeout_s` for one attempt with all its
    requests; `reopen_within_s`, how long after it was closed an issue is opened again when the same
    group is in trouble, where that is wished; `reopen_transition`, the id or name of the one for
    it where the first that leads back is not right; `wont_fix`, the name of a resolution: issues
    closed with it within that time stay closed, and none is made; `webhook_secret`, with which
    Jira signs what it tells the console: an issue that is done there closes its incident. An
    address is a project key.
    """

    kind = "jira"
    pace = Pace(address=a_minute(60), channel=a_minute(120), is_shared=True)

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        token: Secret,
        user: str = "",
        issue_type: str = "Task",
        priorities: dict[str, str] | None = None,
        transition: str = "",
        reopen_within_s: float = 0.0,
        reopen_transition: str = "",
        wont_fix: str = "",
        title: str = "",
        text: str = "",
        timeout_s: float = 20.0,
        webhook_secret: Secret | None = None,
    ) -> None:
        check_url("base_url", base_url)
        self.name = name
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._user = user
        self._issue_type = issue_type
        self._priorities = {Severity(word): to for word, to in (priorities or {}).items()}
        self._transition = transition
        self._again = Again(
            within=timedelta(seconds=reopen_within_s),
            transition=reopen_transition,
            wont_fix=wont_fix,
        )
        self._timeout_s = timeout_s
        self.texts = Texts(title=title, text=text)
        self._webhook_secret = webhook_secret
        self.lacks = lacking(webhook_secret=webhook_secret)
        self._client: JIRA | None = None
        self._cord = Cord()
        # One thread: an attempt that we gave up on ends before the next one looks for its issue.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"jira-{name}")

    def render(self, notification: Notification) -> Message:
        """The fields of a new issue, and the comment for one that exists."""
        summary = self.texts.summarise(notification)
        fields: dict[str, Any] = {
            "project": {"key": notification.contact.address},
            "issuetype": {"name": self._issue_type},
            "summary": clip(summary.title, 250),
            "description": description(summary),
            "labels": ["tocsin", label(notification.incident.id), group_label(notification)],
        }
        if summary.severity in self._priorities:
            fields["priority"] = {"name": self._priorities[summary.severity]}
        mark = f"tocsin:{short(notification.said)}"
        payload = {"fields": fields, "comment": comment(summary, mark), "mark": mark}
        return Message(notification=notification, payload=payload, note=summary.note)

    def hear(self, body: bytes, headers: Mapping[str, str], *, now: float) -> Sequence[Answer]:
        """What people did in Jira. Raises `Unheard`."""
        return jira_hook.heard(body, headers, secret=self._webhook_secret, own=self._user, now=now)

    async def send(self, message: Message) -> Receipt:
        """Make the issue, or say in it what changed; close it when the incident is resolved."""
        return await attempt(
            message,
            self._deliver(message),
            timeout_s=self._timeout_s,
            secrets=[self._token],
            network_errors=(RequestException,),
        )

    async def diagnose(self, addresses: Collection[str]) -> list[Finding]:
        """Who the token's owner is, and whether these projects are seen with it."""
        asked: dict[str, Callable[[], str]] = {
            "": self._whoami,
            **{each: partial(self._project, each) for each in addresses},
        }
        return [
            await look(
                about,
                asyncio.wrap_future(self._thread.submit(self._asked, question)),
                timeout_s=self._timeout_s,
                secrets=[self._token],
                network_errors=(RequestException,),
            )
            for about, question in asked.items()
        ]

    async def close(self) -> None:
        """Let the thread go; if it waits for an answer it ends with its timeout."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()  # type: ignore[no-untyped-call]

    def _asked(self, question: Callable[[], str]) -> str | Finding:
        try:
            return question()
        except JIRAError as error:
            raise refusal(error) from None
        except Timeout:
            raise TimeoutError from None

    def _whoami(self) -> str:
        client = self._connected()
        return f"{client.myself().get('displayName')} at {client.server_info().get('serverTitle')}"

    def _project(self, key: str) -> str:
        if not _PROJECT.fullmatch(key):
            raise Refusal(f"not a project key: {clean(key, 60)!r}", is_final=True)
        return f"the project {self._connected().project(key).name}"

    async def _deliver(self, message: Message) -> Delivered:
        project = message.notification.contact.address
        if not _PROJECT.fullmatch(project):
            raise Refusal(f"not a project key: {clean(project, 60)!r}", is_final=True)
        gave_up = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._work, message, gave_up)
        except asyncio.CancelledError:
            gave_up.set()
            self._cord.pull()
            raise

    def _work(self, message: Message, gave_up: threading.Event) -> Delivered:
        """All of one attempt, in the thread; nothing new is begun once it was given up."""
        try:
            return JiraIssue(
                self._connected(), message, gave_up, self._transition, self._again
            ).tell()
        except JIRAError as error:
            raise refusal(error) from None
        except Timeout:
            raise TimeoutError from None

    def _connected(self) -> JIRA:
        """The client; its constructor asks the server who it is, so it is made when needed."""
        if self._client is None:
            token = self._token.reveal()
            client = JIRA(
                self._base_url,
                options={"rest_api_version": "2"},
                basic_auth=(self._user, token) if self._user else None,
                token_auth=None if self._user else token,
                get_server_info=False,
                max_retries=0,
                timeout=(min(3.0, self._timeout_s), min(10.0, self._timeout_s)),
                logging=False,
            )
            self._cord.tie(client._session)
            client._session.trust_env = not is_loopback(self._base_url)
            client.deploymentType = client.server_info().get("deploymentType")
            self._client = client
        return self._client
