"""The issue of an incident: found or made, commented, closed, or opened again."""

import threading

from jira import JIRA, JIRAError

from routing.channels.attempt import Delivered
from routing.channels.channel import Message
from routing.channels.jira_again import Again, closed, reopen
from routing.channels.jira_errors import fields_at_fault, refusal, said
from routing.channels.jira_labels import group_label, label
from routing.incident import NotifyReason

_CLOSING = frozenset({NotifyReason.RESOLVED, NotifyReason.ACKNOWLEDGED})


class JiraIssue:
    """The issue of one notification. Runs in the channel's thread."""

    def __init__(
        self,
        client: JIRA,
        message: Message,
        gave_up: threading.Event,
        transition: str,
        again: Again,
    ) -> None:
        self.client = client
        self.message = message
        self.notification = message.notification
        self.gave_up = gave_up
        self.transition = transition
        self.again = again

    def tell(self) -> Delivered:
        """Make the issue, open it again, or say in it what changed; close it at the end."""
        known = self.notification.handle.get("key")
        key = known or self.find()
        if not key and self.notification.reason in _CLOSING:
            return Delivered(detail="there was no issue to close")
        if not key:
            return self.reopened() or self.done(self.create())
        try:
            if known or self.notification.reason is not NotifyReason.FIRST:
                self.comment(key)
        except JIRAError as error:
            if error.status_code != 404 or self.notification.reason in _CLOSING:
                raise
            return self.done(self.create())
        return self.done(key)

    def done(self, key: str) -> Delivered:
        """What was made of it, closed where the incident is over."""
        is_over = self.notification.reason is NotifyReason.RESOLVED
        detail = self.resolve(key) if is_over else ""
        link = f"{self.client.server_url}/browse/{key}"
        return Delivered(handle={"key": key, "url": link}, detail=detail)

    def reopened(self) -> Delivered | None:
        """The same trouble as not long ago goes into its old issue, if there is one."""
        project, group = self.notification.contact.address, group_label(self.notification)
        old = closed(self.client, project, group, self.again)
        if old is None:
            return None
        if old.decision == "leave it":
            return Delivered(detail=f"{old.key} was closed as {self.again.wont_fix}: left as it is")
        self.check()
        name = label(self.notification.incident.id)
        if not reopen(self.client, old.key, name, self.again):
            return None
        self.check()
        self.client.add_comment(old.key, self.message.payload["comment"])
        return self.done(old.key)

    def find(self) -> str:
        """The issue made by an attempt of which we never heard, or nothing."""
        project = self.notification.contact.address
        query = (
            f'project = "{project}" AND labels = "{label(self.notification.incident.id)}" '
            "AND statusCategory != Done ORDER BY created DESC"
        )
        found = self.client.search_issues(query, maxResults=1, fields="status", json_result=True)
        issues = found.get("issues") if isinstance(found, dict) else None
        return str(issues[0]["key"]) if issues else ""

    def create(self) -> str:
        """A new issue, if need be without the fields that its screen does not have."""
        self.check()
        fields = dict(self.message.payload["fields"])
        try:
            return self.client.create_issue(fields=fields, prefetch=False).key
        except JIRAError as error:
            if error.status_code != 400 or "priority" not in fields_at_fault(error):
                raise
        del fields["priority"]
        return self.client.create_issue(fields=fields, prefetch=False).key

    def comment(self, key: str) -> None:
        """Say it in the issue, unless an earlier attempt has."""
        body = self.message.payload["comment"]
        mark = self.message.payload["mark"]
        is_repeat = self.notification.attempt > 1 or not self.notification.handle.get("key")
        if is_repeat and any(mark in (c.body or "") for c in self.client.comments(key)):
            return
        self.check()
        self.client.add_comment(key, body)

    def resolve(self, key: str) -> str:
        """Close the issue. Where its workflow does not let us, the comment has said it."""
        try:
            if self.is_closed(key):
                return ""
            way = self.way_out(key)
            if not way:
                return "told, but not closed: its workflow has no way to a done status"
            self.check()
            self.client.transition_issue(key, way)
        except JIRAError as error:
            if not refusal(error).is_final:
                raise
            return f"told, but not closed: {said(error)}"
        return ""

    def is_closed(self, key: str) -> bool:
        """Whether people have closed it: then their resolution stays."""
        status = self.client.issue(key, fields="status").raw.get("fields", {}).get("status") or {}
        return bool((status.get("statusCategory") or {}).get("key") == "done")

    def way_out(self, key: str) -> str:
        """The id of the transition that closes it, or nothing."""
        ways = self.client.transitions(key)
        for way in ways:
            if self.transition and self.transition in (way.get("id"), way.get("name")):
                return str(way["id"])
        for way in ways:
            category = (way.get("to") or {}).get("statusCategory") or {}
            if category.get("key") == "done":
                return str(way["id"])
        return ""

    def check(self) -> None:
        """Raise TimeoutError where the attempt was given up: nothing new is begun then."""
        if self.gave_up.is_set():
            raise TimeoutError
