"""The page about who is on call, and its forms: somebody stands in, or two people swap."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from config.drafts import check_override
from config.errors import Wrong
from config.marks.mark import NOTE_LIMIT, new_id
from console.desk import Desk, desk_of
from console.duty import duties, laid_over, rungs
from console.form_page import answered, form_page, policy_of
from console.forms import back, signed_form
from routing.channels.text import clean
from routing.event import RemoveOverride, SetOverride
from routing.oncall.schedule import Override
from routing.policy import Policy
from routing.zones import zone_of

WHOEVER = "whoever is on call"
_ID = re.compile(r"[a-z2-7]{10}", re.ASCII)

routes = web.RouteTableDef()


@routes.get("/on-call")
async def on_call(request: web.Request) -> web.Response:
    """Who is on call now and next, the gaps, and who stands in for whom."""
    return _page(request)


@routes.post("/on-call/{word:override|swap}")
async def override(request: web.Request) -> web.Response:
    """Somebody stands in, or two people swap."""
    fields: dict[str, str] = {}
    return await answered(
        _override(request, fields), partial(_refused, request, fields), command="override"
    )


@routes.post("/on-call/remove/{id}")
async def remove(request: web.Request) -> web.Response:
    """Take an override or a swap back."""
    return await answered(_remove(request), partial(_refused, request, {}), command="override")


async def _override(request: web.Request, fields: dict[str, str]) -> web.Response:
    """Write the override that the form asks for; its fields are for who shows them again."""
    desk = desk_of(request)
    by, given = await signed_form(request)
    fields.update(given)
    is_swap = request.match_info["word"] == "swap"
    made = _asked(policy_of(desk), fields, desk.now(), by=by, is_swap=is_swap)
    await desk.commands.write(SetOverride(made))
    return back(f"/on-call?sent={made.id}", name=by)


async def _remove(request: web.Request) -> web.Response:
    desk, id_ = desk_of(request), request.match_info["id"]
    by, _ = await signed_form(request)
    if id_ in desk.projection.overrides:  # otherwise it is taken back already
        await desk.commands.write(RemoveOverride(id_, by=by))
    return back("/on-call?sent=removed", name=by)


def _refused(
    request: web.Request, fields: Mapping[str, str], problem: str, status: int
) -> web.Response:
    return _page(request, fields, problem=problem, status=status)


def _page(
    request: web.Request,
    fields: Mapping[str, str] | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> web.Response:
    desk = desk_of(request)
    now, policy, made = desk.now(), desk.policy, desk.projection.overrides
    schedules = laid_over(policy, made.values()) if policy is not None else []
    plans = policy.escalations if policy is not None else ()
    return form_page(
        request,
        "oncall.html",
        status=status,
        now=now,
        duties=duties(policy, schedules, now) if policy is not None else [],
        plans=[(plan, rungs(plan, schedules, now)) for plan in plans],
        overrides=sorted(made.values(), key=lambda one: (one.ends_at <= now, one.starts_at)),
        by_name={schedule.name: schedule for schedule in schedules},
        full_names={user.name: user.full_name for user in desk.users},
        fields=fields or {},
        problem=problem,
        is_stale=_is_stale(desk),
        sent=request.query.get("sent", ""),
        once=new_id("override", desk.guard.visitor(request), now),
        whoever=WHOEVER,
    )


def _is_stale(desk: Desk) -> bool:
    """Whether a worker has another configuration than we do."""
    workers = desk.projection.workers(desk.clock())
    digests = {one.status.config_digest for one in workers if not one.is_silent}
    return bool(desk.config_digest) and bool(digests - {"", desk.config_digest})


def _asked(
    policy: Policy, fields: Mapping[str, str], now: datetime, *, by: str, is_swap: bool
) -> Override:
    """The override that the form asks for. Raises `Wrong` with what has to be put right."""
    replaces, id_ = fields.get("replaces", ""), fields.get("once", "")
    if not _ID.fullmatch(id_):
        raise Wrong("this page was out of date: it is fresh now, press the button again")
    zones = {schedule.name: schedule.time_zone for schedule in policy.schedules}
    zone = zones.get(fields.get("schedule", ""), "UTC")
    starts_at = _instant("the start", fields.get("starts_at", ""), zone) or now
    ends_at = _instant("the end", fields.get("ends_at", ""), zone)
    if ends_at is None:
        raise Wrong("until when is missing: give a date and time")
    made = Override(
        id=id_,
        schedule=fields.get("schedule", ""),
        user=fields.get("user", ""),
        replaces="" if replaces == WHOEVER else replaces,
        is_swap=is_swap,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=by,
        comment=clean(fields.get("note", ""), NOTE_LIMIT),
    )
    check_override(made, policy, now)
    return made


def _instant(what: str, text: str, zone: str) -> datetime | None:
    """An instant on the clock of the schedule, None where nothing is said."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone_of(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Wrong(f"{what} is a date and time such as 2026-12-24T09:00") from error
