"""Jira's wiki markup, the one form that Cloud and Data Center both read (REST v2)."""

import re

from routing.channels.finding import figures
from routing.channels.summary import Summary
from routing.channels.text import clip, spark

_MARKUP = re.compile(r"([\\{}\[\]|!*^~])")


def wiki(text: str) -> str:
    """The text, with nothing in it read as markup.

    >>> wiki("{code} [~admin] a|b")
    '\\\\{code\\\\} \\\\[\\\\~admin\\\\] a\\\\|b'
    """
    return _MARKUP.sub(r"\\\1", text)


def description(summary: Summary) -> str:
    """The body of a new issue."""
    said = [wiki(s) for s in (summary.what, summary.since, summary.sure, summary.more) if s]
    parts = [" ".join(said), *_figures(summary)]
    if summary.advice:
        parts += ["", "h3. What to do", wiki(summary.advice)]
    parts += ["", *_links(summary)]
    if summary.labels:
        parts += ["", "h3. Labels", *(f"|{_cell(n)}|{_cell(v)}|" for n, v in summary.labels)]
    parts += ["", wiki(summary.told), f"Incident {wiki(summary.incident_id)}, told by Tocsin."]
    return clip("\n".join(parts), 30_000)


def comment(summary: Summary, mark: str) -> str:
    """What changed. The mark tells a repeat from news."""
    said = " ".join(wiki(s) for s in (summary.news, summary.what, summary.more) if s)
    lines = [said or wiki(summary.headline), "", f"{{color:#6b778c}}{mark}{{color}}"]
    return clip("\n".join(lines), 30_000)


def _figures(summary: Summary) -> list[str]:
    rows = list(figures(summary.evidence))
    rows += [("Shape", spark(summary.evidence.points))] if summary.evidence else []
    return ["", *(f"||{name}|{_cell(text)}|" for name, text in rows if text)]


def _links(summary: Summary) -> list[str]:
    wanted = [("Open incident", summary.url), ("Runbook", summary.runbook), *summary.links]
    return [f"* [{wiki(name)}|{_href(url)}]" for name, url in wanted if url]


def _href(url: str) -> str:
    return url.replace("[", "%5B").replace("]", "%5D").replace("~", "%7E")


def _cell(text: str) -> str:
    return wiki(text) or " "
