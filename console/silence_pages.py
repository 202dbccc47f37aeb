"""The pages about silences: the list, and the form that says what one mutes before it is made.

A GET changes nothing: what a silence mutes is asked by GET, and made by POST from what was shown.
"""

from collections.abc import Mapping
from datetime import datetime

import structlog
from aiohttp import web

from config.errors import Wrong
from config.marks.mark import new_id
from console.desk import Desk, desk_of
from console.errors import LogUnavailable, Refused
from console.forms import NAME_LIMIT, back, read_form, remembered_name, signed_form
from console.live import stamp
from console.render import page
from console.silence_form import AS_IT_IS, LASTS, NO_END, fields_about, fields_of, silence_of
from routing.event import ExpireSilence, SetSilence
from routing.muting import muting
from routing.policy import Policy, Silence
from routing.silences import SilenceState, in_order, state

MOST_EXPIRED = 50

log = structlog.get_logger()
routes = web.RouteTableDef()


@routes.get("/silences")
async def silences(request: web.Request) -> web.Response:
    """All silences: active, pending, and over."""
    return _list(request)


@routes.get("/silences/new")
async def new(request: web.Request) -> web.Response:
    """The form of a new silence, and what it would mute once it says what."""
    desk, given = desk_of(request), dict(request.query)
    given["during"] = "\n".join(request.query.getall("during", []))
    if "match" in given:
        return _form(request, given, old=_silences(desk).get(given.get("edits", "")), asks=True)
    incident = desk.projection.incident(given.get("incident", ""))
    given |= fields_about(incident) if incident is not None else {}
    return _form(request, given, old=None, asks=incident is not None)


@routes.get("/silences/{id}/edit")
async def edit(request: web.Request) -> web.Response:
    """The form of a silence that there is."""
    old = _silences(desk_of(request)).get(request.match_info["id"])
    return _gone(request) if old is None else _form(request, fields_of(old), old=old, asks=True)


@routes.post("/silences")
async def make(request: web.Request) -> web.Response:
    """Make a silence, or change one, as it was shown."""
    desk = desk_of(request)
    fields: Mapping[str, str] = {}
    try:
        fields = await read_form(request)
        by, _ = await signed_form(request)
        old = _silences(desk).get(fields.get("edits", ""))
        made = silence_of(fields, old, _policy(desk), desk.now(), by=by)
        await desk.commands.write(SetSilence(made))
    except (Refused, Wrong) as error:
        old = _silences(desk).get(fields.get("edits", ""))
        return _form(request, fields, old=old, asks=True, refused=str(error))
    except LogUnavailable as error:
        return _not_sent(request, error)
    return back(f"/silences?sent={made.id}", name=by)


@routes.post("/silences/{id}/expire")
async def expire(request: web.Request) -> web.Response:
    """End a silence now."""
    desk, id_ = desk_of(request), request.match_info["id"]
    try:
        by, _ = await signed_form(request)
        if id_ not in _silences(desk):
            raise Refused("there is no such silence: it is over, or never was")
        await desk.commands.write(ExpireSilence(id_))
    except Refused as error:
        return _list(request, problem=str(error), status=403)
    except LogUnavailable as error:
        return _not_sent(request, error)
    return back("/silences?sent=end", name=by)


def _list(request: web.Request, *, problem: str = "", status: int = 200) -> web.Response:
    desk = desk_of(request)
    now, found = desk.now(), _silences(desk)
    groups: dict[SilenceState, list[Silence]] = {one: [] for one in SilenceState}
    for silence in in_order(found.values(), now):
        groups[state(silence, now)].append(silence)
    return _page(
        request,
        "silences.html",
        status=status,
        groups=groups,
        most_expired=MOST_EXPIRED,
        muted={id_: len(muting(one, desk.projection.unresolved())) for id_, one in found.items()},
        made=desk.projection.silences,
        problem=problem,
        sent=request.query.get("sent", ""),
    )


def _form(
    request: web.Request,
    fields: Mapping[str, str],
    *,
    old: Silence | None,
    asks: bool,
    refused: str = "",
) -> web.Response:
    desk, now = desk_of(request), desk_of(request).now()
    made, problem = _asked(desk, {**fields, "id": _new_id(request, now)}, old, now, asks=asks)
    return _page(
        request,
        "silence.html",
        status=403 if refused else 200,
        fields=fields,
        old=old,
        made=made,
        is_made=old is not None and old.id in desk.projection.silences,
        is_over=old is not None and state(old, now) is SilenceState.EXPIRED,
        is_pending=made is not None and state(made, now) is SilenceState.PENDING,
        found=muting(made, desk.projection.unresolved()) if made is not None else [],
        problem=refused or problem,
        is_refused=bool(refused),
        id=_new_id(request, now),
        intervals=[one.name for one in desk.policy.intervals] if desk.policy else [],
        lasts=[*LASTS, NO_END if old is None else AS_IT_IS],
    )


def _asked(
    desk: Desk, fields: Mapping[str, str], old: Silence | None, now: datetime, *, asks: bool
) -> tuple[Silence | None, str]:
    """The silence that the fields say, and what is wrong with them."""
    if not asks:
        return None, ""
    try:
        return silence_of(fields, old, _policy(desk), now, by="somebody"), ""
    except (Wrong, Refused) as error:
        return None, str(error)


def _page(
    request: web.Request, template: str, *, status: int = 200, **values: object
) -> web.Response:
    guard = desk_of(request).guard
    visitor = guard.visitor(request)
    response = page(
        request,
        template,
        status=status,
        stamp=stamp(desk_of(request), ""),
        token=guard.token(visitor),
        name=remembered_name(request),
        name_limit=NAME_LIMIT,
        users=desk_of(request).users,
        **values,
    )
    guard.remember(request, response, visitor)
    return response


def _not_sent(request: web.Request, error: LogUnavailable) -> web.Response:
    log.warning("command not sent", command="silence", reason=str(error))
    return _list(request, problem=f"Not sent: {error}.", status=503)


def _gone(request: web.Request) -> web.Response:
    return _list(request, problem="there is no such silence: it is over, or never was", status=404)


def _new_id(request: web.Request, now: datetime) -> str:
    return new_id("silence", desk_of(request).guard.visitor(request), now)


def _policy(desk: Desk) -> Policy:
    if desk.policy is None:
        raise Refused("there is no configuration: start the console with one")
    return desk.policy


def _silences(desk: Desk) -> dict[str, Silence]:
    """All silences by id; those made by command win."""
    written = desk.policy.silences if desk.policy is not None else ()
    return {**{silence.id: silence for silence in written}, **desk.projection.silences}
