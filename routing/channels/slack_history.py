"""What a workspace already shows of an incident, after an answer that we never heard."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from routing.channels.attempt import NONSENSE, Refusal
from routing.channels.channel import Message
from routing.channels.slack_api import NETWORK_ERRORS, SlackApi
from routing.channels.slack_people import SlackPeople
from routing.notification import Notification

BEGUN_WITH = "begun_with"  # in the metadata of a post, until a change replaces it

_A_PAGE = 200  # messages, or replies
_LOOKS = 3  # attempts that fail rather than post without a look
_SILENT_S = 10.0  # without an answer to any look, until histories count as silent
_PAGES = 5  # so far back a message is looked for: in a storm many others stand before it

_PICTURE_WITHIN_S = 2.0  # so long a change of a message waits for it at most
_SKEW = timedelta(hours=1)  # so far their clock may be behind ours

_Found = TypeVar("_Found")


class SlackHistory:
    """The messages of an incident. Where we may not look there are none: better twice than never.

    A refusal that passes is raised, and the next attempt looks again. Only where histories have
    been silent to all for a while does a late attempt go without, so that no page is lost for
    them. `within_s` is the time for a look of a late attempt.
    """

    def __init__(self, api: SlackApi, people: SlackPeople, *, within_s: float) -> None:
        self._api = api
        self._people = people
        self._within_s = within_s
        self._silent_since: float | None = None

    async def parent(self, notification: Notification) -> dict[str, str]:
        """The handle of the incident's message, or nothing.

        Under :data:`BEGUN_WITH` is what it was posted with, where it says that still.
        """
        return await self._look(notification, self._parent(notification)) or {}

    async def picture(self, parent: Mapping[str, str]) -> dict[str, str]:
        """The file that a message of ours shows, or nothing; soon, and it never raises."""
        ts = parent["ts"]
        only = {"oldest": ts, "latest": ts, "inclusive": True, "limit": 1}
        try:
            async with asyncio.timeout(_PICTURE_WITHIN_S):
                query = {"channel": parent["channel"], **only}
                answer = await self._api.get("conversations.history", query)
            return next((_picture(one) for one in answer["messages"] if one["ts"] == ts), {})
        except (Refusal, *NONSENSE, *NETWORK_ERRORS):
            return {}

    async def has_reply(self, notification: Notification, parent: Mapping[str, str]) -> bool:
        """Whether the line for this notification is in the thread."""
        return await self._look(notification, self._has_reply(notification, parent)) or False

    async def _look(
        self, notification: Notification, look: Coroutine[Any, Any, _Found]
    ) -> _Found | None:
        """What a look finds; None for a late attempt where histories are silent."""
        loop, is_late = asyncio.get_running_loop(), notification.attempt > _LOOKS
        since, self._silent_since = self._silent_since, self._silent_since or loop.time()
        try:
            async with asyncio.timeout(self._within_s if is_late else None):
                found = await look
        except (Refusal, *NONSENSE, *NETWORK_ERRORS):
            if is_late and since is not None and loop.time() - since >= _SILENT_S:
                return None
            raise
        self._silent_since = None
        return found

    async def _parent(self, notification: Notification) -> dict[str, str]:
        try:
            channel = await self._people.channel_id(notification.contact.address)
            since = (notification.incident.opened_at - _SKEW).timestamp()
            query = {"channel": channel, "oldest": f"{since:.6f}"}
            async for one in self._shown("conversations.history", query):
                is_parent = one.get("thread_ts", one.get("ts")) == one.get("ts")
                if is_parent and _payload(one).get("id") == notification.incident.id:
                    begun_with = str(_payload(one).get(BEGUN_WITH, ""))
                    found = {"channel": channel, "ts": str(one["ts"]), BEGUN_WITH: begun_with}
                    return found | _picture(one)
        except Refusal as refusal:
            if not refusal.is_final:
                raise
        return {}

    async def _has_reply(self, notification: Notification, parent: Mapping[str, str]) -> bool:
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


def begun(message: Message) -> Message:
    """A message as it is posted: no line in its thread has to say the same."""
    metadata = message.payload["metadata"]
    payload = metadata["event_payload"]
    payload = {**payload, BEGUN_WITH: payload["notification"]}
    metadata = {**metadata, "event_payload": payload}
    return msgspec.structs.replace(message, payload={**message.payload, "metadata": metadata})


def _payload(one: Mapping[str, Any]) -> dict[str, Any]:
    metadata = one.get("metadata") or {}
    return dict(metadata.get("event_payload") or {})


def _picture(one: Mapping[str, Any]) -> dict[str, str]:
    files = [(block.get("slack_file") or {}).get("id") for block in one.get("blocks") or []]
    return next(({"file": str(found)} for found in files if found), {})
