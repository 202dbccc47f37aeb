"""Templates to pages. Everything is escaped; labels and titles come from strangers."""

import hashlib
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console import duty, evidence, silence_form, story, view, words
from console.desk import desk_of

FOLDER = Path(__file__).parent
STATIC = {
    "console.css": "text/css",
    "console.js": "text/javascript",
}


def _fingerprint() -> str:
    contents = b"".join((FOLDER / "static" / name).read_bytes() for name in STATIC)
    return hashlib.sha256(contents).hexdigest()[:12]


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        view=view,
        story=story,
        evidence=evidence,
        words=words,
        duty=duty,
        silence_form=silence_form,
        assets=_fingerprint(),
    )
    environment.filters.update(capitalize_first=words.capitalize_first)
    return environment


_templates = _environment()


def page(
    request: web.Request, template: str, *, status: int = 200, **values: object
) -> web.Response:
    """The template filled in, with what every page shows."""
    desk = desk_of(request)
    counts = desk.projection.counts()
    text = _templates.get_template(template).render(
        health=desk.health(), counts=counts, path=request.path, **values
    )
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def message(request: web.Request, *, status: int, heading: str, advice: str) -> web.Response:
    """A page that says what is wrong and what to do."""
    return page(request, "message.html", status=status, heading=heading, advice=advice)
