"""What the commands share: options, and how wrong usage is told."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

USAGE = 2  # exit code for what the user must put right

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="A YAML file, or a directory of them.")
]


def wrong_usage(problem: str) -> NoReturn:
    """Tell in one line what is wrong with the arguments, and exit with 2."""
    sys.stderr.write(f"tocsin: {problem}\n")
    raise typer.Exit(USAGE)
