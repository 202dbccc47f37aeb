"""The web application: routes, and what every answer has in common."""

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from console import api, hooks, links, live, oncall_pages, pages, silence_pages
from console.desk import DESK, Desk, desk_of
from console.render import FOLDER, STATIC, message

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Referrers stay on, within the site: with `no-referrer` a form's Origin would read `null`.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
LARGEST_FORM = 16 * 1024
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#c2410c" d="M8 1a4.5 '
    '4.5 0 0 0-4.5 4.5V9L2 11.5V12h12v-.5L12.5 9V5.5A4.5 4.5 0 0 0 8 1zM6 13a2 2 0 0 0 4 0z"/>'
    "</svg>"
)


def build(desk: Desk) -> web.Application:
    """The application around a desk."""
    app = web.Application(
        middlewares=[_count, _explain, _only_known_hosts], client_max_size=LARGEST_FORM
    )
    app[DESK] = desk
    app[live.LISTENERS] = set()
    for module in (pages, oncall_pages, silence_pages, links, hooks, api, live):
        app.router.add_routes(module.routes)
    app.router.add_get("/static/{name}", _static)
    app.router.add_get("/favicon.ico", _icon)
    app.on_response_prepare.append(_harden)
    app.on_shutdown.append(_close_bell)
    return app


async def _close_bell(app: web.Application) -> None:
    app[DESK].bell.close()


async def _static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    headers = {"Content-Type": f"{STATIC[name]}; charset=utf-8", "Cache-Control": "max-age=3600"}
    return web.FileResponse(FOLDER / "static" / name, headers=headers)


async def _icon(request: web.Request) -> web.Response:
    headers = {"Cache-Control": "max-age=86400"}
    return web.Response(text=ICON, content_type="image/svg+xml", headers=headers)


@web.middleware
async def _count(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "none"
    desk_of(request).requests[route, response.status] += 1
    return response


async def _harden(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)
    response.headers["Server"] = "tocsin"
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def _explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into pages, or JSON where a machine asks."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        heading, advice = _EXPLAINED.get(error.status, (error.reason, error.text or ""))
        response: web.Response
        if request.path.startswith(("/api/", "/events", "/hooks/", "/metrics", "/healthz")):
            response = api.answer({"error": f"{heading}: {advice}"}, error.status)
        else:
            response = message(request, status=error.status, heading=heading, advice=advice)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response


@web.middleware
async def _only_known_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """On loopback, answer only to names of this machine, so that no foreign name can point here."""
    settings = desk_of(request).settings
    name = _host_name(f"//{request.host}")
    allowed = {"localhost", settings.host.lower(), _host_name(settings.url)}
    if _is_loopback(settings.host) and name not in allowed and not _is_loopback(name):
        raise web.HTTPMisdirectedRequest
    return await handler(request)


def _host_name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_EXPLAINED = {
    404: ("There is no such page", "Check the address, or go to the list of incidents."),
    405: ("That does not work this way", "Open the incident and use the buttons on its page."),
    413: ("That is too much for one form", "Go back and shorten it."),
    421: (
        "This console does not answer to that name",
        "Use the address it printed at its start, or set console.url to the address people use.",
    ),
}
