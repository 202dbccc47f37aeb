"""Jira's REST API v2 as its library sees it: issues, labels, comments, a workflow."""

import base64
import re
from collections.abc import Callable
from typing import Any

from aiohttp import web

from streams.clock import epoch_s
from streams.demo.peers.faults import Faults, application
from streams.demo.peers.received import Journal

Json = dict[str, Any]

_STATUS = {  # the names are in no language that code may rely on
    "new": {"id": "1", "name": "Offen", "statusCategory": {"id": 2, "key": "new"}},
    "indeterminate": {
        "id": "3",
        "name": "In Arbeit",
        "statusCategory": {"id": 4, "key": "indeterminate"},
    },
    "done": {"id": "5", "name": "Fertig", "statusCategory": {"id": 3, "key": "done"}},
}
_WAYS = {"11": "new", "21": "indeterminate", "31": "done"}
_API = "/rest/api/2"


class JiraPeer:
    """A site with any project whose key is in capitals.

    Cloud where there is a `user`, Data Center otherwise. `priorities` says whether its screens
    have that field, `can_close` whether its workflow leads to a done status.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        token: str,
        user: str = "",
        priorities: bool = True,
        can_close: bool = True,
    ) -> None:
        self.journal = journal
        self.faults = Faults()
        self.issues: dict[str, Json] = {}
        self.changed: Callable[[str, Json], None] | None = None  # by us
        self._token, self._user = token, user
        self._priorities, self._can_close = priorities, can_close

    def app(self) -> web.Application:
        """The application to serve."""
        app = application(self.faults)
        issue = f"{_API}/issue"
        app.router.add_get(f"{_API}/serverInfo", self._server_info)
        app.router.add_get(f"{_API}/myself", self._guarded(self._myself))
        app.router.add_get(f"{_API}/project/{{project}}", self._guarded(self._project))
        app.router.add_get(f"{_API}/field", self._guarded(self._fields))
        app.router.add_get(f"{_API}/search", self._guarded(self._search))
        app.router.add_get(f"{_API}/search/jql", self._guarded(self._search))
        app.router.add_post(issue, self._guarded(self._create))
        app.router.add_get(f"{issue}/{{key}}", self._guarded(self._read))
        app.router.add_put(f"{issue}/{{key}}", self._guarded(self._edit))
        app.router.add_get(f"{issue}/{{key}}/comment", self._guarded(self._comments))
        app.router.add_post(f"{issue}/{{key}}/comment", self._guarded(self._comment))
        app.router.add_get(f"{issue}/{{key}}/transitions", self._guarded(self._transitions))
        app.router.add_post(f"{issue}/{{key}}/transitions", self._guarded(self._transition))
        return app

    def _guarded(self, handler: Any) -> Any:
        async def guarded(request: web.Request) -> web.Response:
            """Answer who may ask, of issues that there are."""
            if request.headers.get("Authorization") != self._authorisation():
                said = "Client must be authenticated to access this resource."
                return web.json_response({"errorMessages": [said], "errors": {}}, status=401)
            key = request.match_info.get("key")
            if key is not None and key not in self.issues:
                gone = "Issue does not exist or you do not have permission to see it."
                return web.json_response({"errorMessages": [gone], "errors": {}}, status=404)
            answer: web.Response = await handler(request)
            return answer

        return guarded

    def _authorisation(self) -> str:
        if not self._user:
            return f"Bearer {self._token}"
        return "Basic " + base64.b64encode(f"{self._user}:{self._token}".encode()).decode()

    async def _server_info(self, request: web.Request) -> web.Response:
        kind, version = ("Cloud", [1001, 0, 0]) if self._user else ("Server", [9, 12, 0])
        numbers = ".".join(map(str, version))
        answer = {
            "baseUrl": str(request.url.origin()),
            "version": numbers,
            "versionNumbers": version,
            "deploymentType": kind,
            "buildNumber": 1,
            "serverTitle": "Demo",
        }
        return web.json_response(answer)

    async def _myself(self, _: web.Request) -> web.Response:
        return web.json_response({"accountId": "1", "displayName": "Tocsin", "active": True})

    async def _project(self, request: web.Request) -> web.Response:
        key = request.match_info["project"]
        if not re.fullmatch("[A-Z][A-Z0-9_]+", key):
            gone = f"No project could be found with key '{key}'."
            return web.json_response({"errorMessages": [gone], "errors": {}}, status=404)
        return web.json_response({"id": "10000", "key": key, "name": f"Project {key}"})

    async def _fields(self, _: web.Request) -> web.Response:
        names = ("summary", "labels", "status", "priority", "description")
        return web.json_response([{"id": n, "name": n.title(), "clauseNames": [n]} for n in names])

    async def _create(self, request: web.Request) -> web.Response:
        fields = (await request.json()).get("fields") or {}
        errors = self._complaints(fields)
        if errors:
            return web.json_response({"errorMessages": [], "errors": errors}, status=400)
        project = fields["project"]["key"]
        number = 1 + sum(key.startswith(f"{project}-") for key in self.issues)
        key, id_ = f"{project}-{number}", str(10000 + len(self.issues))
        fields = {"labels": [], "status": _STATUS["new"]} | fields
        self.issues[key] = {"id": id_, "key": key, "fields": fields, "comments": []}
        self._keep("create", key, "first", str(fields["summary"]), fields)
        link = f"{request.url.origin()}{_API}/issue/{id_}"
        return web.json_response({"id": id_, "key": key, "self": link}, status=201)

    def _complaints(self, fields: Json) -> dict[str, str]:
        project = str((fields.get("project") or {}).get("key", ""))
        summary, labels = str(fields.get("summary", "")), fields.get("labels") or []
        rules = {
            "project": ("valid project is required", not re.fullmatch("[A-Z][A-Z0-9_]+", project)),
            "issuetype": ("issue type is required", not fields.get("issuetype")),
            "summary": (
                "The summary is invalid because it is blank, too long or has newline characters.",
                not 0 < len(summary) <= 255 or "\n" in summary,
            ),
            "labels": (
                "A label contains spaces or is too long.",
                any(" " in label or len(label) > 255 for label in labels),
            ),
            "description": (
                "The entered text is too long. It exceeds the allowed limit of 32,767 characters.",
                len(str(fields.get("description", ""))) > 32767,
            ),
            "priority": (
                "Field 'priority' cannot be set. It is not on the appropriate screen, or unknown.",
                "priority" in fields and not self._priorities,
            ),
        }
        return {name: said for name, (said, is_broken) in rules.items() if is_broken}

    async def _search(self, request: web.Request) -> web.Response:
        query = request.query.get("jql", "")
        found = [self._shown(issue) for issue in self.issues.values() if _matches(issue, query)]
        limit = int(request.query.get("maxResults", 50))
        page = {"startAt": 0, "maxResults": limit, "total": len(found), "isLast": True}
        return web.json_response({"issues": found[::-1][:limit]} | page)

    def _shown(self, issue: Json) -> Json:
        return {name: issue[name] for name in ("id", "key", "fields")}

    async def _read(self, request: web.Request) -> web.Response:
        issue = self._shown(self.issues[request.match_info["key"]])
        link = f"{request.url.origin()}{_API}/issue/{issue['key']}"
        return web.json_response(issue | {"self": link})

    async def _edit(self, request: web.Request) -> web.Response:
        fields = self.issues[request.match_info["key"]]["fields"]
        for change in (await request.json()).get("update", {}).get("labels", []):
            if change.get("add") not in fields["labels"]:
                fields["labels"] = [*fields["labels"], change["add"]]
        return web.Response(status=204)

    async def _comments(self, request: web.Request) -> web.Response:
        comments = self.issues[request.match_info["key"]]["comments"]
        return web.json_response({"comments": comments, "total": len(comments), "startAt": 0})

    async def _comment(self, request: web.Request) -> web.Response:
        key, body = request.match_info["key"], (await request.json()).get("body")
        if not body or len(body) > 32767:
            wrong = {"comment": "Comment body can not be empty, or is too long."}
            return web.json_response({"errorMessages": [], "errors": wrong}, status=400)
        comment = {"id": str(len(self.issues[key]["comments"]) + 1), "body": body}
        self.issues[key]["comments"].append(comment)
        self._keep("comment", key, "", body, comment)
        return web.json_response(comment, status=201)

    async def _transitions(self, _: web.Request) -> web.Response:
        ways = [
            {"id": id_, "name": f"Nach {_STATUS[to]['name']}", "to": _STATUS[to]}
            for id_, to in _WAYS.items()
            if to != "done" or self._can_close
        ]
        return web.json_response({"expand": "transitions", "transitions": ways})

    async def _transition(self, request: web.Request) -> web.Response:
        asked = await request.json()
        key, id_ = request.match_info["key"], str((asked.get("transition") or {}).get("id"))
        if id_ not in _WAYS:
            wrong = [f"Transition id '{id_}' is not valid for this issue."]
            return web.json_response({"errorMessages": wrong, "errors": {}}, status=400)
        to = _WAYS[id_]
        changed = self.move(key, to)
        self._keep("transition", key, "resolved" if to == "done" else "", to, asked)
        if self.changed is not None:
            self.changed(key, changed)
        return web.Response(status=204)

    def move(self, key: str, to: str) -> Json:
        """Move an issue to the status of a category; what changed, as Jira words it."""
        resolution = {"name": "Fertig"} if to == "done" else None
        self.issues[key]["fields"] |= {"status": _STATUS[to], "resolution": resolution}
        return {"field": "status", "fieldtype": "jira", "to": _STATUS[to]["id"]}

    def done(self) -> frozenset[str]:
        """The incidents whose newest issue is closed."""
        newest = {_incident(issue): issue for issue in self.issues.values()}
        return frozenset(incident for incident, issue in newest.items() if _is_done(issue))

    def assign(self, key: str, account_id: str, name: str) -> Json:
        """Give an issue to somebody; what changed, as Jira words it."""
        self.issues[key]["fields"]["assignee"] = {"accountId": account_id, "displayName": name}
        return {"field": "assignee", "fieldtype": "jira", "to": account_id, "toString": name}

    def _keep(self, what: str, key: str, reason: str, text: str, body: Json) -> None:
        self.journal.keep(
            epoch_s(),
            "jira",
            what,
            incident=_incident(self.issues[key]),
            contact=self.issues[key]["fields"]["project"]["key"],
            reason=reason,
            ref=key,
            text=text,
            body=body,
        )


def _incident(issue: Json) -> str:
    named = (label for label in issue["fields"]["labels"] if label.startswith("tocsin-"))
    return next(named, "").removeprefix("tocsin-")


def _is_done(issue: Json) -> bool:
    return bool(issue["fields"]["status"]["statusCategory"]["key"] == "done")


def _matches(issue: Json, query: str) -> bool:
    """The part of JQL that is asked of us: project, one label, done or not; closing is recent."""
    fields = issue["fields"]
    project = re.search(r'project\s*=\s*"?(\w+)"?', query)
    label = re.search(r'labels\s*=\s*"([^"]*)"', query)
    is_done = _is_done(issue)
    return (
        (project is None or fields["project"]["key"] == project[1])
        and (label is None or label[1] in fields["labels"])
        and not (is_done and re.search(r"statusCategory\s*!=\s*Done", query))
        and (is_done or not re.search(r"statusCategory\s*=\s*Done", query))
    )
