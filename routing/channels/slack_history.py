"""What a workspace already shows of an incident, after an answer that we never heard."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from routing.channels.attempt import NONSENSE, Refusal
from routing.channels.slack_api import NETWORK_ERRORS, SlackApi
from routing.channels.slack_people import SlackPeople
from routing.notification import Notification

_A_PAGE = 200  # messages, or replies
_LOOKS = 3  # attempts that fail rather than post without a look
_PAGES = 5  # so far back a message is looked for: in a storm many others stand before it


class SlackHistory:
    """The messages of an incident. Where we may not look there are none: better twice than never.

    A refusal that passes is raised. `within_s` is the time for a look of a late attempt.
    """

    def __init__(self, api: SlackApi, people: SlackPeople, *, within_s: float) -> None:
        self._api = api
        self._people = people
        self._within_s = within_s

    async def parent(self, notification: Notification) -> dict[str, str]:
        """The handle of the incident's message, or nothing.

        A page is not lost for histories that fail again and again: late attempts go without.
        """
        if notification.attempt <= _LOOKS:
            return await self._parent(notification)
        try:
            async with asyncio.timeout(self._within_s):
                return await self._parent(notification)
        except (Refusal, *NONSENSE, *NETWORK_ERRORS):
            return {}

    async def _parent(self, notification: Notification) -> dict[str, str]:
        try:
            channel = await self._people.channel_id(notification.contact.address)
            async for one in self._shown("conversations.history", {"channel": channel}):
                is_parent = one.get("thread_ts", one.get("ts")) == one.get("ts")
                if is_parent and _payload(one).get("id") == notification.incident.id:
                    return {"channel": channel, "ts": str(one["ts"])} | _picture(one)
        except Refusal as refusal:
            if not refusal.is_final:
                raise
        return {}

    async def has_reply(self, notification: Notification, parent: Mapping[str, str]) -> bool:
        """Whether the line for this notification is in the thread."""
        query = {"channel": parent["channel"], "ts": parent["ts"]}
        try:
            async for one in self._shown("conversations.replies", query):
                is_reply = one.get("ts") != parent["ts"]
                if is_reply and _payload(one).get("notification") == notification.said:
                    return True
        except Refusal as refusal:
            if not refusal.is_final:
                raise
        return False

    async def _shown(
        self, method: str, query: Mapping[str, str]
    ) -> AsyncIterator[Mapping[str, Any]]:
        asked = {**query, "limit": _A_PAGE, "include_all_metadata": True}
        for _ in range(_PAGES):
            answer = await self._api.get(method, asked)
            for one in answer.get("messages") or []:
                yield one
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            asked["cursor"] = cursor


def _payload(one: Mapping[str, Any]) -> dict[str, Any]:
    metadata = one.get("metadata") or {}
    return dict(metadata.get("event_payload") or {})


def _picture(one: Mapping[str, Any]) -> dict[str, str]:
    files = [(block.get("slack_file") or {}).get("id") for block in one.get("blocks") or []]
    return next(({"file": str(found)} for found in files if found), {})
