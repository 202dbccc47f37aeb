"""Files of a workspace: a ticket, the upload, and its completion, as Slack wants them."""

from typing import Any

from aiohttp import web
from yarl import URL

Answer = dict[str, Any]

_PNG = b"\x89PNG\r\n\x1a\n"


class RefusedError(Exception):
    """Slack's word for what is wrong with the request."""


class SlackFiles:
    """What was uploaded: `contents` by id, and the ids of those that are complete."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.complete_ones: set[str] = set()
        self._lengths: dict[str, int] = {}

    def ticket(self, origin: URL, asked: Answer) -> Answer:
        """files.getUploadURLExternal: where the file goes."""
        length = str(asked.get("length", ""))
        if not asked.get("filename") or not length.isdecimal() or int(length) == 0:
            raise RefusedError("invalid_arguments")
        made = f"F{len(self._lengths) + 1:08d}"
        self._lengths[made] = int(length)
        return {"file_id": made, "upload_url": str(origin / "upload" / made)}

    async def take(self, request: web.Request) -> web.Response:
        """The upload itself, which needs no token."""
        made, content = request.match_info["file"], await request.read()
        if len(content) != self._lengths.get(made) or not content.startswith(_PNG):
            return web.Response(status=400)
        self.contents[made] = content
        return web.Response(text=f"OK - {len(content)}")

    def complete(self, said: Answer) -> Answer:
        """files.completeUploadExternal."""
        wanted = [str(one.get("id")) for one in said.get("files") or []]
        if not wanted or not all(one in self.contents for one in wanted):
            raise RefusedError("file_not_found")
        self.complete_ones.update(wanted)
        return {"files": [{"id": one, "title": "series.png"} for one in wanted]}


def shown_files(message: Answer) -> list[str]:
    """The files that the blocks of a message show."""
    images = [b for b in message.get("blocks") or [] if b.get("type") == "image"]
    return [str(b["slack_file"]["id"]) for b in images if "slack_file" in b]
