"""`tocsin incident`: what is open, and what people do about it."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
import typer

from config.errors import did_you_mean
from config.settings import Config
from routing.event import Acknowledge, Escalate, Event, Reassign, Reopen, Resolve, Snooze
from routing.incident import Incident, IncidentState
from routing.pressing import command_id
from routing.wording import instant
from streams import clock
from streams.commands.marking import ByOption, fail, loaded, speaker
from streams.commands.options import FirstConfigOption, duration_of, moment_of, wrong_usage
from streams.event_log import tell
from streams.history.reading import incidents
from streams.incidents.lists import incident_lines, story_lines
from streams.letters.reading import reader
from streams.logs import log_to_stderr

group = typer.Typer(no_args_is_help=True)

LONGEST = timedelta(days=30)
VIA = "command line"

IncidentId = Annotated[str, typer.Argument(metavar="ID", help="As every message about it says.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@group.command("list")
def list_incidents(
    config: FirstConfigOption,
    everything: Annotated[bool, typer.Option("--all", help="Also what is resolved.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the incidents that are open, taken or snoozed."""
    found = asyncio.run(_incidents(loaded(config))).values()
    chosen = [one for one in found if everything or one.state is not IncidentState.RESOLVED]
    if as_json:
        _print_json(chosen)
    else:
        typer.echo("\n".join(incident_lines(chosen)))


@group.command()
def show(config: FirstConfigOption, incident_id: IncidentId, as_json: JsonOption = False) -> None:
    """Show one incident: how it stands, who was told, and what happened."""
    incident = _find(loaded(config), incident_id)
    if as_json:
        _print_json(incident)
    else:
        typer.echo("\n".join(story_lines(incident)))


@group.command()
def ack(config: FirstConfigOption, incident_id: IncidentId, by: ByOption = "") -> None:
    """Take an incident: its escalation stops, and all who were told hear who has it."""
    read = loaded(config)
    incident = _open(read, incident_id)
    who = speaker(by)
    _write(read, Acknowledge(**_about(incident, who, "acknowledge", who)), f"{who} takes it")


@group.command()
def unack(config: FirstConfigOption, incident_id: IncidentId, by: ByOption = "") -> None:
    """Give back an incident that was taken: it is open, and paged from the first level."""
    read = loaded(config)
    incident = _open(read, incident_id)
    if incident.state is not IncidentState.ACKNOWLEDGED:
        fail(f"incident {incident_id} is not taken by anybody")
    who = speaker(by)
    _write(read, Reopen(**_about(incident, who, "unack")), f"{who} gives it back")


@group.command()
def resolve(config: FirstConfigOption, incident_id: IncidentId, by: ByOption = "") -> None:
    """Close an incident; what fires still opens nothing until it has ended."""
    read = loaded(config)
    incident = _open(read, incident_id)
    who = speaker(by)
    _write(read, Resolve(**_about(incident, who, "resolve")), f"{who} resolves it")


@group.command()
def snooze(
    config: FirstConfigOption,
    incident_id: IncidentId,
    lasts: Annotated[str, typer.Option("--for", help="How long: 30m, 4h, 2d.")] = "",
    until: Annotated[str, typer.Option(help="Until when: 2026-12-24T22:00:00Z.")] = "",
    by: ByOption = "",
) -> None:
    """Take an incident for a time: if it fires still after that, it is open again."""
    now = clock.now()
    end = _end(lasts, until, now)
    read = loaded(config)
    incident = _open(read, incident_id)
    who = speaker(by)
    about = _about(incident, who, "snooze", end.isoformat())
    _write(read, Snooze(until=end, **about), f"{who} snoozes it until {instant(end)}")


@group.command()
def reassign(
    config: FirstConfigOption,
    incident_id: IncidentId,
    user: Annotated[str, typer.Option(help="Whom to give it.")] = "",
    schedule: Annotated[str, typer.Option(help="Or whoever is on call there.")] = "",
    policy: Annotated[str, typer.Option(help="Or an escalation policy.")] = "",
    by: ByOption = "",
) -> None:
    """Give an incident to a user, a schedule or an escalation policy: they are told at once."""
    named: dict[Literal["user", "schedule", "policy"], str] = {
        "user": user,
        "schedule": schedule,
        "policy": policy,
    }
    given = [(kind, name) for kind, name in named.items() if name]
    if len(given) != 1:
        wrong_usage("incident reassign takes one of --user, --schedule and --policy")
    kind, name = given[0]
    read = loaded(config)
    _check_name(read, kind, name)
    incident = _open(read, incident_id)
    who = speaker(by)
    about = _about(incident, who, "reassign", kind, name)
    _write(read, Reassign(kind=kind, name=name, **about), f"{who} gives it to {kind} {name}")


@group.command()
def escalate(config: FirstConfigOption, incident_id: IncidentId, by: ByOption = "") -> None:
    """Tell the next level of its escalation policy now."""
    read = loaded(config)
    incident = _open(read, incident_id)
    who, level = speaker(by), incident.level
    about = _about(incident, who, "escalate")
    _write(read, Escalate(level=level, **about), f"{who} asks for the level after {level}")


@group.callback()
def quietly() -> None:
    """See incidents, take them, put them off, hand them on, and close them."""
    log_to_stderr(logging.WARNING)  # standard output is for what was asked


async def _incidents(config: Config) -> dict[str, Incident]:
    async with reader(config.kafka) as consumer:
        return await incidents(consumer, config.topics.incidents)


def _find(config: Config, incident_id: str) -> Incident:
    incident = asyncio.run(_incidents(config)).get(incident_id)
    if incident is None:
        fail(f"no incident {incident_id}: see tocsin incident list --all")
    return incident


def _open(config: Config, incident_id: str) -> Incident:
    incident = _find(config, incident_id)
    if incident.state is IncidentState.RESOLVED:
        fail(f"incident {incident_id} is resolved: nothing can be done about it any more")
    return incident


def _about(incident: Incident, who: str, *words: str) -> dict[str, Any]:
    id_ = command_id(incident, *words)
    return {"incident_id": incident.id, "by": who, "via": VIA, "id": id_}


def _write(config: Config, command: Event, deed: str) -> None:
    asyncio.run(tell(config, command))
    typer.echo(f"{deed}, within seconds: tocsin incident list")


def _end(lasts: str, until: str, now: datetime) -> datetime:
    if bool(lasts) == bool(until):
        wrong_usage("incident snooze takes --for, such as --for 1h, or --until")
    end = now + duration_of("--for", lasts) if lasts else moment_of("--until", until)
    if not now < end <= now + LONGEST:
        wrong_usage("a snooze ends later than now, and within 30 days")
    return end


def _check_name(config: Config, kind: str, name: str) -> None:
    policy = config.policy
    known = {
        "user": {user.name for user in policy.users},
        "schedule": {schedule.name for schedule in policy.schedules},
        "policy": {escalation.name for escalation in policy.escalations},
    }
    names = known[kind]
    if name not in names:
        meant = did_you_mean(name, names) or f"; there are: {', '.join(sorted(names)) or 'none'}"
        wrong_usage(f'there is no {kind} "{name}"{meant}')


def _print_json(value: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
