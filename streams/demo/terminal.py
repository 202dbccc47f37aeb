"""The demonstration on a terminal: a calm view that fits 80 columns."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from routing.incident import Incident, IncidentState
from streams.demo.picture import Picture, told
from streams.demo.scenarios import SCENARIOS
from streams.demo.verdict import Page, Window, str_of

MOST_INCIDENTS = 8
MOST_PAGES = 2
MOST_LETTERS = 300
SEVERITY_STYLES = {"critical": "bold red", "error": "red", "warning": "yellow", "info": "cyan"}
STATE_STYLES = {"open": "bold", "acknowledged": "blue", "resolved": "green"}
STATE_WORDS = {"open": "open", "acknowledged": "ack'd", "resolved": "over"}


def render(picture: Picture, now: datetime) -> RenderableType:
    """The whole view."""
    parts: list[RenderableType] = [_head(picture), _figures(picture)]
    if picture.waiting_for:
        parts.append(_waiting(picture))
    else:
        parts += [_scenario(picture, now), "", _incidents(picture, now), "", *_pages(picture, now)]
    return Group(*parts, "", _foot(picture))


def _head(picture: Picture) -> Text:
    line = Text("Tocsin demo", style="bold")
    line.append("   console ", style="dim").append(picture.console_url, style="underline")
    if picture.feeding.shop_at:
        line.append("   shop time ", style="dim")
        line.append(f"{picture.feeding.shop_at:%H:%M}", style="not bold")
        line.append(f" at {picture.speed_up:g}x", style="dim")
    return line


def _figures(picture: Picture) -> Text:
    workers = picture.workers
    dead = sum(sum(w.dead_letters.values()) for w in workers)
    figures = [
        f"{sum(w.samples_per_s for w in workers):,.0f} samples/s",
        f"lag {sum(w.lag for w in workers):,}",
        f"{sum(w.series for w in workers):,} series",
        f"{dead:,} dead letters",
    ]
    if picture.restarts:
        figures.append(f"worker restarted {picture.restarts}x")
    return Text(" · ".join(figures), style="dim")


def _waiting(picture: Picture) -> RenderableType:
    line = Text("\n").append("... ", style="yellow").append(picture.waiting_for)
    if picture.feeding.phase == "history":
        line.append(f"\n    history published: {picture.feeding.history:.0%}", style="dim")
    return line


def _scenario(picture: Picture, now: datetime) -> Text:
    current = [window for window in picture.windows if window.ended_at is None]
    if not current:
        return Text("all is well in the shop", style="green")
    return Text("\n").join(_fault(window, now) for window in current)


def _fault(window: Window, now: datetime) -> Text:
    about = SCENARIOS[window.name].about if window.name in SCENARIOS else ""
    line = Text("now ", style="dim").append(window.name, style="bold yellow")
    line.append(f" in {window.expected.service}: {about}")
    return line.append(f"  {_ago(now, window.began_at)}", style="dim")


def _incidents(picture: Picture, now: datetime) -> RenderableType:
    resolved = [i for i in picture.incidents if i.state is IncidentState.RESOLVED]
    shown = [*picture.unresolved, *resolved][:MOST_INCIDENTS]
    if not shown:
        return Text("no incidents", style="dim")
    table = Table(box=None, padding=(0, 1, 0, 0), expand=True, header_style="dim")
    table.add_column("state", no_wrap=True, width=5)
    table.add_column("severity", no_wrap=True, width=8)
    table.add_column("since", no_wrap=True, width=5, justify="right")
    table.add_column("incident", ratio=1, overflow="ellipsis", no_wrap=True)
    table.add_column("told by", max_width=16, overflow="ellipsis", no_wrap=True)
    for incident in shown:
        table.add_row(*_row(incident, now))
    hidden = len(picture.unresolved) - MOST_INCIDENTS
    more = [Text(f"and {hidden} more open", style="dim")] if hidden > 0 else []
    return Group(table, *more)


def _row(incident: Incident, now: datetime) -> Iterator[Text]:
    state, severity = str(incident.state), str(incident.severity)
    is_over = incident.state is IncidentState.RESOLVED
    yield Text(STATE_WORDS[state], style=STATE_STYLES[state])
    yield Text(severity, style="dim" if is_over else SEVERITY_STYLES[severity])
    yield Text(_ago(now, incident.resolved_at or incident.opened_at), style="dim")
    yield Text(incident.title, style="dim" if is_over else "")
    channels = dict.fromkeys(contact.partition(" ")[0] for contact in told(incident))
    nobody = "nobody" if is_over else "nobody yet"
    yield Text(", ".join(channels) or nobody, style="dim" if is_over else "")


def _pages(picture: Picture, now: datetime) -> Iterator[RenderableType]:
    latest = [page for page in picture.pages if page.opens and page.text][-MOST_PAGES:]
    if latest:
        yield Text("what on call got last", style="dim")
    for page in reversed(latest):
        yield _page(page, now)


def _page(page: Page, now: datetime) -> RenderableType:
    head = Text(str_of(page.contact), style="bold", no_wrap=True, overflow="ellipsis")
    if page.at:
        head.append(f"  {_ago(now, page.at)} ago", style="dim")
    body = Text(_clip(page.text), overflow="fold")
    return Group(head, Padding(body, (0, 0, 0, 2)))


def _foot(picture: Picture) -> Text:
    line = Text()
    if picture.desk_url:
        line.append("answer as people do, by any channel: ", style="dim")
        line.append(f"{picture.desk_url}\n", style="underline")
    line.append("mails, logs and the configuration: ", style="dim").append(str(picture.folder))
    return line.append("\nCtrl-C stops everything", style="dim")


def _clip(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"


def _ago(now: datetime, then: datetime) -> str:
    seconds = max(0, int((now - then).total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}" if hours else f"{minutes}:{seconds:02}"
