"""`tocsin simulate`: whom a policy would tell of what happens in a file, or by chance."""

import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from config.loader import load
from config.stories.loader import Sources, load_stories
from config.stories.running import rehearse
from routing.pages import Page, pages_of, totals
from routing.policy import Policy
from routing.retelling import Past, retell
from routing.wording import counted
from streams import clock
from streams.backtest.progress import progress
from streams.commands.options import ConfigOption, duration_of, moment_of, wrong_usage
from streams.history.chance import Chance, past_by_chance
from streams.history.lines import BadLine, past_of_lines
from streams.history.words import page_line, total_lines

_AFTER = timedelta(hours=1)  # what the last events lead to


def simulate(
    file: Annotated[
        Path | None, typer.Argument(help="JSON lines of alerts, or a YAML file of stories.")
    ] = None,
    config: ConfigOption = Path("tocsin.yaml"),
    by_chance: Annotated[
        bool, typer.Option("--random", help="Alerts by chance, on the routes that there are.")
    ] = False,
    lasts: Annotated[str, typer.Option("--for", help="By chance: for how long.")] = "7d",
    per_day: Annotated[float, typer.Option(min=0.01, help="By chance: alerts a day.")] = 20.0,
    seed: Annotated[int, typer.Option(help="By chance: the same number, the same alerts.")] = 1,
    starts_at: Annotated[
        str, typer.Option("--at", help="By chance: from when on. Unset: now.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say who would be told what when, who would be woken at night, and how often in all.

    Providers take everything; nobody acknowledges but where the file says so.
    """
    if (file is None) is not by_chance:
        wrong_usage("either a file of what happens, or --random")
    if file is not None and file.suffix in {".yaml", ".yml"}:
        pages = _of_stories(file, config)
    else:
        policy = load(config, environ=os.environ, needed="none", now=clock.now()).policy
        if file is not None:
            past = _of_lines(file)
        else:
            at = moment_of("--at", starts_at) if starts_at else clock.now()
            span = duration_of("--for", lasts)
            past = past_by_chance(
                policy, Chance(seed=seed, starts_at=at, lasts=span, per_day=per_day)
            )
        pages = _told(past, policy)
    if as_json:
        whole = {"pages": pages, "totals": totals(pages)}
        typer.echo(msgspec.json.format(msgspec.json.encode(whole)).decode())
    else:
        typer.echo("\n".join(_lines(pages)))


def _of_stories(file: Path, config: Path) -> list[Page]:
    policy = (
        load(config, environ=os.environ, needed="none", now=clock.now()).policy
        if config.exists()
        else None
    )
    pages: list[Page] = []
    for story in load_stories(file, Sources(environ=os.environ, policy=policy)):
        rehearsal, _ = rehearse(story)
        pages += pages_of(rehearsal.told(), story.policy)
    return pages


def _of_lines(file: Path) -> Past:
    try:
        return past_of_lines(file)
    except BadLine as error:
        wrong_usage(str(error))


def _told(past: Past, policy: Policy) -> list[Page]:
    events = len(past.events)
    with progress(events, sys.stderr, doing="simulating", things="events") as advance:
        return pages_of(retell(past, policy, lasts=_AFTER, progress=advance).told(), policy)


def _lines(pages: list[Page]) -> Iterator[str]:
    yield from (page_line(page) for page in pages)
    woken = sorted({page.who for page in pages if page.is_page and page.is_night})
    nights = sum(page.is_page and page.is_night for page in pages)
    yield f"\n{counted(len(pages), 'message')}, {counted(nights, 'page')} at night" + (
        f" to {', '.join(woken)}" if woken else ""
    )
    yield from total_lines(totals(pages))
