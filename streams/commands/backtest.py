"""`tocsin backtest`: what would have been found in the past."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from config.loader import load
from streams.commands.options import wrong_usage


def backtest(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILES|TOPIC", help="CSV files, folders, or a topic.")
    ],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Whose profiles to judge by.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for scores, report.json and report.html.")
    ] = None,
    labels: Annotated[
        str, typer.Option(metavar="A,B", help="Columns that tell series of one file apart.")
    ] = "",
    truth: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column that is 1 where it is abnormal.")
    ] = None,
    source_input: Annotated[
        str, typer.Option("--input", help="The input that profiles take the series to be of.")
    ] = "backtest",
) -> None:
    """Judge the past as a worker would have, in one pass; say what was found and how often.

    Exit code 1 where something could not be read.
    """
    from streams.backtest.files import find_files
    from streams.backtest.passing import pass_over
    from streams.backtest.past import UnreadableSource
    from streams.backtest.progress import progress
    from streams.backtest.reading import read_files
    from streams.backtest.report import report_of
    from streams.backtest.results import WrongFolder, check_folder, write_results
    from streams.backtest.table import Asked
    from streams.backtest.text import text_of
    from streams.backtest.watching import profile_of

    loaded = None if config is None else load(config, environ=os.environ, needed="none")
    asked = Asked(labels=[name for name in labels.split(",") if name], truth=truth)
    missing = [path for path in paths if not path.exists()]
    if missing:
        wrong_usage(f"there is no file or folder {missing[0]}")
    try:
        if out is not None:
            check_folder(out, paths)
        read = read_files(find_files(paths), asked)
    except (UnreadableSource, WrongFolder) as error:
        wrong_usage(str(error))
    with progress(read.samples, sys.stderr) as advance:
        passed = pass_over(read.sources, profile_of(loaded, source_input), progress=advance)
    report = report_of(read, passed)
    if out is not None:
        write_results(out, report, passed)
    typer.echo(text_of(report))
    for file, reason in read.unreadable.items():
        sys.stderr.write(f"tocsin: {file} {reason}\n")
    if read.unreadable:
        raise typer.Exit(1)
