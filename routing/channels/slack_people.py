"""Who and where in a workspace: the ids behind names, mail addresses and handles."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from typing import Any

from routing.channels.attempt import NONSENSE, Refusal
from routing.channels.slack_api import NETWORK_ERRORS, SlackApi
from routing.channels.slack_errors import Lacking, explain
from routing.incident import Incident, IncidentState

_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_PAGES = 20
_WITHIN_S = 1.5  # for all who are mentioned: a page waits no longer for a name
_MAIL_WITHIN_S = 1.0  # Slack waits 3 s for what a button did
_AGAIN_S = 600.0
_FAILURES = (Refusal, *NONSENSE, *NETWORK_ERRORS)
MOST_MENTIONED = 5


def is_person(address: str) -> bool:
    """Whether an address is a person's: an id, a mail address, or a handle.

    >>> [is_person(one) for one in ("U024BE91L", "ana@shop.example", "@ana", "#ops", "C024BE91L")]
    [True, True, True, False, False]
    """
    return bool(_USER.fullmatch(address)) or "@" in address


def called(incident: Incident, channel: str, *, level: int | None = None) -> tuple[str, ...]:
    """Addresses of the people who were paged for an open incident, each by the one known best.

    That is an address on the channel itself, else a mail address. With `level` only those of it.
    """
    if incident.state is not IncidentState.OPEN:
        return ()
    found: dict[str, str] = {}
    for one in incident.deliveries:
        is_paged = bool(one.user) and one.is_told and not one.is_released
        if not is_paged or level not in (None, one.level):
            continue
        address, is_here = one.contact.address, one.contact.channel == channel
        if is_here and is_person(address):
            found[one.user] = address
        elif "@" in address[1:] and "," not in address:
            found.setdefault(one.user, address)
    return tuple(found.values())[:MOST_MENTIONED]


class SlackPeople:
    """What was asked about a workspace, kept: people and channels seldom change their ids."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._channels: dict[str, str] = {}
        self._users: dict[str, str] = {}
        self._mails: dict[str, str] = {}
        self._rooms: dict[str, str] = {}
        self._unknown: dict[str, float] = {}

    async def place(self, address: str) -> str:
        """Where to post: a person's room, or the channel as it is written. Raises `Refusal`."""
        return await self.room(address) if is_person(address) else address

    async def channel_id(self, address: str) -> str:
        """The id behind an address: histories are not found by name. Raises `Refusal`."""
        if is_person(address):
            return await self.room(address)
        if address.isalnum() and address.isupper():
            return address
        wanted = address.removeprefix("#")
        if wanted not in self._channels:
            await self._learn_channels()
        if wanted not in self._channels:
            raise Refusal(explain("channel_not_found"), is_final=True)
        return self._channels[wanted]

    def learn(self, address: str, channel: str) -> None:
        """Note what a post has said of a channel, so that it need not be looked up."""
        if not is_person(address):
            self._channels[address.removeprefix("#")] = channel

    async def _learn_channels(self) -> None:
        """Slack refuses the whole list where the bot may not see private channels."""
        try:
            await self._list_channels("public_channel,private_channel")
        except Lacking:
            await self._list_channels("public_channel")

    async def _list_channels(self, types: str) -> None:
        async for found in self._pages("conversations.list", "channels", {"types": types}):
            self._channels[str(found.get("name"))] = str(found["id"])

    async def room(self, address: str) -> str:
        """The room in which a person is told; without im:write their id, which Slack takes."""
        if address not in self._rooms:
            user = await self.user_id(address)
            try:
                answer = await self._api.post("conversations.open", {"users": user})
            except Lacking:
                return user
            self._rooms[address] = str(answer["channel"]["id"])
        return self._rooms[address]

    async def user_id(self, address: str) -> str:
        """The id of a person. Raises `Refusal`."""
        if _USER.fullmatch(address):
            return address
        if address not in self._users:
            found = await (self._handle if address.startswith("@") else self._mail)(address)
            if not _USER.fullmatch(found):
                raise Refusal(explain("users_not_found"), is_final=True)
            self._users[address] = found
        return self._users[address]

    async def mail_of(self, user: str) -> str:
        """The mail address of a user id, or nothing; soon, and it never raises."""
        if user not in self._mails and _USER.fullmatch(user) and not self._is_unknown(user):
            try:
                async with asyncio.timeout(_MAIL_WITHIN_S):
                    answer = await self._api.get("users.info", {"user": user})
                self._mails[user] = str(answer["user"]["profile"]["email"])
            except _FAILURES:
                self._note_unknown(user)
        return self._mails.get(user, "")

    async def mentions(self, addresses: Iterable[str]) -> str:
        """Those of the people who are found, as Slack mentions them; soon, and it never raises."""
        wanted = [each for each in addresses if not self._is_unknown(each)]
        done: list[str] = []
        try:
            async with asyncio.timeout(_WITHIN_S):
                for each in wanted:
                    done.append(await self._mention(each))
        except TimeoutError:
            self._note_unknown(wanted[len(done)])
        return " ".join(dict.fromkeys(one for one in done if one))

    async def _mention(self, address: str) -> str:
        try:
            return f"<@{await self.user_id(address)}>"
        except _FAILURES as error:
            if isinstance(error, TimeoutError):
                raise
            self._note_unknown(address)
            return ""

    def _is_unknown(self, address: str) -> bool:
        return self._unknown.get(address, 0.0) > asyncio.get_running_loop().time()

    def _note_unknown(self, address: str) -> None:
        self._unknown[address] = asyncio.get_running_loop().time() + _AGAIN_S

    async def _mail(self, address: str) -> str:
        answer = await self._api.get("users.lookupByEmail", {"email": address})
        return str(answer["user"]["id"])

    async def _handle(self, address: str) -> str:
        wanted = address.removeprefix("@").casefold()
        async for user in self._pages("users.list", "members", {}):
            shown = (user.get("profile") or {}).get("display_name", "")
            if not user.get("deleted") and wanted in _folded(user.get("name"), shown):
                return str(user["id"])
        return ""

    async def _pages(
        self, method: str, name: str, query: dict[str, Any]
    ) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        for _ in range(_PAGES):
            answer = await self._api.get(method, {"limit": 1000, "cursor": cursor, **query})
            for each in answer.get(name) or []:
                yield each
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


def _folded(*names: object) -> set[str]:
    return {str(name).casefold() for name in names if name}
