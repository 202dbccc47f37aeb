"""`tocsin deadletter list`, `show` and `retry`: what could not be read, and another try."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from config.errors import did_you_mean
from config.loader import load
from config.settings import Config
from streams.commands.options import FirstConfigOption, instant_of, wrong_usage
from streams.deadletter import Place
from streams.letters.advice import ADVICE
from streams.letters.again import Again
from streams.letters.letters import Choice, Overview
from streams.letters.topics import Found, letter_topics
from streams.letters.words import as_json, full, lines, summary
from streams.logs import log_to_stderr

group = typer.Typer(no_args_is_help=True)

ReasonOption = Annotated[str | None, typer.Option(help="Only letters of this reason.")]
TopicOption = Annotated[str | None, typer.Option(help="Only letters of records of this topic.")]
SinceOption = Annotated[
    str | None, typer.Option(help="Only letters since: 2h, 3d, or 2026-11-23T08:00:00Z.")
]


@group.command("list")
def list_letters(
    config: FirstConfigOption,
    reason: ReasonOption = None,
    topic: TopicOption = None,
    since: SinceOption = None,
    is_open: Annotated[
        bool, typer.Option("--open", help="Only letters whose record was not sent again.")
    ] = False,
    limit: Annotated[int, typer.Option(min=0, help="The newest so many; 0: all.")] = 50,
    is_summary: Annotated[
        bool, typer.Option("--summary", help="Only how many there are, by reason and topic.")
    ] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List dead letters, newest first."""
    choice = _choice(reason, topic, since)
    overview = asyncio.run(_overview(_loaded(config), choice, limit=limit, is_open=is_open))
    if is_json:
        typer.echo(as_json(overview, is_summary=is_summary))
        return
    for line in summary(overview) if is_summary else lines(overview):
        typer.echo(line)


@group.command()
def show(
    config: FirstConfigOption,
    letter: Annotated[
        str, typer.Argument(help="TOPIC/PARTITION/OFFSET of a record, or the number of a letter.")
    ],
    is_all: Annotated[bool, typer.Option("--all", help="All of a long value.")] = False,
) -> None:
    """Show one dead letter, its record, and what to do about it."""
    wanted = int(letter) if letter.isdecimal() else _place(letter)
    found = asyncio.run(_found(_loaded(config), wanted))
    if found is None:
        sys.stderr.write(f"tocsin: no dead letter {letter}: see tocsin deadletter list\n")
        raise typer.Exit(1)
    for line in full(found, **({"most": None} if is_all else {})):
        typer.echo(line)


@group.command()
def retry(
    config: FirstConfigOption,
    records: Annotated[
        list[str] | None, typer.Argument(help="TOPIC/PARTITION/OFFSET of records; none: all.")
    ] = None,
    reason: ReasonOption = None,
    topic: TopicOption = None,
    since: SinceOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also what was sent again before.")
    ] = False,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    is_sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Send the records of dead letters again, as they were, to where they came from."""
    choice = _choice(reason, topic, since, *(records or ()))
    run = Again(_loaded(config), choice, again=again, is_dry=is_dry, is_sure=is_sure)
    raise typer.Exit(asyncio.run(run.run()))


@group.callback()
def quietly() -> None:
    """See the records that could not be read, and send them again."""
    log_to_stderr(logging.WARNING)  # standard output is for what was asked


def _loaded(path: Path) -> Config:
    return load(path, environ=os.environ, needed="kafka")


async def _overview(config: Config, choice: Choice, *, limit: int, is_open: bool) -> Overview:
    async with letter_topics(config) as topics:
        return await Overview.of(
            topics.letters(choice),
            limit=limit or None,
            takes=lambda letter: letter.mark is None or not is_open,
        )


async def _found(config: Config, wanted: Place | int) -> Found | None:
    async with letter_topics(config) as topics:
        return await topics.one(wanted)


def _choice(reason: str | None, topic: str | None, since: str | None, *records: str) -> Choice:
    if reason is not None and reason not in ADVICE:
        hint = did_you_mean(reason, ADVICE) or f"; there are {', '.join(ADVICE)}"
        wrong_usage(f'no dead letter has the reason "{reason}"{hint}')
    return Choice(
        reason=reason,
        topic=topic,
        since=None if since is None else instant_of("--since", since),
        places=frozenset(map(_place, records)),
    )


def _place(text: str) -> Place:
    try:
        return Place.parse(text)
    except ValueError as error:
        wrong_usage(str(error))
