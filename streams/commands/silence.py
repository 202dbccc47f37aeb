"""`tocsin silence list`, `add` and `expire`: alerts of which nobody is to be told for a time."""

import asyncio
import logging
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from config.drafts import Draft, check_silence, parse_set
from config.errors import Wrong
from config.settings import Config
from routing.channels.text import clean
from routing.event import ExpireSilence, SetSilence
from routing.labels import Matcher
from routing.muting import muting
from routing.policy import Silence
from routing.silences import SilenceState, state
from routing.wording import instant
from streams import clock
from streams.commands.marking import ByOption, NoteOption, fail, loaded, matchers_of, short, speaker
from streams.commands.options import FirstConfigOption, duration_of, moment_of, wrong_usage
from streams.event_log import tell
from streams.incidents.silences import (
    known_of,
    matchers_text,
    muting_lines,
    silence_lines,
    silences,
    until_text,
)
from streams.logs import log_to_stderr

group = typer.Typer(no_args_is_help=True)


@group.command("list")
def list_silences(
    config: FirstConfigOption,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List the silences of the configuration, and those that people made."""
    now = clock.now()
    found = asyncio.run(silences(loaded(config))).values()
    chosen = [one for one in found if everything or state(one, now) is not SilenceState.EXPIRED]
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(chosen)).decode())
    else:
        typer.echo("\n".join(silence_lines(chosen, now)))


@group.command()
def add(
    config: FirstConfigOption,
    match: Annotated[
        list[str] | None,
        typer.Option("--match", help="Which alerts: service=checkout; of several all must hold."),
    ] = None,
    or_match: Annotated[
        list[str] | None,
        typer.Option("--or", help='Or these: --or "team=shop, env=test"; one set each time.'),
    ] = None,
    during: Annotated[
        list[str] | None,
        typer.Option(help="Only inside this time interval of the configuration, each time."),
    ] = None,
    lasts: Annotated[
        str, typer.Option("--for", help="How long: 30m, 4h, 2d. Unset: 1h; with --during no end.")
    ] = "",
    since: Annotated[
        str, typer.Option("--from", help="Since when: 2026-12-24T22:00:00Z. Unset: now.")
    ] = "",
    silence_id: Annotated[
        str, typer.Option("--id", help="Changes this silence; what is not given stays.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say which open incidents it is about.")
    ] = False,
    by: ByOption = "",
    note: NoteOption = "",
) -> None:
    """Silence alerts for a time: nobody is told of them, and escalation waits.

    It says first which open incidents that is about.
    """
    if not match and not silence_id:
        wrong_usage("silence add needs --match, such as --match service=checkout")
    read, now = loaded(config), clock.now()
    known = asyncio.run(known_of(read))
    old = known.silences.get(silence_id)
    if silence_id and old is None:
        fail(f"no silence {silence_id}: see tocsin silence list --all")
    draft = Draft(
        matchers=matchers_of("--match", match or []),
        alternatives=tuple(map(_set, or_match or [])),
        during=tuple(dict.fromkeys(during or [])),
        lasts=duration_of("--for", lasts) if lasts else None,
        starts_at=moment_of("--from", since) if since else None,
        by=speaker(by),
        note=short(note),
    )
    try:
        made = draft.silence(old, now)
        check_silence(made, read.policy, now)
    except Wrong as error:
        wrong_usage(str(error))
    typer.echo("\n".join(muting_lines(made, muting(made, known.incidents), now)))
    if not dry_run:
        _set_in_force(read, made)


def _set_in_force(read: Config, made: Silence) -> None:
    asyncio.run(tell(read, SetSilence(made)))
    typer.echo(
        f"silence {clean(made.id)} of {clean(matchers_text(made))} "
        f"{until_text(made)}, within seconds; to end it earlier: "
        f"tocsin silence expire {clean(made.id)}"
    )


@group.command()
def expire(
    config: FirstConfigOption, silence_id: Annotated[str, typer.Argument(metavar="ID")]
) -> None:
    """End a silence now; one that is still to come never begins."""
    asyncio.run(_expire(loaded(config), silence_id, clock.now()))
    typer.echo(f"silence {silence_id} ends, within seconds")


@group.callback()
def quietly() -> None:
    """See, make and end silences."""
    log_to_stderr(logging.WARNING)  # standard output is for what was asked


def _set(text: str) -> tuple[Matcher, ...]:
    try:
        return parse_set(text)
    except Wrong as error:
        wrong_usage(f"--or: {error}")


async def _expire(config: Config, silence_id: str, now: datetime) -> None:
    silence = (await silences(config)).get(silence_id)
    if silence is None:
        fail(f"no silence {silence_id}: see tocsin silence list")
    if state(silence, now) is SilenceState.EXPIRED:
        fail(f"silence {silence_id} was over at {instant(silence.ends_at)}")
    await tell(config, ExpireSilence(silence_id))
