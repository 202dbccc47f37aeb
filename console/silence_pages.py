"""The pages about silences: the list, and the form that says what one mutes before it is made.

A GET changes nothing: what a silence mutes is asked by GET, and made by POST from what was shown.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from aiohttp import web

from config.errors import Wrong
from config.marks.mark import new_id
from console.desk import Desk, desk_of
from console.errors import Refused
from console.form_page import answered, form_page, policy_of
from console.forms import back, read_form, signed_form
from console.silence_form import AS_IT_IS, LASTS, NO_END, fields_about, fields_of, silence_of
from routing.event import ExpireSilence, SetSilence
from routing.muting import muting
from routing.policy import Silence
from routing.silences import SilenceState, in_order, state

MOST_EXPIRED = 50

_NO_SUCH = "there is no such silence: it is over, or never was"

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
    fields: dict[str, str] = {}
    return await answered(
        _make(request, fields), partial(_form_again, request, fields), command="silence"
    )


@routes.post("/silences/{id}/expire")
async def expire(request: web.Request) -> web.Response:
    """End a silence now."""
    return await answered(_expire(request), partial(_list, request), command="silence")


async def _make(request: web.Request, fields: dict[str, str]) -> web.Response:
    """Write the silence that the form asks for; its fields are for who shows them again."""
    desk = desk_of(request)
    fields.update(await read_form(request))
    by, _ = await signed_form(request)
    old = _silences(desk).get(fields.get("edits", ""))
    made = silence_of(fields, old, policy_of(desk), desk.now(), by=by)
    await desk.commands.write(SetSilence(made))
    return back(f"/silences?sent={made.id}", name=by)


async def _expire(request: web.Request) -> web.Response:
    desk, id_ = desk_of(request), request.match_info["id"]
    by, _ = await signed_form(request)
    if id_ not in _silences(desk):
        raise Refused(_NO_SUCH)
    await desk.commands.write(ExpireSilence(id_))
    return back("/silences?sent=end", name=by)


def _form_again(
    request: web.Request, fields: Mapping[str, str], problem: str, status: int
) -> web.Response:
    old = _silences(desk_of(request)).get(fields.get("edits", ""))
    return _form(request, fields, old=old, asks=True, refused=problem, status=status)


def _list(request: web.Request, problem: str = "", status: int = 200) -> web.Response:
    desk = desk_of(request)
    now, found = desk.now(), _silences(desk)
    groups: dict[SilenceState, list[Silence]] = {one: [] for one in SilenceState}
    for silence in in_order(found.values(), now):
        groups[state(silence, now)].append(silence)
    return form_page(
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
    status: int = 200,
) -> web.Response:
    desk, now = desk_of(request), desk_of(request).now()
    made, problem = _asked(desk, {**fields, "id": _new_id(request, now)}, old, now, asks=asks)
    return form_page(
        request,
        "silence.html",
        status=status,
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
        return silence_of(fields, old, policy_of(desk), now, by="somebody"), ""
    except (Wrong, Refused) as error:
        return None, str(error)


def _gone(request: web.Request) -> web.Response:
    return _list(request, _NO_SUCH, 404)


def _new_id(request: web.Request, now: datetime) -> str:
    return new_id("silence", desk_of(request).guard.visitor(request), now)


def _silences(desk: Desk) -> dict[str, Silence]:
    """All silences by id; those made by command win."""
    written = desk.policy.silences if desk.policy is not None else ()
    return {**{silence.id: silence for silence in written}, **desk.projection.silences}
