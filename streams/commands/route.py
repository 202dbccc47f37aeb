"""`tocsin route`: where an alert would go, before there is one."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from config.loader import load
from config.matchers import show
from routing.alert import Alert, Severity
from routing.forecast import Forecast, Told, forecast
from routing.matching import labels_of
from routing.policy import Route
from routing.rules import after
from routing.wording import say, second
from streams import clock
from streams.commands.options import moment_of, wrong_usage

group = typer.Typer(help="Where alerts go.", no_args_is_help=True)


@group.callback()
def _route() -> None:
    """Where alerts go."""


@group.command("test")
def try_labels(
    labels: Annotated[
        list[str] | None, typer.Argument(metavar="K=V ...", help="The labels of the alert.")
    ] = None,
    config: Annotated[
        Path, typer.Option("--config", "-c", help="A YAML file, or a directory of them.")
    ] = Path("tocsin.yaml"),
    at: Annotated[str, typer.Option(help="An instant, such as 2026-12-24T22:00:00+01:00.")] = "",
    receivers: Annotated[
        str, typer.Option(help="Exit with 1 unless these receivers take it: a,b.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say which routes take an alert with these labels, and who would be told.

    An alert without the label `severity` counts as a warning. Silences are those of the
    configuration; those made by hand are in the console.
    """
    policy = load(config, environ=os.environ, needed="none", now=clock.now()).policy
    when = moment_of("--at", at) if at else clock.now()
    alert = _alert(labels or [], when)
    found = forecast(policy, alert, when)
    if as_json:
        typer.echo(json.dumps([_record(policy.route, one) for one in found], indent=2))
    else:
        typer.echo(f"{_labels(alert)}, at {second(when)}")
        for one in found:
            typer.echo("\n" + "\n".join(_lines(policy.route, one)))
    _compare(receivers, [one.route.receiver for one in found])


def _compare(wanted: str, found: list[str]) -> None:
    if wanted and wanted.split(",") != found:
        typer.echo(f"tocsin: {wanted} was expected, not {','.join(found)}", err=True)
        raise typer.Exit(1)


def _alert(labels: list[str], at: datetime) -> Alert:
    given = dict(_pair(label) for label in labels)
    word = given.get("severity", "")
    severity = Severity(word) if word in set(Severity) else Severity.WARNING
    return Alert(labels=given, severity=severity, starts_at=at)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign) or name.endswith("!") or value.startswith("~"):
        wrong_usage(f"a label is written k=v, such as service=checkout, not {text}")
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return name, value[1:-1] if is_quoted else value


def _labels(alert: Alert) -> str:
    return ", ".join(f'{name}="{value}"' for name, value in sorted(labels_of(alert).items()))


def _lines(root: Route, one: Forecast) -> Iterator[str]:
    route = one.route
    yield f"{route.receiver}  ({_place(root, one)})"
    for label, text in (
        ("route", " > ".join(_matched(node) for node in one.way)),
        ("group key", one.group_key),
        ("timers", ", ".join(f"{name} {value}" for name, value in _timers(route).items())),
        ("escalation", route.escalation or ""),
        *((_step(told), _whom(told)) for told in one.told),
        *(("quiet", f"{mute.name}, until {second(mute.until)}") for mute in one.quiet),
        ("muted by", ", ".join(one.inhibitions)),
    ):
        if text:
            yield f"  {label:<11}{text}"


def _record(root: Route, one: Forecast) -> dict[str, Any]:
    route = one.route
    return {
        "receiver": route.receiver,
        "route": _place(root, one),
        "way": [_matched(node) for node in one.way],
        "group_key": one.group_key,
        "group_labels": one.group_labels,
        **_timers(route),
        "escalation": route.escalation,
        "told": [
            {
                "level": told.level,
                "contacts": [
                    {"channel": a.contact.channel, "address": a.contact.address, "user": a.user}
                    for a in told.addressees
                ],
                "problems": list(told.problems),
            }
            for told in one.told
        ],
        "quiet": [{"name": mute.name, "until": mute.until.isoformat()} for mute in one.quiet],
        "inhibitions": list(one.inhibitions),
    }


def _timers(route: Route) -> dict[str, str]:
    names = ("group_wait", "group_interval", "repeat_interval")
    return {name: say(getattr(route, name)) for name in names}


def _place(root: Route, one: Forecast) -> str:
    """Where the node stands in the YAML: `route.routes[1].routes[0]`."""
    steps = zip((root, *one.way[1:]), one.way[1:], strict=False)
    return "route" + "".join(f".routes[{above.routes.index(node)}]" for above, node in steps)


def _matched(node: Route) -> str:
    return "{" + ", ".join(show(matcher) for matcher in node.matchers) + "}"


def _step(told: Told) -> str:
    return f"level {told.level}" if told.level else "told"


def _whom(told: Told) -> str:
    people = [
        f"{a.contact.channel} {a.contact.address}"
        + (f" ({a.user})" if a.user else "")
        + (f" {after(a.after)}" if a.after else "")
        for a in told.addressees
    ]
    return ", ".join([*people, *told.problems]) or "nobody"
