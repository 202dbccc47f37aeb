"""`tocsin backtest`: what would have been found in the past."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.binding import Needed
from config.loader import load
from config.settings import Config, Input, Kafka
from config.topics import Topics
from routing.wording import counted
from streams.commands.options import duration_of, instant_of, wrong_usage
from streams.logs import log_to_stderr

if TYPE_CHECKING:
    from streams.backtest.reading import Read
    from streams.backtest.table import Asked
    from streams.backtest.topic import Bounds

INPUT = "backtest"


def backtest(
    sources: Annotated[
        list[str], typer.Argument(metavar="FILES|TOPIC", help="CSV files, folders, or a topic.")
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
    step: Annotated[
        str | None,
        typer.Option(help="How far apart rows are whose times are 0, 1, 2, ...: 1m, 5m."),
    ] = None,
    source_input: Annotated[
        str | None,
        typer.Option("--input", help="The input that profiles take the series to be of."),
    ] = None,
    bootstrap: Annotated[
        str | None, typer.Option(help="For a topic: host:port of Kafka, if not by --config.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="For a topic: records since 2h ago, or an instant.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="For a topic: records until 2h ago, or an instant.")
    ] = None,
    most: Annotated[
        int | None, typer.Option(min=1, help="For a topic: so many records of each partition.")
    ] = None,
) -> None:
    """Judge the past as a worker would have, in one pass; say what was found and how often.

    Exit code 1 where something could not be read.
    """
    from streams.backtest.table import Asked

    is_topic = _is_topic(sources, is_reachable=bool(config or bootstrap))
    needed: Needed = "kafka" if is_topic and not bootstrap else "none"
    loaded = None if config is None else load(config, environ=os.environ, needed=needed)
    if is_topic:
        bounds = _bounds(since, until, most)
        if step is not None:
            wrong_usage("--step is for files: records of a topic have times")
        _check(out, [])
        source = _input(loaded, sources[0], source_input)
        _judge(_of_topic(loaded, source, bounds, bootstrap), loaded, source.name, out)
    else:
        names_of = [name for name in labels.split(",") if name]
        asked = Asked(labels=names_of, truth=truth, step_s=_step_s(step))
        read = _of_files([Path(source) for source in sources], asked, out)
        _judge(read, loaded, source_input or INPUT, out)


def _bounds(since: str | None, until: str | None, most: int | None) -> "Bounds":
    from streams.backtest.topic import Bounds

    return Bounds(
        since_ms=0 if since is None else _ms("--since", since),
        until_ms=None if until is None else _ms("--until", until),
        most=most,
    )


def _step_s(step: str | None) -> float | None:
    seconds = None if step is None else duration_of("--step", step).total_seconds()
    if seconds is not None and seconds <= 0:
        wrong_usage(f"--step {step}: rows are apart by more than nothing, such as 5m")
    return seconds


def _is_topic(sources: list[str], *, is_reachable: bool) -> bool:
    missing = [source for source in sources if not Path(source).exists()]
    if not missing:
        return False
    if len(sources) > 1 or "/" in missing[0] or missing[0].lower().endswith((".csv", ".csv.gz")):
        wrong_usage(f"there is no file or folder {missing[0]}")
    if not is_reachable:
        wrong_usage(
            f"there is no file or folder {missing[0]}; if it is a topic, say where Kafka is, by "
            "--bootstrap HOST:PORT or --config FILE"
        )
    return True


def _ms(option: str, text: str) -> int:
    return int(instant_of(option, text).timestamp() * 1000)


def _input(config: Config | None, topic: str, name: str | None) -> Input:
    """The input that reads the topic, by its name where that is given, or one made for it."""
    known = () if config is None else config.inputs
    mine = (one for one in known if one.topic == topic and name in (None, one.name))
    return next(mine, Input(name=name or INPUT, topic=topic))


def _of_topic(
    config: Config | None, source: Input, bounds: "Bounds", bootstrap: str | None
) -> "Read":
    log_to_stderr(logging.WARNING)  # standard output is for what was asked
    kafka = Kafka(bootstrap=bootstrap or "") if config is None or bootstrap else config.kafka
    names = Topics() if config is None else config.topics
    return asyncio.run(_read_topic(kafka, source, bounds, names))


async def _read_topic(kafka: Kafka, source: Input, bounds: "Bounds", names: Topics) -> "Read":
    from streams.backtest.reading import Read
    from streams.backtest.topic import read_topic
    from streams.letters.reading import reader
    from streams.marks.book import read_marks

    found = await read_topic(kafka, source, bounds)
    async with reader(kafka) as consumer:
        marks = await read_marks(consumer, names)
    return Read(sources=[found], topic=source.topic, said=marks.said())


def _of_files(paths: list[Path], asked: "Asked", out: Path | None) -> "Read":
    from streams.backtest.files import find_files
    from streams.backtest.past import UnreadableSource
    from streams.backtest.reading import read_files

    try:
        found = find_files(paths)
    except UnreadableSource as error:
        wrong_usage(str(error))
    _check(out, paths)
    return read_files(found, asked)


def _check(out: Path | None, paths: list[Path]) -> None:
    from streams.backtest.results import WrongFolder, check_folder

    try:
        if out is not None:
            check_folder(out, paths)
    except WrongFolder as error:
        wrong_usage(str(error))


def _judge(read: "Read", config: Config | None, source_input: str, out: Path | None) -> None:
    from streams.backtest.passing import pass_over
    from streams.backtest.progress import progress
    from streams.backtest.report import report_of
    from streams.backtest.results import cannot_write, write_results
    from streams.backtest.text import text_of
    from streams.backtest.watching import profiles_of

    with progress(read.samples, sys.stderr) as advance:
        passed = pass_over(
            read.sources, profiles_of(config, source_input), said=read.said, progress=advance
        )
    report = report_of(read, passed)
    if out is not None:
        try:
            write_results(out, report, passed)
        except OSError as error:
            wrong_usage(cannot_write(out, error))
        sys.stderr.write(f"tocsin: wrote {out / 'report.html'}, report.json and the scores\n")
    typer.echo(text_of(report))
    if read.unreadable:
        sys.stderr.write(f"tocsin: {counted(len(read.unreadable), 'file')} could not be read\n")
        raise typer.Exit(1)
