"""The picture of a series in Slack: uploaded once, and added to the incident's message.

Nobody waits for it: the message is out, its receipt as well, and what fails is left to the next
change of the message.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

from routing.alert import Evidence
from routing.channels import chart
from routing.channels.attempt import Refusal
from routing.channels.channel import Message, Spend
from routing.channels.finding import finding
from routing.channels.plot import plot
from routing.channels.slack_api import SlackApi
from routing.channels.slack_errors import Gone, Lacking, Misshapen
from routing.channels.summary import summarise
from routing.incident import NotifyReason

Parent = dict[str, str]
Show = Callable[[Message, Parent, str], Awaitable[None]]

_PICTURED = frozenset(NotifyReason) - {NotifyReason.ACKNOWLEDGED, NotifyReason.RESOLVED}
_WITHIN_S = 20.0
_SHOWN_WITHIN_S = 2.0  # so long a change of the message waits at most
_ENDS_WITHIN_S = 2.0
_AT_ONCE = 2  # more of them at the same time are left for the next change of their messages
_READY_AFTER_S = (0.0, 0.4, 1.0)  # Slack takes a while with what was uploaded
_AGAIN_S = 60.0
_ROOM_WITHIN_S = 10.0
_NO_ROOM = "no room among the changes, the next one shows it"
_ALLOWED_AGAIN_S = 600.0  # somebody may have given the permission
_KEPT = 1000


class Talk:
    """A message of ours: what it says now, and its picture. It is changed under its lock."""

    __slots__ = ("file", "is_in_work", "is_shown", "lock", "message")

    def __init__(self, file: str) -> None:
        self.lock = asyncio.Lock()
        self.file = file
        self.is_in_work = False
        self.is_shown = False
        self.message: Message | None = None

    def forget(self) -> None:
        """Let go of what the message says, which only a picture on its way needs."""
        self.message = None


class SlackPictures:
    """Adds pictures to the messages of one channel; let alone for a while after one that failed.

    `show` changes a message so that it has the file, where `spend` has room for that: it says in
    how many seconds to ask again, 0 being yes. `fault` is why there are no pictures now.
    """

    def __init__(self, api: SlackApi, show: Show, *, spend: Spend, is_wanted: bool) -> None:
        self._api = api
        self._spend = spend
        self._show = show
        self._is_wanted = is_wanted
        self._talks: dict[tuple[str, str], Talk] = {}
        self._making: set[asyncio.Task[None]] = set()
        self._not_before = 0.0
        self.fault = ""

    def talk(self, parent: Mapping[str, str]) -> Talk:
        """The message at a place; the one that was touched last is forgotten last."""
        place = (parent["channel"], parent["ts"])
        talk = self._talks.pop(place, None) or Talk(parent.get("file", ""))
        self._talks[place] = talk
        if len(self._talks) > _KEPT:
            del self._talks[next(iter(self._talks))]
        return talk

    def may_have_forgotten(self, message: Message, parent: Parent) -> bool:
        """Whether a message may show a picture that only the life before this one knew of."""
        is_known = "file" in parent or (parent["channel"], parent["ts"]) in self._talks
        is_drawn = summarise(message.notification).evidence is not None
        return self._is_wanted and is_drawn and not is_known

    def begin(self, message: Message, parent: Parent) -> str:
        """Make the picture of a message, where it has none, and there is one to be had now.

        Returns why none is made where pictures fail, else nothing.
        """
        talk = self.talk(parent)
        fault = self._begin(talk, message, parent)
        if not talk.is_in_work:
            talk.forget()
        return fault

    def _begin(self, talk: Talk, message: Message, parent: Parent) -> str:
        evidence = summarise(message.notification).evidence
        is_due = self._is_wanted and message.notification.reason in _PICTURED
        is_had = bool(talk.file) or talk.is_in_work
        if not is_due or is_had or evidence is None or not _can_draw(evidence):
            return ""
        if asyncio.get_running_loop().time() < self._not_before:
            return self.fault
        if len(self._making) >= _AT_ONCE:
            return ""
        talk.is_in_work = True
        task = asyncio.get_running_loop().create_task(self._make(evidence, parent))
        self._making.add(task)
        task.add_done_callback(self._making.discard)
        return ""

    async def close(self) -> None:
        """Give what is being made a moment, and leave the rest."""
        if self._making:
            _, late = await asyncio.wait(self._making, timeout=_ENDS_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _make(self, evidence: Evidence, parent: Parent) -> None:
        talk = self.talk(parent)
        try:
            async with asyncio.timeout(_WITHIN_S):
                image = await asyncio.to_thread(chart.png, evidence)
                talk.file = await self._upload(evidence, image)
                await self._add(talk, parent)
            self.fault = ""
        except Misshapen:
            self.fault = "Slack is not ready with it, the next change shows it"
        except Gone:
            pass  # somebody deleted the message, and nobody misses its picture
        except Exception as error:  # noqa: BLE001  nobody waits for it: it is told as the fault
            self.fault = error.detail if isinstance(error, Refusal) else type(error).__name__
            wait = _ALLOWED_AGAIN_S if isinstance(error, Lacking) else _AGAIN_S
            self._not_before = asyncio.get_running_loop().time() + wait
        finally:
            talk.is_in_work = False
            talk.forget()

    async def _upload(self, evidence: Evidence, image: bytes) -> str:
        said = in_words(evidence)
        about = {"filename": "series.png", "length": len(image), "alt_txt": said}
        ticket = await self._api.ask("files.getUploadURLExternal", about)
        made = str(ticket["file_id"])
        await self._api.upload(str(ticket["upload_url"]), image)
        files = json.dumps([{"id": made, "title": said[:150]}])
        await self._api.ask("files.completeUploadExternal", {"files": files})
        return made

    async def _add(self, talk: Talk, parent: Parent) -> None:
        """Add it as soon as Slack can. Raises `Misshapen` where that takes too long."""
        for wait in _READY_AFTER_S:
            await asyncio.sleep(wait)
            if not talk.is_shown:
                await self._find_room()
            try:
                async with talk.lock, asyncio.timeout(_SHOWN_WITHIN_S):
                    if talk.message is not None and not talk.is_shown:
                        await self._show(talk.message, parent, talk.file)
                    return
            except Misshapen:
                if wait == _READY_AFTER_S[-1]:
                    raise

    async def _find_room(self) -> None:
        """Wait for what the messages leave of the pace. Raises `Refusal` where that is nothing."""
        waited = 0.0
        while (wait := self._spend()) > 0:
            waited += wait
            if waited > _ROOM_WITHIN_S:
                raise Refusal(_NO_ROOM, is_final=False)
            await asyncio.sleep(wait)


def _can_draw(evidence: Evidence) -> bool:
    return chart.can_draw_png() and plot(evidence) is not None


def in_words(evidence: Evidence | None) -> str:
    """What it shows, for who does not see it."""
    return finding(evidence)[:1000] if evidence else "The series"
