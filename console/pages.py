"""The pages for people: the list, one incident, and its buttons. A GET changes nothing."""

from urllib.parse import quote

import structlog
from aiohttp import web

from console.canaries import canary_rows
from console.csrf import FIELD
from console.desk import desk_of
from console.errors import LogUnavailable, Refused
from console.forms import NAME_LIMIT, back, read_form, remembered_name, require_name
from console.handing import LASTS, choices
from console.inputs import input_rows
from console.live import stamp
from console.opinions import opinions
from console.pressed import carry_out, is_waiting
from console.render import page
from console.story import untold
from console.works import works_ahead
from routing.channels.text import clean
from routing.incident import Incident

SHORT_LIST = 30
LONGEST_LIST = 300

log = structlog.get_logger()
routes = web.RouteTableDef()


@routes.get("/")
async def index(request: web.Request) -> web.Response:
    """Open and recent incidents, and how the workers are."""
    desk = desk_of(request)
    shows_all = request.query.get("show") == "all"
    workers = desk.projection.workers(desk.clock())
    return page(
        request,
        "index.html",
        stamp=stamp(desk, ""),
        unresolved=desk.projection.unresolved(),
        resolved=desk.projection.resolved(),
        works=works_ahead(desk.projection.marks.spans, desk.now()),
        limit=LONGEST_LIST,
        resolved_limit=LONGEST_LIST if shows_all else SHORT_LIST,
        inputs=input_rows(workers),
        canaries=canary_rows(workers, desk.now().timestamp()),
        workers=workers,
    )


@routes.get("/incident/{id:[^/]+}")
async def incident_page(request: web.Request) -> web.Response:
    """One incident."""
    incident = desk_of(request).projection.incident(request.match_info["id"])
    if incident is None:
        return _unknown(request)
    return _incident(request, incident, name=remembered_name(request))


@routes.post(
    "/incident/{id:[^/]+}/{command:acknowledge|resolve|snooze|escalate|reassign|not-useful}"
)
@routes.post("/incident/{id:[^/]+}/{command:take-back}/{mark:[^/]+}")
async def command(request: web.Request) -> web.Response:
    """Write what a person's button stands for, then go back to the incident."""
    desk = desk_of(request)
    incident = desk.projection.incident(request.match_info["id"])
    if incident is None:
        return _unknown(request)
    word, by = request.match_info["command"], ""
    try:
        form = await read_form(request)
        by = clean(form.get("by", ""), NAME_LIMIT)
        desk.guard.check(request, form.get(FIELD, ""))
        require_name(by)
        mark_id = request.match_info.get("mark", "")
        await carry_out(desk, incident, word, by=by, mark_id=mark_id, fields=form)
    except Refused as error:
        return _incident(request, incident, name=by, problem=str(error), status=403)
    except LogUnavailable as error:
        log.warning("command not sent", command=word, incident=incident.id, reason=str(error))
        problem = f"Not sent: {error}."
        return _incident(request, incident, name=by, problem=problem, status=503)
    return back(f"{_address(incident.id)}?sent={word}", name=by)


def _incident(
    request: web.Request, incident: Incident, *, name: str, problem: str = "", status: int = 200
) -> web.Response:
    desk = desk_of(request)
    visitor = desk.guard.visitor(request)
    sent = request.query.get("sent", "")
    response = page(
        request,
        "incident.html",
        status=status,
        stamp=stamp(desk, incident.id),
        incident=incident,
        here=_address(incident.id),
        token=desk.guard.token(visitor),
        name=name,
        name_limit=NAME_LIMIT,
        users=desk.users,
        untold=untold(incident, desk.policy),
        problem=problem,
        waiting=is_waiting(desk, incident, sent),
        lasts=list(LASTS),
        choices=choices(desk),
        sent=sent,
        opinions=opinions(incident, desk.projection.marks, desk.budgets),
    )
    desk.guard.remember(request, response, visitor)
    return response


def _address(incident_id: str) -> str:
    return f"/incident/{quote(incident_id, safe='')}"


def _unknown(request: web.Request) -> web.Response:
    incident_id = request.match_info["id"]
    is_live = desk_of(request).health().is_live
    gone = (
        "It may be long resolved: only the latest resolved incidents are kept here. "
        "Check that the address is whole, or look in the list of incidents."
    )
    early = "The console is still reading the incidents: this page looks again by itself."
    return page(
        request,
        "message.html",
        status=404,
        heading="There is no such incident here",
        advice=gone if is_live else early,
        stamp=stamp(desk_of(request), incident_id),
        watched=incident_id,
        here=_address(incident_id),
    )
