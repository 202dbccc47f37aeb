"""`tocsin replay`: the retained event log decided again, by its own policies or by another one."""

import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from config.loader import load
from config.settings import Config
from routing.effect import Explain
from routing.pages import pages_of, totals
from routing.retelling import retell
from routing.wording import counted, second
from streams import clock
from streams.backtest.progress import progress
from streams.commands.options import ConfigOption, instant_of
from streams.history.agreement import Agreement, agreement
from streams.history.pasts import past_of_log
from streams.history.reading import Bounds, Recorded, decisions, notifications
from streams.history.replaying import Record, Replay, log_of
from streams.history.replaying import replay as decided_again
from streams.history.words import compared_lines
from streams.letters.reading import reader

_AFTER = timedelta(hours=1)
_MOST = 10  # differences that are shown one by one


def replay(
    config: ConfigOption = Path("tocsin.yaml"),
    since: Annotated[
        str | None, typer.Option("--from", help="Compare since 7d ago, or an instant.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Compare until 1d ago, or an instant.")
    ] = None,
    other: Annotated[
        Path | None, typer.Option("--policy", help="Decide by this configuration instead.")
    ] = None,
) -> None:
    """Decide again what is in the event log, and compare with what was recorded.

    The log is read from its beginning on, whatever --from says. Exit code 1 where a notification or
    a decision is on one side only. With --policy, say who would have been paged how often.
    """
    loaded = load(config, environ=os.environ, needed="kafka")
    bounds = Bounds(
        since=None if since is None else instant_of("--from", since),
        until=None if until is None else instant_of("--to", until),
    )
    log, told, said = asyncio.run(_read(loaded, bounds))
    with progress(len(log), sys.stderr, doing="deciding", things="events") as advance:
        found = decided_again(log, loaded.policy, progress=advance)
    typer.echo("\n".join(_about(found)))
    if other is not None:
        typer.echo("\n".join(_otherwise((log, found), loaded, other, bounds)))
        return
    compared = agreement(found, told, said, bounds)
    typer.echo("\n".join(_lines(compared)))
    if not compared.is_full:
        raise typer.Exit(1)


async def _read(
    config: Config, bounds: Bounds
) -> tuple[list[Record], list[Recorded], list[Explain]]:
    names = config.topics
    async with reader(config.kafka) as consumer:
        log = await log_of(consumer, names.events, bounds.until)
        told = await notifications(consumer, names.notifications)
        return log, told, await decisions(consumer, names.decisions)


def _about(found: Replay) -> Iterator[str]:
    if found.first_at is None or found.last_at is None:
        yield "the event log is empty"
        return
    span = f"{second(found.first_at)} to {second(found.last_at)}"
    yield f"{counted(found.events, 'event')}, {span}"
    if not found.is_whole:
        yield "the log's beginning is no longer there: what came of it may differ"


def _lines(compared: Agreement) -> Iterator[str]:
    same = counted(compared.notifications, "notification")
    yield f"{same} with the same id, {counted(compared.decisions, 'decision')} with the same words"
    for ids, where in (
        (compared.unrecorded, "decided again, and not recorded"),
        (compared.undecided, "recorded, and not decided again"),
    ):
        yield from (f"- notification {one}: {where}" for one in ids[:_MOST])
        yield from _more(len(ids))
    for some, where in (
        (compared.unrecorded_decisions, "decided again, and not recorded"),
        (compared.undecided_decisions, "recorded, and not decided again"),
    ):
        yield from (f"- {second(d.at)} {d.reason}: {d.text} ({where})" for d in some[:_MOST])
        yield from _more(len(some))
    if compared.is_full:
        yield "nothing differs"


def _more(count: int) -> Iterator[str]:
    if count > _MOST:
        yield f"- and {count - _MOST} more"


def _otherwise(
    again: tuple[list[Record], Replay], config: Config, other: Path, bounds: Bounds
) -> Iterator[str]:
    """Who would have been paged how often under another policy, against the policies of the log."""
    policy = load(other, environ=os.environ, needed="none", now=clock.now()).policy
    log, found = again
    before = pages_of([one for one in found.told if bounds.holds(one[0])], config.policy)
    past = past_of_log(log, config.policy, bounds)
    after = pages_of(retell(past, policy, lasts=_AFTER).told(), policy)
    pages = [sum(page.is_page for page in some) for some in (before, after)]
    yield f"{counted(pages[0], 'page')} as it was, {pages[1]} by {other}"
    yield from compared_lines(totals(before), totals(after), names=("the log", "the other"))
