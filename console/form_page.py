"""Pages with forms of ours: what each of them shows, and how it says that a form was refused."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from config.errors import Wrong
from console.desk import Desk, desk_of
from console.errors import LogUnavailable, Refused
from console.forms import NAME_LIMIT, remembered_name
from console.live import stamp
from console.render import page
from routing.policy import Policy

Refuse = Callable[[str, int], web.Response]

log = structlog.get_logger()


def form_page(
    request: web.Request, template: str, *, status: int = 200, **values: object
) -> web.Response:
    """The page, with what its forms are signed by."""
    desk = desk_of(request)
    visitor = desk.guard.visitor(request)
    response = page(
        request,
        template,
        status=status,
        stamp=stamp(desk, ""),
        token=desk.guard.token(visitor),
        name=remembered_name(request),
        name_limit=NAME_LIMIT,
        users=desk.users,
        **values,
    )
    desk.guard.remember(request, response, visitor)
    return response


async def answered(work: Awaitable[web.Response], refuse: Refuse, *, command: str) -> web.Response:
    """What a form comes to; else the page that `refuse` makes of what went wrong and a status."""
    try:
        return await work
    except (Refused, Wrong) as error:
        return refuse(str(error), 403)
    except LogUnavailable as error:
        log.warning("command not sent", command=command, reason=str(error))
        return refuse(f"Not sent: {error}.", 503)


def policy_of(desk: Desk) -> Policy:
    """The policy. Raises `Refused` where the console has no configuration."""
    if desk.policy is None:
        raise Refused("there is no configuration: start the console with one")
    return desk.policy
