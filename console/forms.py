"""Forms: their fields, the name that people sign with, and the way back to a page."""

from urllib.parse import quote, unquote

from aiohttp import web

from console.csrf import FIELD
from console.desk import desk_of
from console.errors import Refused
from routing.channels.text import clean

NAME_COOKIE = "tocsin_name"
NAME_LIMIT = 80
YEAR_S = 365 * 86_400

Fields = dict[str, str]


async def read_form(request: web.Request) -> Fields:
    """The fields of a form. Raises `Refused` where it cannot be read."""
    try:
        fields = await request.post()
    except (ValueError, LookupError) as error:  # not UTF-8, or in a charset nobody knows
        raise Refused("the form could not be read: reload the page, press again") from error
    return {name: value for name, value in fields.items() if isinstance(value, str)}


async def signed_form(request: web.Request) -> tuple[str, Fields]:
    """Who sent one of our own forms, and its fields. Raises `Refused`."""
    fields = await read_form(request)
    by = clean(fields.get("by", ""), NAME_LIMIT)
    desk_of(request).guard.check(request, fields.get(FIELD, ""))
    require_name(by)
    return by, fields


def require_name(by: str) -> None:
    """Raises `Refused` where nobody signs."""
    if not by:
        raise Refused("your name is missing: others need to see who has it; fill it in below")


def remembered_name(request: web.Request) -> str:
    """The name that was given the last time."""
    return clean(unquote(request.cookies.get(NAME_COOKIE, "")), NAME_LIMIT)


def back(address: str, *, name: str) -> web.Response:
    """To a page, and the name is remembered."""
    response = web.Response(status=303, headers={"Location": address}, text="Sent.\n")
    # Lax, so that it is there when a link in a chat opens the page.
    response.set_cookie(
        NAME_COOKIE, quote(name), max_age=YEAR_S, httponly=True, samesite="Lax", path="/"
    )
    return response
