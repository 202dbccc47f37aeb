"""`tocsin diff`: what an edit of a configuration changes, and for whom."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from config.editing import watching_changes
from config.loader import load
from config.settings import Config
from config.ways import ways_changes
from routing.channels.text import clean
from routing.difference import Change, Duty, changes, duties, other_pages
from routing.pages import Page, Total, pages_of, totals
from routing.policy import Policy
from routing.retelling import Past, retell
from streams import clock
from streams.backtest.progress import progress
from streams.commands.options import instant_of, wrong_usage
from streams.history.lines import BadLine, past_of_lines
from streams.history.pasts import past_of_log
from streams.history.reading import Bounds
from streams.history.replaying import log_of
from streams.history.words import change_lines, compared_lines, duty_lines, page_line
from streams.letters.reading import reader

_AFTER = timedelta(hours=1)  # what the last events lead to
_FILES = frozenset({".jsonl", ".json", ".ndjson", ".txt", ".log"})  # no topic is named so
_MOST = 20  # pages that are shown one by one


def diff(
    old: Annotated[Path, typer.Argument(help="The configuration as it is.")],
    new: Annotated[Path, typer.Argument(help="The configuration as it would be.")],
    history: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|TOPIC",
            help="Also who would have been paged: JSON lines, or the event log.",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Of a topic: events since 7d ago, or an instant.")
    ] = None,
    weeks: Annotated[int, typer.Option(min=0, help="Compare who is on call so far ahead.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say what an edit changes: what is watched, channels, routes, people, who would be paged.

    Exit code 0 where nothing differs, 1 where something does.
    """
    is_topic = history is not None and not _is_file(history)
    if since is not None and not is_topic:
        wrong_usage("--since is of a topic: name the event log with --history")
    needed = "kafka" if is_topic else "none"
    first = load(old, environ=os.environ, needed=needed, now=clock.now())  # type: ignore[arg-type]
    edited = load(new, environ=os.environ, needed="none", now=clock.now())
    second, now = edited.policy, clock.now()
    watched, ways = watching_changes(first, edited), ways_changes(first, edited)
    found = [*watched, *ways, *changes(first.policy, second)]
    shifted = duties(first.policy, second, now, now + timedelta(weeks=weeks))
    paged = _paged(first, second, history, since) if history is not None else None
    if as_json:
        typer.echo(json.dumps(_record(found, shifted, paged), indent=2))
    else:
        typer.echo("\n".join(_lines(found, shifted, paged)) or "nothing differs")
    if found or shifted or (paged is not None and (paged.gone or paged.fresh)):
        raise typer.Exit(1)


class Paged(msgspec.Struct, frozen=True):
    """The pages that one policy sends and the other does not, and how often each pages whom."""

    gone: list[Page]
    fresh: list[Page]
    before: list[Total]
    after: list[Total]


def _paged(first: Config, second: Policy, history: str, since: str | None) -> Paged:
    past = past_of(first, history, since)
    with progress(2 * len(past.events), sys.stderr, doing="retelling", things="events") as advance:
        told = [
            pages_of(retell(past, policy, lasts=_AFTER, progress=advance).told(), policy)
            for policy in (first.policy, second)
        ]
    pages = [[page for page in some if page.is_page] for some in told]
    return Paged(*other_pages(*pages), totals(told[0]), totals(told[1]))


def past_of(config: Config, history: str, since: str | None) -> Past:
    """The past in a file of JSON lines, or in the event log."""
    if _is_file(history):
        try:
            return past_of_lines(Path(history))
        except BadLine as error:
            wrong_usage(str(error))
    bounds = Bounds(since=None if since is None else instant_of("--since", since))
    return asyncio.run(_past_of_topic(config, history, bounds))


def _is_file(history: str) -> bool:
    """Whether a file is meant, rather than a topic. Exits with 2 where it is not there."""
    path = Path(history)
    if path.is_file():
        return True
    if path.suffix.lower() in _FILES or "/" in history or path.exists():
        wrong_usage(f"--history: there is no file {clean(history)}")
    return False


async def _past_of_topic(config: Config, topic: str, bounds: Bounds) -> Past:
    async with reader(config.kafka) as consumer:
        log = await log_of(consumer, topic)
    if not log:
        wrong_usage(f"there is no file {topic}, and no event in a topic of that name")
    return past_of_log(log, config.policy, bounds)


def _record(found: list[Change], shifted: list[Duty], paged: Paged | None) -> dict[str, Any]:
    record = {"changes": found, "on_call": shifted}
    if paged is not None:
        record |= {"no_longer_paged": paged.gone, "newly_paged": paged.fresh}
    plain: dict[str, Any] = msgspec.to_builtins(record)
    return plain


def _lines(found: list[Change], shifted: list[Duty], paged: Paged | None) -> Iterator[str]:
    yield from change_lines(found)
    yield from duty_lines(shifted)
    if paged is None:
        return
    yield from compared_lines(paged.before, paged.after, names=("the old", "the new"))
    for sign, pages in (("-", paged.gone), ("+", paged.fresh)):
        yield from (f"{sign} page {page_line(page)}" for page in pages[:_MOST])
        if len(pages) > _MOST:
            yield f"{sign} and {len(pages) - _MOST} pages more"
