"""What the commands share: options, and how wrong usage is told."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from config.durations import parse_duration
from config.errors import Wrong
from streams import clock

USAGE = 2  # exit code for what the user must put right

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="A YAML file, or a directory of them.")
]


def wrong_usage(problem: str) -> NoReturn:
    """Tell in one line what is wrong with the arguments, and exit with 2."""
    sys.stderr.write(f"tocsin: {problem}\n")
    raise typer.Exit(USAGE)


def instant_of(option: str, text: str) -> datetime:
    """The instant that an option says: so long ago, or a date and time with its zone."""
    try:
        return clock.now() - parse_duration(text)
    except Wrong:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        wrong_usage(f"{option} takes a duration such as 2h, or an instant, not {text!r}")
    if at.tzinfo is None:
        wrong_usage(f"{option} {text}: say the zone, such as {text}Z")
    return at
