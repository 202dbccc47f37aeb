"""What a workspace already shows of an incident, after an answer that we never heard."""

from collections.abc import Mapping
from typing import Any

from routing.channels.attempt import Refusal
from routing.channels.slack_api import SlackApi
from routing.channels.slack_people import SlackPeople
from routing.notification import Notification

_SEEN = 100  # messages, and replies


class SlackHistory:
    """The messages of an incident. Where we may not look there are none: better twice than never.

    A refusal that passes is raised.
    """

    def __init__(self, api: SlackApi, people: SlackPeople) -> None:
        self._api = api
        self._people = people

    async def parent(self, notification: Notification) -> dict[str, str]:
        """The handle of the incident's message, or nothing."""
        try:
            channel = await self._people.channel_id(notification.contact.address)
            found = await self._ask("conversations.history", {"channel": channel})
        except Refusal as refusal:
            if refusal.is_final:
                return {}
            raise
        for one in found:
            is_parent = one.get("thread_ts", one.get("ts")) == one.get("ts")
            if is_parent and _payload(one).get("id") == notification.incident.id:
                return {"channel": channel, "ts": str(one["ts"])} | _picture(one)
        return {}

    async def has_reply(self, notification: Notification, parent: Mapping[str, str]) -> bool:
        """Whether the line for this notification is in the thread."""
        try:
            query = {"channel": parent["channel"], "ts": parent["ts"]}
            found = await self._ask("conversations.replies", query)
        except Refusal as refusal:
            if refusal.is_final:
                return False
            raise
        return any(
            _payload(one).get("notification") == notification.said and one.get("ts") != parent["ts"]
            for one in found
        )

    async def _ask(self, method: str, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
        asked = {**query, "limit": _SEEN, "include_all_metadata": True}
        answer = await self._api.get(method, asked)
        return answer.get("messages") or []


def _payload(one: Mapping[str, Any]) -> dict[str, Any]:
    metadata = one.get("metadata") or {}
    return dict(metadata.get("event_payload") or {})


def _picture(one: Mapping[str, Any]) -> dict[str, str]:
    files = [(block.get("slack_file") or {}).get("id") for block in one.get("blocks") or []]
    return next(({"file": str(found)} for found in files if found), {})
