"""The picture of a series in Slack: uploaded once, and shown in the incident's message.

The message is there before, and neither waits nor fails for it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable

from routing.alert import Evidence
from routing.channels import chart
from routing.channels.attempt import Refusal
from routing.channels.finding import finding
from routing.channels.plot import plot
from routing.channels.slack_api import NETWORK_ERRORS, SlackApi
from routing.channels.slack_errors import Lacking, Misshapen

Show = Callable[[str], Awaitable[None]]

_WITHIN_S = 4.0
_AT_ONCE = 2  # more of them at the same time are left for the next change of their messages
_READY_AFTER_S = (0.0, 0.4, 1.0)  # Slack takes a while with what was uploaded
_AGAIN_S = 60.0
_NEVER = float("inf")


class SlackPictures:
    """Makes the pictures of one channel; let alone for a while after one that failed."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._making = 0
        self._not_before = 0.0

    def can_make(self, evidence: Evidence | None) -> bool:
        """Whether there is a picture to be had now."""
        is_due = asyncio.get_running_loop().time() >= self._not_before
        is_free = self._making < _AT_ONCE
        drawable = evidence is not None and chart.can_draw_png() and plot(evidence) is not None
        return is_due and is_free and drawable

    async def add(self, evidence: Evidence, show: Show, *, within_s: float) -> tuple[str, str]:
        """Upload the picture and show it: the id of the file, if any, and what went wrong."""
        made, image = "", b""
        self._making += 1
        try:
            async with asyncio.timeout(min(_WITHIN_S, within_s)):
                image = await asyncio.to_thread(chart.png, evidence)
                made = await self._upload(evidence, image)
                await _shown(made, show)
        except Lacking as refusal:
            self._not_before = _NEVER
            return "", refusal.detail
        except Misshapen:
            return made, "Slack is not ready with it, the next change shows it"
        except (Refusal, ValueError, LookupError, TypeError, OSError, *NETWORK_ERRORS) as error:
            if not image:
                return "", "it was not drawn in time, the next change shows it"
            self._not_before = asyncio.get_running_loop().time() + _AGAIN_S
            return made, error.detail if isinstance(error, Refusal) else type(error).__name__
        finally:
            self._making -= 1
        return made, ""

    async def _upload(self, evidence: Evidence, image: bytes) -> str:
        said = in_words(evidence)
        about = {"filename": "series.png", "length": len(image), "alt_txt": said}
        ticket = await self._api.ask("files.getUploadURLExternal", about)
        made = str(ticket["file_id"])
        await self._api.upload(str(ticket["upload_url"]), image)
        files = json.dumps([{"id": made, "title": said[:150]}])
        await self._api.ask("files.completeUploadExternal", {"files": files})
        return made


async def _shown(made: str, show: Show) -> None:
    """Show it as soon as Slack can. Raises `Misshapen` where that takes too long."""
    for wait in _READY_AFTER_S:
        await asyncio.sleep(wait)
        try:
            return await show(made)
        except Misshapen:
            if wait == _READY_AFTER_S[-1]:
                raise
    return None


def in_words(evidence: Evidence | None) -> str:
    """What it shows, for who does not see it."""
    return finding(evidence)[:1000] if evidence else "The series"
