"""The vendors' own specifications, and whether a request is one that they specify."""

import functools
import json
from pathlib import Path

from aiohttp import web
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

SPECS = Path(__file__).parents[4] / "shared" / "specs"
FILES = {"slack": "slack3.json", "pagerduty": "pd-events.json", "jira": "jira-v2.json"}
NEWER = ("/api/files.", "/upload/")  # than Slack's specification, which is of 2021


class Seen:
    """A request as openapi-core wants it."""

    def __init__(self, request: web.Request, body: bytes) -> None:
        self.host_url = "http://peer"
        self.path = request.path
        self.method = request.method.lower()
        self.content_type = request.content_type
        self.body = body or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.query.items()),
            header=Headers(dict(request.headers)),
            cookie=ImmutableMultiDict(),
        )


@functools.cache
def specification(kind: str) -> OpenAPI:
    document = json.loads((SPECS / FILES[kind]).read_text())
    document["servers"] = [{"url": "http://peer"}]
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))


def fault(kind: str, seen: Seen) -> str:
    found = specification(kind).unmarshal_request(seen)
    return "; ".join(f"{error!r} {error.__cause__!r}" for error in found.errors)
