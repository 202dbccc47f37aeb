"""`tocsin mark deploy`, `maintenance`, `list` and `end`: when series are worked on."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Annotated

import typer
from msgspec import json, to_builtins
from msgspec.structs import replace

from config.marks.mark import Span, Work, new_id
from config.marks.marks import KEPT_FOR
from config.settings import Config
from routing.wording import say
from streams import clock
from streams.commands.marking import (
    ByOption,
    NoteOption,
    fail,
    loaded,
    looking,
    matchers_of,
    short,
    speaker,
)
from streams.commands.options import FirstConfigOption, duration_of, instant_of, wrong_usage
from streams.logs import log_to_stderr
from streams.marks.book import Book, BookFull, mark_book
from streams.marks.known import known_series
from streams.marks.lists import latest_first, minute, span_lines

group = typer.Typer(no_args_is_help=True)

LONGEST = timedelta(days=30)
FURTHEST = timedelta(days=366)

MatchOption = Annotated[
    list[str] | None,
    typer.Option(
        "--match",
        help="Which series: service=checkout, metric=~'latency.*'; of several all must hold.",
    ),
]
FromOption = Annotated[
    str | None, typer.Option("--from", help="Since when: 5m (ago), or 2026-11-23T22:00:00Z.")
]
ForOption = Annotated[str, typer.Option("--for", help="How long: 30m, 4h, 2d.")]


@group.command()
def deploy(
    config: FirstConfigOption,
    match: MatchOption = None,
    since: FromOption = None,
    lasts: ForOption = "30m",
    note: NoteOption = "",
    by: ByOption = "",
) -> None:
    """Say that something was deployed: nothing is learnt meanwhile, and alarms say it."""
    span = _span("deploy", match or [], since, lasts, note=note, by=by)
    asyncio.run(_write(loaded(config), span))


@group.command()
def maintenance(
    config: FirstConfigOption,
    match: MatchOption = None,
    since: FromOption = None,
    lasts: ForOption = "1h",
    note: NoteOption = "",
    by: ByOption = "",
) -> None:
    """Say that series are worked on: nothing is learnt meanwhile, and no anomaly opens."""
    span = _span("maintenance", match or [], since, lasts, note=note, by=by)
    asyncio.run(_write(loaded(config), span))


@group.command("list")
def list_marks(
    config: FirstConfigOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List deploy and maintenance marks, until a week after their end."""
    spans, now = asyncio.run(_spans(loaded(config))), clock.now()
    if as_json:
        shown = [{**to_builtins(span), "state": span.state(now)} for span in spans]
        typer.echo(json.format(json.encode(shown)).decode())
    else:
        typer.echo("\n".join(span_lines(spans, now)))


@group.command()
def end(config: FirstConfigOption, mark_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """End a mark now; one that is still to come is taken back."""
    asyncio.run(_end(loaded(config), mark_id, clock.now()))


@group.callback()
def quietly() -> None:
    """Mark deploys and maintenance: detectors learn nothing from them."""
    log_to_stderr(logging.WARNING)  # standard output is for what was asked


def _span(
    kind: Work, match: list[str], since: str | None, lasts: str, *, note: str, by: str
) -> Span:
    if not match:
        wrong_usage(f"mark {kind} needs --match, such as --match service=checkout")
    now, who = clock.now(), speaker(by)
    starts_at, length = _begin(since, now), _length(lasts)
    if starts_at + length + KEPT_FOR < now:
        wrong_usage(
            f"--from {since}: over at {minute(starts_at + length)}, and nothing is kept for longer "
            f"than {say(KEPT_FOR)} after its end"
        )
    return Span(
        id=new_id(kind, who, now),
        kind=kind,
        by=who,
        made_at=now,
        matchers=matchers_of("--match", match),
        starts_at=starts_at,
        ends_at=starts_at + length,
        note=short(note),
    )


def _begin(since: str | None, now: datetime) -> datetime:
    begins_at = now if since is None else instant_of("--from", since)
    if begins_at > now + FURTHEST:
        wrong_usage(f"--from {since}: at most a year ahead")
    return begins_at


def _length(text: str) -> timedelta:
    length = duration_of("--for", text)
    if not timedelta() < length <= LONGEST:
        wrong_usage(
            f"--for {text}: above zero and at most {say(LONGEST)}, for who learns nothing for "
            "longer no longer knows what is normal"
        )
    return length


async def _write(config: Config, span: Span) -> None:
    async with mark_book(config) as book:
        try:
            await book.write(span, now=span.made_at)
        except BookFull as error:
            fail(str(error))
        typer.echo(
            f"{span.kind} {span.id} from {minute(span.starts_at)} until {minute(span.ends_at)}; "
            + _prospect(span)
        )
        await _doubt(book, config, span)


def _prospect(span: Span) -> str:
    if span.ends_at <= span.made_at:
        return "it is over, and counts for samples that are judged from now on"
    return f"to end it earlier: tocsin mark end {span.id}"


async def _doubt(book: Book, config: Config, span: Span) -> None:
    """Say it where no worker knows a series that the mark is about."""
    with looking():
        known = await known_series(book.consumer, config)
    if (problem := known.missing((), span.matchers)) is not None:
        typer.echo(f"but {problem}", err=True)


async def _spans(config: Config) -> list[Span]:
    async with mark_book(config) as book:
        return latest_first(book.marks.spans)


async def _end(config: Config, mark_id: str, now: datetime) -> None:
    async with mark_book(config) as book:
        span = book.one(mark_id)
        if not isinstance(span, Span):
            fail(f"no mark {mark_id}: see tocsin mark list")
        if span.state(now) == "over":
            fail(f"mark {mark_id} was over at {minute(span.ends_at)}")
        is_to_come = span.state(now) == "to come"
        if is_to_come:
            await book.take_back(span)
        else:
            await book.write(replace(span, ends_at=now), now=now)
    typer.echo(f"{span.kind} {mark_id} is {'taken back' if is_to_come else 'over'}")
