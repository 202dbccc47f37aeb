"""For machines: health, metrics, and the projection as JSON."""

from typing import Any

import msgspec
from aiohttp import web

from console.desk import Desk, desk_of
from console.metrics import exposition

routes = web.RouteTableDef()


@routes.get("/healthz")
async def healthz(request: web.Request) -> web.Response:
    """200 while the console shows what the topics say, otherwise 503 and the reason."""
    health = _health(desk_of(request))
    return answer(health, status=200 if health["status"] == "ok" else 503)


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """The projection in Prometheus' text format."""
    return web.Response(
        body=exposition(desk_of(request)),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )


@routes.get("/api/status")
async def api_status(request: web.Request) -> web.Response:
    """The latest word of every worker with its age, counts of incidents, and our own health."""
    desk = desk_of(request)
    workers = desk.projection.workers(desk.clock())
    return answer(
        {
            "workers": [_worker(view.status, view.age_s) for view in workers],
            "incidents": desk.projection.counts(),
            "health": _health(desk),
        }
    )


@routes.get("/api/incidents")
async def api_incidents(request: web.Request) -> web.Response:
    """All known incidents, the newest first; `limit` bounds how many."""
    limit = request.query.get("limit", "")
    if limit and not limit.isdecimal():
        return answer({"error": "limit is not a whole number: give one, or leave it out"}, 400)
    found = desk_of(request).projection.incidents()
    return answer(found[: int(limit[:9])] if limit else found)


def answer(value: Any, status: int = 200) -> web.Response:
    """A value as JSON."""
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json"
    )


def _health(desk: Desk) -> dict[str, str]:
    health = desk.health()
    status = "ok" if health.is_live else str(health.freshness)
    return {"status": status, "reason": health.reason}


def _worker(status: Any, age_s: float) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(status)
    return {**view, "age_s": age_s}
