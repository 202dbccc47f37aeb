"""`tocsin check` and `tocsin schema`: what a configuration says and may say."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from config.loader import load
from config.schema import json_schema, stories_schema
from routing.wording import counted
from streams import clock
from streams.commands.options import DEFAULT_CONFIG


def check(
    path: Annotated[
        Path, typer.Argument(help="A YAML file, or a directory of them.")
    ] = DEFAULT_CONFIG,
    secrets: Annotated[
        bool, typer.Option(help="Also look the secrets up; --no-secrets where they are not set.")
    ] = True,
) -> None:
    """Check a configuration: every mistake with file, line and column; exit code 2."""
    config = load(path, environ=os.environ, needed="all" if secrets else "none", now=clock.now())
    for warning in config.warnings:
        sys.stderr.write(f"{warning.render()}\n")
    policy = config.policy
    parts = {
        "input": config.inputs,
        "profile": config.profiles,
        "receiver": policy.receivers,
        "user": policy.users,
        "escalation": policy.escalations,
        "silence": policy.silences,
    }
    told = ", ".join(counted(len(some), noun) for noun, some in parts.items())
    typer.echo(f"{path}: good. {told}.")


def schema(
    stories: Annotated[bool, typer.Option("--stories", help="Of the stories of `test`.")] = False,
) -> None:
    """Print the JSON Schema of the configuration, for editors."""
    typer.echo(json.dumps(stories_schema() if stories else json_schema(), indent=2))
