"""`tocsin test`: whether a policy does what its stories say."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from config.loader import load
from streams import clock
from streams.commands.options import write_file, wrong_usage


def stories(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES", help="YAML files of stories, or folders.")
    ],
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="For stories that name no policy of their own."),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a JUnit report.")
    ] = None,
) -> None:
    """Try a policy in stories: what happens when, who must be told, and nobody else.

    Nothing is sent and nothing waits. Exit code 1 where a story goes otherwise than it says.
    """
    from config.stories.junit import junit as junit_of
    from config.stories.loader import Sources, load_stories
    from config.stories.report import summary_of, text_of
    from config.stories.running import run
    from streams.backtest.progress import progress

    policy = (
        None
        if config is None
        else load(config, environ=os.environ, needed="none", now=clock.now()).policy
    )
    sources = Sources(environ=os.environ, policy=policy)
    found = [story for file in _files(files) for story in load_stories(file, sources)]
    verdicts = []
    with progress(len(found), sys.stderr, doing="telling", things="stories") as advance:
        for story in found:
            verdicts.append(run(story))
            advance(1)
    for verdict in verdicts:
        if not verdict.is_good:
            typer.echo(text_of(verdict))
    typer.echo(summary_of(verdicts))
    if junit is not None:
        write_file(junit, junit_of(verdicts))
    if not all(verdict.is_good for verdict in verdicts):
        raise typer.Exit(1)


def _files(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            wrong_usage(f"there is no file or folder {path}")
        inside = sorted(one for one in path.rglob("*") if one.suffix in {".yaml", ".yml"})
        found += inside if path.is_dir() else [path]
    if not found:
        wrong_usage("there is no *.yaml file in that folder")
    return found
