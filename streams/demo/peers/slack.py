"""Slack as its SDK sees it: tokens, channels, messages that change, threads, histories."""

import json
import math
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web

from streams.clock import epoch_s
from streams.demo.peers.faults import Faults, application
from streams.demo.peers.received import Journal
from streams.demo.peers.slack_files import RefusedError, SlackFiles, shown_files

Answer = dict[str, Any]

_BLOCKS, _ALL_CHARACTERS, _TEXT = 50, 13_200, 40_000
_LIMITS = {"header": 150, "section": 3000}
_SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "users.lookupByEmail": "users:read.email",
    "users.list": "users:read",
    "users.info": "users:read",
    "conversations.open": "im:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.list": "channels:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}


class SlackPeer:
    """A workspace with one bot. Any channel exists unless `channels` says which do.

    `people` are mail addresses by the ids of who has them; their handles are what stands before the
    `@`. The bot has all `scopes` unless some are taken away. A file is shown only after `busy_for`
    messages with it were refused.
    """

    def __init__(self, journal: Journal, *, token: str, channels: frozenset[str] = frozenset()):
        self.journal = journal
        self.faults = Faults()
        self.messages: dict[str, list[Answer]] = {}  # by channel id, oldest first
        self.people: dict[str, str] = {}
        self.scopes = {*_SCOPES.values(), "groups:read"}
        self.busy_for = 0
        self.files = SlackFiles()
        self._token = token
        self._known = channels
        self._names: dict[str, str] = {}  # id to the address it was made for
        for address in sorted(channels):
            self.open(address)

    def open(self, channel: str) -> None:
        """Have a channel before anything is posted to it."""
        self._id(channel)

    def app(self) -> web.Application:
        """The application to serve; the API is under `/api/`."""
        app = application(self.faults)
        app.router.add_route("*", "/api/{method}", self._handle)
        app.router.add_post("/upload/{file}", self.files.take)
        return app

    async def _handle(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            given = "Authorization" in request.headers
            return _refuse("invalid_auth" if given else "not_authed")
        handlers: dict[str, Callable[[Answer], Answer]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.list": self._list,
            "conversations.open": self._open,
            "users.lookupByEmail": self._by_mail,
            "users.list": self._users,
            "users.info": self._user,
            "files.getUploadURLExternal": partial(self.files.ticket, request.url.origin()),
            "files.completeUploadExternal": self.files.complete,
        }
        method = request.match_info["method"]
        handler = handlers.get(method)
        if handler is None:
            return _refuse("unknown_method")
        try:
            if _SCOPES.get(method, "chat:write") not in self.scopes:
                raise RefusedError("missing_scope")
            answer = {"ok": True} | handler(await _arguments(request))
        except RefusedError as refused:
            return _refuse(str(refused))
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(self.scopes)})

    def _auth_test(self, _: Answer) -> Answer:
        return {"url": "https://demo.slack.com/", "team": "demo", "user": "tocsin", "bot_id": "B01"}

    def _post(self, said: Answer) -> Answer:
        channel = self._channel(said)
        self._check(said)
        thread = str(said.get("thread_ts") or "")
        ts = f"{int(epoch_s())}.{len(self.journal.received):06d}"
        if thread and not self._find(channel, thread):
            raise RefusedError("thread_not_found")
        message = _message(said) | {"ts": ts} | ({"thread_ts": thread} if thread else {})
        self.messages.setdefault(channel, []).append(message)
        self._keep("reply" if thread else "post", channel, message, said)
        return {"channel": channel, "ts": ts, "message": message}

    def _update(self, said: Answer) -> Answer:
        channel = self._channel(said)
        self._check(said)
        message = self._find(channel, str(said.get("ts", "")))
        if message is None:
            raise RefusedError("message_not_found")
        is_picture = bool(shown_files(said)) and not shown_files(message)
        is_only_that = is_picture and said.get("metadata") == message.get("metadata")
        message.update(_message(said))
        self._keep("picture" if is_only_that else "update", channel, message, said)
        return {"channel": channel, "ts": message["ts"], "text": message["text"]}

    def _history(self, asked: Answer) -> Answer:
        channel = self._channel(asked, by_name=False)
        since, until = float(asked.get("oldest") or 0), float(asked.get("latest") or math.inf)
        ends = (since, until) if asked.get("inclusive") else ()
        top = [m for m in self.messages.get(channel, []) if "thread_ts" not in m]
        found = [m for m in top if since < float(m["ts"]) < until or float(m["ts"]) in ends]
        return self._shown(reversed(found), asked)

    def _replies(self, asked: Answer) -> Answer:
        channel, ts = self._channel(asked, by_name=False), asked.get("ts")
        if not self._find(channel, str(ts)):
            raise RefusedError("thread_not_found")
        thread = [m for m in self.messages[channel] if ts in (m["ts"], m.get("thread_ts"))]
        return self._shown(thread, asked)

    def _list(self, asked: Answer) -> Answer:
        if "private_channel" in str(asked.get("types")) and "groups:read" not in self.scopes:
            raise RefusedError("missing_scope")
        made = [{"id": i, "name": n.removeprefix("#")} for i, n in self._names.items()]
        return {"channels": made, "response_metadata": {"next_cursor": ""}}

    def _open(self, asked: Answer) -> Answer:
        user = str(asked.get("users", ""))
        if "@" in user or not user:
            raise RefusedError("user_not_found")
        return {"channel": {"id": self._id(user)}}

    def _by_mail(self, asked: Answer) -> Answer:
        for id_, mail in self.people.items():
            if mail == asked.get("email"):
                return {"user": {"id": id_, "profile": {"email": mail}}}
        raise RefusedError("users_not_found")

    def _users(self, asked: Answer) -> Answer:
        """One a page, so that pages are turned."""
        at = int(str(asked.get("cursor") or 0))
        shown = list(self.people.items())[at : at + 1]
        members = [{"id": id_, "name": mail.partition("@")[0]} for id_, mail in shown]
        more = str(at + 1) if at + 1 < len(self.people) else ""
        return {"members": members, "response_metadata": {"next_cursor": more}}

    def _user(self, asked: Answer) -> Answer:
        """The mail address is in it only with the scope for that."""
        id_ = str(asked.get("user", ""))
        if id_ not in self.people:
            raise RefusedError("user_not_found")
        is_shown = "users:read.email" in self.scopes
        return {"user": {"id": id_, "profile": {"email": self.people[id_]} if is_shown else {}}}

    def _check(self, said: Answer) -> None:
        """Refuse what the real one refuses."""
        _check(said)
        wanted = shown_files(said)
        if wanted and self.busy_for:
            self.busy_for -= 1
            raise RefusedError("invalid_blocks")
        if not self.files.complete_ones.issuperset(wanted):
            raise RefusedError("invalid_blocks")

    def _shown(self, found: Any, asked: Answer) -> Answer:
        has_metadata = str(asked.get("include_all_metadata")) in ("1", "true", "True")
        hidden = () if has_metadata else ("metadata",)
        rows = [{k: v for k, v in m.items() if k not in hidden} for m in found]
        start = int(str(asked.get("cursor") or 0))
        end = start + int(asked.get("limit") or 100)
        more = str(end) if end < len(rows) else ""
        return {
            "messages": rows[start:end],
            "has_more": bool(more),
            "response_metadata": {"next_cursor": more},
        }

    def _channel(self, said: Answer, *, by_name: bool = True) -> str:
        given = str(said.get("channel", ""))
        if given in self._names:
            return given
        if not given or not by_name or (self._known and given not in self._known):
            raise RefusedError("channel_not_found")
        return self._id(given)

    def _id(self, address: str) -> str:
        for known, name in self._names.items():
            if name == address:
                return known
        made = f"C{len(self._names) + 1:08d}"
        self._names[made] = address
        return made

    def _find(self, channel: str, ts: str) -> Answer | None:
        return next((m for m in self.messages.get(channel, []) if m["ts"] == ts), None)

    def _keep(self, what: str, channel: str, message: Answer, said: Answer) -> None:
        payload = (said.get("metadata") or {}).get("event_payload") or {}
        self.journal.keep(
            epoch_s(),
            "slack",
            what,
            incident=str(payload.get("id", "")),
            contact=self._names[channel],
            reason=str(payload.get("reason", "")),
            ref=message["ts"],
            text=str(said.get("text", "")),
            body=said,
        )


def _refuse(error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error})


async def _arguments(request: web.Request) -> Answer:
    """The arguments from wherever the SDK put them: query, form or JSON."""
    found: Answer = dict(request.query)
    if request.content_type == "application/json":
        found |= await request.json()
    elif request.method == "POST":
        found |= {k: str(v) for k, v in (await request.post()).items()}
    for name in ("blocks", "metadata", "files"):
        if isinstance(found.get(name), str):
            found[name] = json.loads(found[name])
    return found


def _message(said: Answer) -> Answer:
    kept = {name: said[name] for name in ("text", "blocks", "metadata") if name in said}
    return {"type": "message", "text": "", "bot_id": "B01"} | kept


def _check(said: Answer) -> None:
    """Refuse what the real one refuses."""
    blocks = said.get("blocks") or []
    if not said.get("text") and not blocks:
        raise RefusedError("no_text")
    if len(str(said.get("text", ""))) > _TEXT:
        raise RefusedError("msg_too_long")
    if len(blocks) > _BLOCKS or not all(_is_good(block) for block in blocks):
        raise RefusedError("invalid_blocks")
    if len(json.dumps(blocks, ensure_ascii=False)) > _ALL_CHARACTERS:
        raise RefusedError("msg_blocks_too_long")


def _is_good(block: Answer) -> bool:
    kind, text = block.get("type"), (block.get("text") or {}).get("text", "")
    elements, fields = block.get("elements", []), block.get("fields", [])
    buttons = [e for e in elements if e.get("type") == "button"]
    rules = (
        kind in ("header", "section", "context", "actions", "divider", "image"),
        len(text) <= _LIMITS.get(str(kind), 3000),
        kind not in _LIMITS or bool(text) or bool(fields),
        len(fields) <= 10 and all(0 < len(f["text"]) <= 2000 for f in fields),
        kind != "context" or 0 < len(elements) <= 10,
        kind != "actions" or 0 < len(elements) <= 25,
        all(0 < len(b["text"]["text"]) <= 75 for b in buttons),
        all(len(b.get("url", "")) <= 3000 for b in buttons),
        kind != "image" or 0 < len(block.get("alt_text", "")) <= 2000,
    )
    return all(rules)
