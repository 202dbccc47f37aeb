"""The command line: `tocsin COMMAND`.

A command is a function in `streams/commands/` and a line in `COMMANDS`; one with verbs of its own
(`tocsin deadletter list`) is a `typer.Typer` in `GROUPS`. What takes long to import is imported
in the function.
"""

import sys
from collections.abc import Callable, Mapping

import typer

from config.errors import ConfigError
from streams.broker import BrokerError
from streams.commands import (
    deadletter,
    feedback,
    imports,
    incident,
    mark,
    overrides,
    route,
    silence,
    template,
)
from streams.commands.backtest import backtest
from streams.commands.configuration import check, schema
from streams.commands.demo import demo
from streams.commands.diff import diff
from streams.commands.doctor import doctor
from streams.commands.options import USAGE
from streams.commands.plan import plan
from streams.commands.profiles import profiles
from streams.commands.replay import replay
from streams.commands.running import broker, console, run, worker
from streams.commands.simulate import simulate
from streams.commands.sniff import sniff
from streams.commands.stories import stories
from streams.commands.trial import send_test
from streams.commands.why import explain_why
from streams.supervisor import ChildLost
from streams.topics import TopicError

COMMANDS: tuple[Callable[..., None], ...] = (
    check,
    schema,
    demo,
    worker,
    console,
    run,
    broker,
    plan,
    profiles,
    sniff,
    backtest,
    stories,
    diff,
    simulate,
    replay,
    explain_why,
    doctor,
    send_test,
)
NAMES = {"stories": "test", "explain_why": "why", "send_test": "test-notify"}
"""Commands called otherwise than their functions: pytest takes `test` for one of its own."""
GROUPS: Mapping[str, typer.Typer] = {
    "deadletter": deadletter.group,
    "feedback": feedback.group,
    "import": imports.group,
    "incident": incident.group,
    "mark": mark.group,
    "oncall": overrides.group,
    "route": route.group,
    "silence": silence.group,
    "template": template.group,
}

app = typer.Typer(
    name="tocsin",
    help="Streaming anomaly detection and alert routing over Kafka.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command(NAMES.get(command.__name__))(command)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


def main() -> None:
    """The console script."""
    try:
        app()
    except ConfigError as error:
        sys.stderr.write(f"{error.render()}\n")
        sys.exit(USAGE)
    except (BrokerError, TopicError, ChildLost) as error:
        sys.stderr.write(f"tocsin: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
