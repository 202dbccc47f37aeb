"""`tocsin template render` and `names`: what people will read, before there is an incident."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from config.loader import load
from routing.channels.channel import Channel
from routing.channels.samples import notification
from routing.channels.texts import NAMES, Texts
from routing.incident import NotifyReason
from routing.notification import Notification
from routing.policy import Contact
from streams.commands.options import ConfigOption, wrong_usage

group = typer.Typer(help="Texts of your own.", no_args_is_help=True)


@group.callback()
def _template() -> None:
    """Texts of your own."""


@group.command()
def render(
    channel: Annotated[str, typer.Argument(help="A channel of the configuration.")],
    config: ConfigOption = Path("tocsin.yaml"),
    reason: Annotated[NotifyReason, typer.Option(help="Why it is told.")] = NotifyReason.FIRST,
    label: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="A label more of the sample's alert.")
    ] = None,
    is_payload: Annotated[
        bool, typer.Option("--payload", help="Print what the provider would be sent, as JSON.")
    ] = False,
) -> None:
    """Show what a channel says of a sample incident. Nothing is sent; exit code 1 if one fails."""
    made = _channel(config, channel)
    given = _labelled(_sample(channel, reason), dict(map(_pair, label or ())))
    if is_payload:
        message = made.render(given)
        typer.echo(json.dumps(message.payload, indent=2, ensure_ascii=False, default=_shown))
        _fail(message.note)
        return
    texts = getattr(made, "texts", Texts())
    summary = texts.summarise(given)
    typer.echo("\n".join([summary.headline, "", *summary.sentences]))
    _fail(summary.note)


@group.command()
def names() -> None:
    """List what a template may name."""
    width = max(map(len, NAMES))
    for name, meaning in NAMES.items():
        typer.echo(f"{name:<{width}}  {meaning}")


def _channel(path: Path, name: str) -> Channel:
    channels = load(path, environ=os.environ, needed="none").channels()
    if name not in channels:
        wrong_usage(f"there is no channel {name}; there are: {', '.join(sorted(channels))}")
    return channels[name]


def _sample(channel: str, reason: NotifyReason) -> Notification:
    return replace(notification("sample", reason), contact=Contact(channel, "sample"))


def _labelled(given: Notification, labels: dict[str, str]) -> Notification:
    alerts = {
        key: replace(alert, labels=alert.labels | labels)
        for key, alert in given.incident.alerts.items()
    }
    return replace(given, incident=replace(given.incident, alerts=alerts))


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        wrong_usage(f"a label is written k=v, such as service=checkout, not {text}")
    return name, value


def _shown(value: Any) -> Any:
    return json.loads(value) if isinstance(value, bytes) else str(value)


def _fail(note: str) -> None:
    if note:
        typer.echo(f"tocsin: {note}", err=True)
        raise typer.Exit(1)
