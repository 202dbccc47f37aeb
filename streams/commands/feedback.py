"""`tocsin feedback not-useful`, `missed`, `list` and `undo`: what people think of alarms."""

import asyncio
import logging
from datetime import datetime
from typing import Annotated

import typer
from msgspec.structs import replace

from config.marks.budgets import budgets_of
from config.marks.incident import series_of
from config.marks.mark import Feedback, new_id, of_incident
from config.marks.marks import Marks
from config.marks.words import factor, subject
from config.settings import Config
from streams import clock
from streams.commands.marking import (
    ByOption,
    Meant,
    NoteOption,
    fail,
    loaded,
    looking,
    series_meant,
    short,
    speaker,
)
from streams.commands.options import FirstConfigOption, instant_of, wrong_usage
from streams.logs import log_to_stderr
from streams.marks.book import Book, BookFull, mark_book
from streams.marks.known import known_series
from streams.marks.lists import feedback_lines

group = typer.Typer(no_args_is_help=True)

SeriesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--series",
        help="A series as the console shows it, or a test such as service=checkout or "
        "metric=latency; of several tests all must hold.",
    ),
]


@group.command("not-useful")
def not_useful(
    config: FirstConfigOption,
    incident: Annotated[str | None, typer.Argument(help="The id of an incident.")] = None,
    series: SeriesOption = None,
    by: ByOption = "",
    note: NoteOption = "",
) -> None:
    """Say that an alarm was not worth telling: halves the budget of its series."""
    if bool(incident) == bool(series):
        wrong_usage("feedback not-useful takes the id of an incident, or --series")
    now = clock.now()
    if incident:
        who, why = speaker(by), short(note)
        asyncio.run(_give_of_incident(loaded(config), incident, by=who, now=now, note=why))
        return
    meant = series_meant("--series", series or [])
    mark = _said("not_useful", meant, by=speaker(by), now=now, note=short(note))
    asyncio.run(_give(loaded(config), mark, now))


@group.command()
def missed(
    config: FirstConfigOption,
    series: SeriesOption = None,
    at: Annotated[
        str | None, typer.Option(help="When: 2h ago, or 2026-11-23T08:00:00Z. Unset: now.")
    ] = None,
    by: ByOption = "",
    note: NoteOption = "",
) -> None:
    """Say that an anomaly was missed: doubles the budget of its series."""
    if not series:
        wrong_usage("feedback missed needs --series: which series should have alarmed?")
    now = clock.now()
    when = now if at is None else instant_of("--at", at)
    meant = series_meant("--series", series)
    mark = _said("missed", meant, by=speaker(by), now=now, note=short(note), at=when)
    asyncio.run(_give(loaded(config), mark, now))


@group.command("list")
def list_feedback(config: FirstConfigOption) -> None:
    """List all feedback, who gave it when, and the budget that its series have by now."""
    read = loaded(config)
    for line in feedback_lines(asyncio.run(_marks(read)), read):
        typer.echo(line)


@group.command()
def undo(config: FirstConfigOption, mark_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Take feedback back, as if it had never been given."""
    asyncio.run(_undo(loaded(config), mark_id))


@group.callback()
def quietly() -> None:
    """Say which alarms were not useful and which were missed: it changes budgets."""
    log_to_stderr(logging.WARNING)  # standard output is for what was asked


def _said(
    kind: str, meant: Meant, *, by: str, now: datetime, note: str, at: datetime | None = None
) -> Feedback:
    return Feedback(
        id=new_id(kind, by, now),
        kind="missed" if kind == "missed" else "not_useful",
        by=by,
        made_at=now,
        series=meant.series,
        matchers=meant.matchers,
        at=at,
        note=note,
    )


async def _marks(config: Config) -> Marks:
    async with mark_book(config) as book:
        return book.marks


async def _give_of_incident(
    config: Config, incident_id: str, *, by: str, now: datetime, note: str
) -> None:
    async with mark_book(config) as book:
        incident = await book.incident(incident_id)
        if incident is None:
            fail(f"no incident {incident_id}: its id is in every message about it")
        if incident.digest_for:
            fail(f"incident {incident_id} is a digest of others: give the id of one of those")
        series = series_of(incident)
        if not series:
            fail(f"incident {incident_id} came from outside: there is no budget to change")
        mark = of_incident(incident_id, series, by=by, made_at=now)
        await _write(book, replace(mark, note=note), config, now)


async def _give(config: Config, mark: Feedback, now: datetime) -> None:
    async with mark_book(config) as book:
        with looking():
            known = await known_series(book.consumer, config)
        if (problem := known.missing(mark.series, mark.matchers)) is not None:
            fail(problem)
        if not known.is_whole:
            typer.echo("not looked up whether workers know such series: there is too much to read")
        await _write(book, mark, config, now)


async def _write(book: Book, mark: Feedback, config: Config, now: datetime) -> None:
    try:
        await book.write(mark, now=now)
    except BookFull as error:
        fail(str(error))
    marks = Marks([*(m for m in book.marks if m.id != mark.id), mark])
    for series in mark.series:
        typer.echo(f"{series}: {budgets_of(series, marks, config)}")
    if mark.matchers:
        typer.echo(f"{subject(mark)}: {factor(mark.steps)} for each series")
    typer.echo(f"in force within seconds; to take it back: tocsin feedback undo {mark.id}")


async def _undo(config: Config, mark_id: str) -> None:
    async with mark_book(config) as book:
        mark = book.one(mark_id)
        if not isinstance(mark, Feedback):
            fail(f"no feedback {mark_id}: see tocsin feedback list")
        await book.take_back(mark)
        marks = Marks(m for m in book.marks if m.id != mark_id)
    for series in mark.series:
        typer.echo(f"{series}: {budgets_of(series, marks, config)}")
    typer.echo(f"{mark_id} is taken back")
