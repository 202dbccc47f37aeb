"""`tocsin silence list`, `add` and `expire`: alerts of which nobody is to be told for a time."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
import typer

from config.marks.mark import new_id
from config.settings import Config
from routing.event import ExpireSilence, SetSilence
from routing.labels import Matcher
from routing.matching import matches
from routing.policy import Silence
from routing.silences import SilenceState, state
from routing.wording import instant
from streams import clock
from streams.commands.marking import ByOption, NoteOption, fail, loaded, matchers_of, short, speaker
from streams.commands.options import ConfigOption, duration_of, moment_of, wrong_usage
from streams.event_log import tell
from streams.incidents.silences import matchers_text, silence_lines, silences
from streams.logs import log_to_stderr

group = typer.Typer(no_args_is_help=True)

LONGEST = timedelta(days=366)


@group.command("list")
def list_silences(
    config: ConfigOption,
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
    config: ConfigOption,
    match: Annotated[
        list[str] | None,
        typer.Option("--match", help="Which alerts: service=checkout; of several all must hold."),
    ] = None,
    lasts: Annotated[str, typer.Option("--for", help="How long: 30m, 4h, 2d.")] = "1h",
    since: Annotated[
        str, typer.Option("--from", help="Since when: 2026-12-24T22:00:00Z. Unset: now.")
    ] = "",
    silence_id: Annotated[str, typer.Option("--id", help="Changes the silence of this id.")] = "",
    by: ByOption = "",
    note: NoteOption = "",
) -> None:
    """Silence alerts for a time: nobody is told of them, and escalation waits."""
    matchers = _matchers(match or [])
    now, who = clock.now(), speaker(by)
    starts_at = moment_of("--from", since) if since else now
    if starts_at + _length(lasts) <= now:
        wrong_usage(f"--from {since} and --for {lasts}: this is over already")
    made = Silence(
        id=silence_id or new_id("silence", who, now),
        matchers=matchers,
        starts_at=starts_at,
        ends_at=starts_at + _length(lasts),
        created_by=who,
        comment=short(note),
    )
    asyncio.run(_add(loaded(config), made, is_edit=bool(silence_id)))
    typer.echo(
        f"silence {made.id} of {matchers_text(made)} until {instant(made.ends_at)}, within "
        f"seconds; to end it earlier: tocsin silence expire {made.id}"
    )


@group.command()
def expire(config: ConfigOption, silence_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """End a silence now; one that is still to come never begins."""
    asyncio.run(_expire(loaded(config), silence_id, clock.now()))
    typer.echo(f"silence {silence_id} ends, within seconds")


@group.callback()
def quietly() -> None:
    """See, make and end silences."""
    log_to_stderr(logging.WARNING)  # standard output is for what was asked


def _matchers(texts: list[str]) -> tuple[Matcher, ...]:
    if not texts:
        wrong_usage("silence add needs --match, such as --match service=checkout")
    found = matchers_of("--match", texts)
    if matches(found, {}):
        wrong_usage("--match: this silences everything: at least one must name a value")
    return found


def _length(text: str) -> timedelta:
    length = duration_of("--for", text)
    if not timedelta() < length <= LONGEST:
        wrong_usage(f"--for {text}: above zero and at most a year")
    return length


async def _add(config: Config, made: Silence, *, is_edit: bool) -> None:
    if is_edit and made.id not in await silences(config):
        fail(f"no silence {made.id}: see tocsin silence list --all")
    await tell(config, SetSilence(made))


async def _expire(config: Config, silence_id: str, now: datetime) -> None:
    silence = (await silences(config)).get(silence_id)
    if silence is None:
        fail(f"no silence {silence_id}: see tocsin silence list")
    if state(silence, now) is SilenceState.EXPIRED:
        fail(f"silence {silence_id} was over at {instant(silence.ends_at)}")
    await tell(config, ExpireSilence(silence_id))
