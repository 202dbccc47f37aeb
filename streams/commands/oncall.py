"""`tocsin oncall`: who is on call, the gaps, a calendar; stand-ins and swaps."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from config.errors import Wrong, did_you_mean
from config.loader import load
from config.oncall.turns import parse_turn
from config.settings import Config
from routing.oncall.schedule import Schedule
from routing.oncall.shifts import gaps, shifts
from routing.oncall.wall import months_later
from routing.zones import zone_of
from streams import clock
from streams.broker import BrokerError
from streams.commands.options import FirstConfigOption, moment_of, write_file, wrong_usage
from streams.logs import log_to_stderr
from streams.oncall import lists
from streams.oncall.book import laid_over, made_overrides

group = typer.Typer(help="Who is on call.", no_args_is_help=True)

FilesOption = Annotated[
    bool,
    typer.Option("--files-only", help="Leave out overrides made by command: do not ask Kafka."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
ScheduleArgument = Annotated[str, typer.Argument(metavar="[SCHEDULE]", help="Unset: all.")]


@group.callback()
def quietly() -> None:
    """Who is on call."""
    log_to_stderr(logging.WARNING)  # standard output is for what was asked


@group.command()
def who(
    config: FirstConfigOption,
    schedule: ScheduleArgument = "",
    at: Annotated[str, typer.Option(help="When: 2026-12-24T22:00:00+01:00. Unset: now.")] = "",
    until: Annotated[str, typer.Option(help="All shifts from then until this instant.")] = "",
    files_only: FilesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say who is on call, now or at an instant; exit with 1 where nobody is."""
    start = moment_of("--at", at) if at else clock.now()
    end = moment_of("--until", until) if until else None
    if end is not None and end <= start:
        wrong_usage("--until is not after --at")
    loaded = read(config, files_only)
    chosen = _chosen(loaded, schedule, files_only)
    names = {user.name: user.full_name for user in loaded.policy.users}
    if end is None:
        found = [lists.who(one, start) for one in chosen]
        lines = list(lists.who_lines(found, names))
        _print(as_json, [lists.who_record(one, names) for one in found], lines)
        _exit(any(not one.now.user for one in found))
        return
    _note_horizon(chosen, end)
    ranges = [(one, shifts(one, start, end)) for one in chosen]
    lines = [line for one, found in ranges for line in lists.shift_lines(one, found, names)]
    _print(as_json, [lists.shift_record(one, found) for one, found in ranges], lines)
    _exit(any(not shift.user for _, found in ranges for shift in found))


@group.command("gaps")
def list_gaps(
    config: FirstConfigOption,
    schedule: ScheduleArgument = "",
    lasts: Annotated[str, typer.Option("--for", help="How far to look: 30d, 12mo.")] = "12mo",
    at: Annotated[str, typer.Option(help="From when on. Unset: now.")] = "",
    files_only: FilesOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the times at which nobody is on call; exit with 1 where any are not meant."""
    start = moment_of("--at", at) if at else clock.now().replace(second=0, microsecond=0)
    chosen = _chosen(read(config, files_only), schedule, files_only)
    end = _later(start, lasts)
    _note_horizon(chosen, end)
    found = [(one, gaps(one, start, end)) for one in chosen]
    lines = [line for one, some in found for line in lists.gap_lines(one, some, end)]
    _print(as_json, [lists.gap_record(one, some) for one, some in found], lines)
    _exit(any(some and not one.may_have_gaps for one, some in found))


@group.command()
def calendar(
    config: FirstConfigOption,
    schedule: Annotated[str, typer.Argument(metavar="SCHEDULE")],
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many weeks.")] = 4,
    at: Annotated[str, typer.Option(help="Begins in the week of it. Unset: now.")] = "",
    ics: Annotated[
        Path | None, typer.Option(help="Write iCalendar into this file; - is standard output.")
    ] = None,
    files_only: FilesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show who has which day, in the schedule's time zone, or write it as iCalendar."""
    loaded = read(config, files_only)
    (one,) = _chosen(loaded, schedule, files_only)
    zone = zone_of(one.time_zone)
    start = _monday(moment_of("--at", at) if at else clock.now(), zone)
    found = shifts(one, start.astimezone(UTC), (start + timedelta(weeks=weeks)).astimezone(UTC))
    if ics is not None:
        _write_ics(ics, one, found)
        return
    _print(as_json, lists.shift_record(one, found), list(lists.calendar_lines(one, found)))


def read(path: Path, files_only: bool) -> Config:
    """The configuration, with its calendars; of its secrets what is needed to reach Kafka."""
    needed = "none" if files_only else "kafka"
    return load(path, environ=os.environ, needed=needed, now=clock.now())  # type: ignore[arg-type]


def find(config: Config, name: str) -> Schedule:
    """The schedule of that name as it is written. Exits with 2 where there is none."""
    known = {one.name: one for one in config.policy.schedules}
    if name not in known:
        meant = did_you_mean(name, known) or f"; there are: {', '.join(known) or 'none'}"
        wrong_usage(f'there is no schedule "{name}"{meant}')
    return known[name]


def _chosen(config: Config, name: str, files_only: bool) -> Sequence[Schedule]:
    """One schedule or all, with the overrides made by command where Kafka can be asked."""
    chosen = [find(config, name)] if name else list(config.policy.schedules)
    if not chosen:
        wrong_usage("no schedules are configured")
    if files_only:
        return chosen
    try:
        return laid_over(chosen, asyncio.run(made_overrides(config)))
    except BrokerError as error:
        sys.stderr.write(f"tocsin: overrides made by command are not looked at: {error}\n")
        return chosen


def _note_horizon(chosen: Sequence[Schedule], end: datetime) -> None:
    """Say that calendars are not known for ever, where more than that is asked for."""
    layers = (layer for one in chosen for layer in one.layers if not layer.users)
    known = min((layer.ends_at for layer in layers if layer.ends_at is not None), default=end)
    if known < end:
        sys.stderr.write(f"tocsin: calendars are read until {known:%Y-%m-%d}, not further\n")


def _later(start: datetime, text: str) -> datetime:
    try:
        turn = parse_turn(text)
    except Wrong as error:
        wrong_usage(f"--for: {error}")
    return months_later(start, turn.months) + turn.length


def _monday(at: datetime, zone: ZoneInfo) -> datetime:
    day = at.astimezone(zone).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(0), zone)


def _write_ics(file: Path, schedule: Schedule, found: Sequence[Any]) -> None:
    from config.oncall.export import calendar_text

    text = calendar_text(schedule, found)
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        write_file(file, text.encode())
        typer.echo(f"{file}: {sum(bool(one.user) for one in found)} shifts")


def _print(as_json: bool, record: object, lines: Sequence[str]) -> None:
    typer.echo(json.dumps(record, indent=2) if as_json else "\n".join(lines))


def _exit(is_wrong: bool) -> None:
    if is_wrong:
        raise typer.Exit(1)
