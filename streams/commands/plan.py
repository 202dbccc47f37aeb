"""`tocsin plan`: how many workers, partitions and bytes a load takes."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import psutil
import typer

from config.binding import Needed
from config.loader import load
from config.settings import Config
from streams.commands.options import duration_of, wrong_usage
from streams.commands.processes import cores

if TYPE_CHECKING:
    from streams.planning.costs import Costs
    from streams.planning.load import Load

_FORMATS = ("json", "otlp", "influx")

_UNMEASURED = {
    "samples_per_s": "nothing was written to the inputs meanwhile",
    "series": "no worker runs that could count them",
}


def plan(
    samples_per_s: Annotated[float, typer.Option(help="Samples a second, of all inputs.")] = 0.0,
    series: Annotated[int, typer.Option(help="Series, of all inputs.")] = 0,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Its profiles, partitions and inputs.")
    ] = None,
    measure: Annotated[
        str, typer.Option(metavar="10s", help="With --config: look at the inputs for so long.")
    ] = "",
    form: Annotated[
        str, typer.Option("--format", help=f"What records are: {', '.join(_FORMATS)}, others.")
    ] = "",
    keyed: Annotated[
        bool | None, typer.Option("--keyed/--re-keyed", help="Whether producers key by series.")
    ] = None,
    replication: Annotated[int, typer.Option(min=0, help="Copies of our topics.")] = 0,
    retention: Annotated[str, typer.Option(help="How long brokers keep our samples.")] = "7d",
    outage: Annotated[str, typer.Option(help="How long an outage to make up for.")] = "1h",
    margin: Annotated[float, typer.Option(min=1.0, help="Capacity, as a multiple of load.")] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how many partitions and workers, how much memory, disk and network a load takes."""
    from streams.planning import report
    from streams.planning.costs import read_costs
    from streams.planning.sizing import plan as sized

    if measure and config is None:
        wrong_usage("--measure goes with --config")
    needed: Needed = "kafka" if measure else "none"
    loaded = None if config is None else load(config, environ=os.environ, needed=needed)
    said = {
        "samples_per_s": samples_per_s,
        "series": series,
        "format": form,
        "is_keyed": keyed,
        "replication": replication,
    }
    given = {**_found(loaded, measure), **{k: v for k, v in said.items() if v not in (None, 0, "")}}
    for name in ("samples_per_s", "series"):
        if not given.get(name, 0) > 0:
            wrong_usage(
                f"--{name.replace('_', '-')} is needed, a number above 0{_hint(name, measure)}"
            )
    given["retention_s"] = _seconds("retention", retention)
    given["outage_s"] = _seconds("outage", outage)
    costs = read_costs()
    made = sized(_load(loaded, costs, {**given, "margin": margin}), costs)
    here = report.Here(
        cores=cores(),
        memory_bytes=psutil.virtual_memory().total,
        partitions=loaded.kafka.partitions if loaded else 0,
    )
    if as_json:
        typer.echo(json.dumps(report.as_json(made, costs, here), indent=2))
    else:
        typer.echo(report.report(made, costs, here))


def _load(config: Config | None, costs: "Costs", given: Mapping[str, Any]) -> "Load":
    from streams.planning.load import Load, default_watch, watches_of

    watch = default_watch(costs) if config is None else watches_of(config, costs)[0]
    return Load(**given, watch=watch)


def _found(config: Config | None, measure: str) -> dict[str, Any]:
    """What a configuration says of the load, and what is measured of it."""
    from streams.planning.measured import measure as measured

    if config is None:
        return {}
    source = config.inputs[0]
    found: dict[str, Any] = {
        "replication": config.kafka.replication,
        "standby": config.kafka.standby,
    }
    if measure:
        seen = asyncio.run(measured(config, for_s=_seconds("measure", measure)))
        source = seen.source
        found["record_bytes"] = seen.record_bytes
        found["samples_per_record"] = seen.samples_per_record
        found["samples_per_s"] = seen.records_per_s * seen.samples_per_record
        found["series"] = seen.series or 0
    return {**found, "format": source.format, "is_keyed": source.keyed}


def _hint(name: str, measure: str) -> str:
    return f": {_UNMEASURED[name]}" if measure else ", or --config with --measure"


def _seconds(name: str, text: str) -> float:
    return duration_of(f"--{name}", text).total_seconds()
