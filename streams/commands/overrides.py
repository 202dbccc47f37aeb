"""`tocsin oncall override`, `swap`, `overrides` and `remove`: who stands in for whom."""

import asyncio
import json
from datetime import datetime
from typing import Annotated

import typer

from config.drafts import check_override
from config.errors import Wrong
from config.marks.mark import new_id
from config.settings import Config
from routing.event import RemoveOverride, SetOverride
from routing.oncall.schedule import Override, Schedule
from routing.overriding import KEPT
from routing.zones import zone_of
from streams import clock
from streams.commands.marking import ByOption, NoteOption, fail, short, speaker
from streams.commands.oncall import JsonOption, find, read
from streams.commands.oncall import group as group
from streams.commands.options import FirstConfigOption, wrong_usage
from streams.event_log import tell
from streams.oncall import lists
from streams.oncall.book import made_overrides

FromOption = Annotated[
    str,
    typer.Option("--from", help="2026-12-24T09:00, in the schedule's zone or yours. Unset: now."),
]
ToOption = Annotated[str, typer.Option("--to", help="2026-12-27T09:00, likewise.")]
ScheduleName = Annotated[str, typer.Argument(metavar="SCHEDULE")]


@group.command()
def override(
    config: FirstConfigOption,
    schedule: ScheduleName,
    user: Annotated[str, typer.Argument(metavar="USER", help="Who stands in.")],
    to: ToOption,
    since: FromOption = "",
    replaces: Annotated[str, typer.Option(help="Only where this user would be on call.")] = "",
    by: ByOption = "",
    note: NoteOption = "",
) -> None:
    """Let somebody stand in on a schedule, for a time."""
    loaded = read(config, False)
    made = _made(loaded, schedule, (user, replaces), (since, to), by=by, note=note)
    _tell(loaded, made)


@group.command()
def swap(
    config: FirstConfigOption,
    schedule: ScheduleName,
    first: Annotated[str, typer.Argument(metavar="USER")],
    second: Annotated[str, typer.Argument(metavar="USER")],
    to: ToOption,
    since: FromOption = "",
    by: ByOption = "",
    note: NoteOption = "",
) -> None:
    """Let two people exchange their shifts on a schedule, for a time."""
    loaded = read(config, False)
    made = _made(loaded, schedule, (first, second), (since, to), by=by, note=note, is_swap=True)
    _tell(loaded, made)


@group.command("overrides")
def list_overrides(config: FirstConfigOption, as_json: JsonOption = False) -> None:
    """List overrides and swaps that were made by command, until a day after their end."""
    made, now = asyncio.run(made_overrides(read(config, False))), clock.now()
    found = [one for one in made if one.ends_at > now - KEPT]
    if as_json:
        typer.echo(json.dumps([lists.override_record(one) for one in found], indent=2))
    else:
        typer.echo("\n".join(lists.override_lines(found, now)))


@group.command()
def remove(
    config: FirstConfigOption,
    override_id: Annotated[str, typer.Argument(metavar="ID")],
    by: ByOption = "",
) -> None:
    """Take an override or a swap back."""
    loaded = read(config, False)
    if override_id not in {one.id for one in asyncio.run(made_overrides(loaded))}:
        fail(f"no override {override_id}: see tocsin oncall overrides")
    asyncio.run(tell(loaded, RemoveOverride(override_id, by=speaker(by))))
    typer.echo(f"{override_id} is taken back, within seconds")


def _made(
    config: Config,
    schedule: str,
    users: tuple[str, str],
    span: tuple[str, str],
    *,
    by: str,
    note: str,
    is_swap: bool = False,
) -> Override:
    found, now, who = find(config, schedule), clock.now(), speaker(by)
    user, replaces = users
    starts_at = _moment("--from", span[0], found) if span[0] else now
    ends_at = _moment("--to", span[1], found)
    made = Override(
        id=new_id("override", who, now),
        schedule=schedule,
        user=user,
        replaces=replaces,
        is_swap=is_swap,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=who,
        comment=short(note),
    )
    try:
        check_override(made, config.policy, now)
    except Wrong as error:
        wrong_usage(str(error))
    return made


def _moment(option: str, text: str, schedule: Schedule) -> datetime:
    """An instant; without a zone it is on the clock of the schedule."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        wrong_usage(f"{option} takes a date and time such as 2026-12-24T09:00, not {text!r}")
    at = at if at.tzinfo else at.replace(tzinfo=zone_of(schedule.time_zone))
    return at.astimezone(clock.now().tzinfo)


def _tell(config: Config, made: Override) -> None:
    asyncio.run(tell(config, SetOverride(made)))
    typer.echo(
        f"{made.schedule}: {lists.deed(made)}; in force within seconds. To take it back: "
        f"tocsin oncall remove {made.id}"
    )
