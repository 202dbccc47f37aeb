"""`tocsin import`: configurations of others as ours."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from config.alertmanager.imported import imported, written

group = typer.Typer(help="Configurations of others as ours.", no_args_is_help=True)


@group.callback()
def _import() -> None:
    """Configurations of others as ours."""


@group.command()
def alertmanager(
    file: Annotated[Path, typer.Argument(help="An alertmanager.yml.")],
    compat: Annotated[
        bool, typer.Option("--compat", help="Keep its timing too, with its faults.")
    ] = False,
) -> None:
    """Print an alertmanager.yml as YAML of ours; no secret is copied.

    Comments name what has no counterpart, and the variables that the secrets go into.
    """
    found = imported(file, is_compat=compat)
    typer.echo(written(found), nl=False)
    sys.stderr.write(
        f"{len(found.notes.notes)} things are not as they were, {len(found.notes.secrets)} secrets "
        "to be set; see the comments at the top.\n"
    )
