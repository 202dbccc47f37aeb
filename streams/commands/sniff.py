"""`tocsin sniff`: look into a topic before it is made an input."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from config.loader import load
from config.settings import Input, Kafka
from streams import clock
from streams.commands.options import wrong_usage


def sniff(
    topic: Annotated[str, typer.Argument(help="The topic to look into.")],
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="How to reach Kafka, and the input if it is there."),
    ] = None,
    bootstrap: Annotated[
        str | None, typer.Option(help="host:port of Kafka, instead of a configuration.")
    ] = None,
    records: Annotated[int, typer.Option(min=1, help="How many of the newest to read.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say what is in a topic, and suggest an input for it. Nothing is changed or committed."""
    from rich.console import Console

    from streams.sniffing import report
    from streams.sniffing.reading import read_slices
    from streams.sniffing.survey import survey

    kafka, source = _place(topic, config, bootstrap)
    slices = asyncio.run(read_slices(kafka, topic, records=records))
    found = survey(slices, source, now=clock.epoch_s())
    if as_json:
        sys.stdout.write(report.as_json(found))
    else:
        report.show(found, Console())


def _place(topic: str, config: Path | None, bootstrap: str | None) -> tuple[Kafka, Input]:
    """Where the topic is, and the input for it as far as it is known."""
    from streams.sniffing.suggestion import input_name

    source = Input(name=input_name(topic), topic=topic)
    if (config is None) == (bootstrap is None):
        wrong_usage("say where Kafka is, by one of --bootstrap HOST:PORT and --config FILE")
    if config is None:
        return Kafka(bootstrap=bootstrap or ""), source
    loaded = load(config, environ=os.environ, needed="kafka")
    known = (item for item in loaded.inputs if item.topic == topic)
    return loaded.kafka, next(known, source)
