"""Server-sent events: tell an open page that what it shows has changed."""

import asyncio

from aiohttp import web

from console.desk import Desk, desk_of

HEARTBEAT_S = 15.0
LEAST_PAUSE_S = 0.5
MOST_LISTENERS = 500

LISTENERS = web.AppKey("listeners", set[web.StreamResponse])
routes = web.RouteTableDef()


def stamp(desk: Desk, incident_id: str) -> str:
    """A short text that differs whenever the page of the incident, or the list, would."""
    projection = desk.projection
    changes = projection.stamp_of(incident_id) if incident_id else projection.stamp
    return f"{changes}-{desk.health().freshness}"


@routes.get("/events")
async def events(request: web.Request) -> web.StreamResponse:
    """Says `change` when the page is out of date.

    `incident` in the query names the incident the page shows, `stamp` what it was made from.
    """
    listeners = request.app[LISTENERS]
    if len(listeners) >= MOST_LISTENERS:
        raise web.HTTPServiceUnavailable(text="too many open pages: reload in a minute")
    response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    await response.prepare(request)
    listeners.add(response)
    try:
        await _tell(request, response)
    except ConnectionError:
        pass  # the page was closed
    finally:
        listeners.discard(response)
    return response


async def _tell(request: web.Request, response: web.StreamResponse) -> None:
    desk = desk_of(request)
    incident_id = request.query.get("incident", "")
    shown = request.query.get("stamp", "")
    await response.write(b"retry: 2000\n\n")
    while not desk.bell.is_closed:
        now = stamp(desk, incident_id)
        if now != shown:
            await response.write(f"event: change\ndata: {now}\n\n".encode())
            shown = now
            await asyncio.sleep(LEAST_PAUSE_S)
        elif not await desk.bell.wait(at_most_s=HEARTBEAT_S):
            await response.write(b": still here\n\n")
