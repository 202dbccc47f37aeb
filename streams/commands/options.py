"""What the commands share: options, and how wrong usage is told."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from config.durations import parse_duration
from config.errors import Wrong
from streams import clock

USAGE = 2  # exit code for what the user must put right

DEFAULT_CONFIG = Path("tocsin.yaml")
_CONFIG: dict[str, Any] = {"help": "A YAML file, or a directory of them."}
ConfigOption = Annotated[Path, typer.Option("--config", "-c", **_CONFIG)]
# The same where options without a default follow: its own is in the option.
FirstConfigOption = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        default_factory=lambda: DEFAULT_CONFIG,
        show_default=str(DEFAULT_CONFIG),
        **_CONFIG,
    ),
]


def wrong_usage(problem: str) -> NoReturn:
    """Tell in one line what is wrong with the arguments, and exit with 2."""
    sys.stderr.write(f"tocsin: {problem}\n")
    raise typer.Exit(USAGE)


def write_file(file: Path, content: bytes) -> None:
    """Write what was asked for. Exits with 2 where the file cannot be written."""
    try:
        file.write_bytes(content)
    except OSError as error:
        wrong_usage(f"{file} cannot be written ({error.strerror or error}): choose another place")


def duration_of(option: str, text: str) -> timedelta:
    """The duration that an option says. Exits with 2 where it says none."""
    try:
        return parse_duration(text)
    except Wrong as error:
        wrong_usage(f"{option}: {error}")


def instant_of(option: str, text: str) -> datetime:
    """The instant that an option says: so long ago, or a date and time with its zone."""
    try:
        return clock.now() - parse_duration(text)
    except Wrong:
        return moment_of(option, text, takes="a duration such as 2h, or an instant")


def moment_of(
    option: str, text: str, *, takes: str = "an instant such as 2026-12-24T22:00:00Z"
) -> datetime:
    """The date and time with its zone that an option says. Exits with 2 where it says none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        wrong_usage(f"{option} takes {takes}, not {text!r}")
    if at.tzinfo is None:
        wrong_usage(f"{option} {text}: say the zone, such as {text}Z")
    return at
