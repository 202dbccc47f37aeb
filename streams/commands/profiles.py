"""`tocsin profiles`: how series are watched, and why."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from config.explanation import Explanation, explain
from config.loader import load
from config.matchers import show
from config.settings import Config
from detectors.series import Series
from streams.commands.options import wrong_usage

_WIDEST = 80  # characters of a matcher that are shown; --json has all


def profiles(
    labels: Annotated[
        list[str] | None, typer.Argument(help="With --for: the labels of the series, k=v.")
    ] = None,
    config: Annotated[
        Path, typer.Option("--config", "-c", help="A YAML file, or a directory of them.")
    ] = Path("tocsin.yaml"),
    metric: Annotated[str, typer.Option("--for", metavar="NAME", help="Only of this metric.")] = "",
    source: Annotated[
        str, typer.Option("--input", help="The input it comes by; else the first.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List the profiles in the order they are tried, or say which one watches a series and why."""
    loaded = load(config, environ=os.environ, needed="none")
    if not metric:
        _list(loaded, as_json=as_json)
        return
    names = [one.name for one in loaded.inputs]
    if source and source not in names:
        wrong_usage(f'there is no input "{source}"; there are: {", ".join(names)}')
    series = Series(metric, dict(_pair(label) for label in labels or ()))
    found = explain(loaded, source or names[0], series)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    typer.echo(f"{series.key}, input {source or names[0]}\n")
    typer.echo("\n\n".join(_told(one) for one in found) or "No profile watches it.")


def _list(config: Config, *, as_json: bool) -> None:
    rows = [
        (one.name, one.origin, [show(matcher) for matcher in one.matchers])
        for one in config.watchers
    ]
    if as_json:
        keys = ("profile", "origin", "match")
        typer.echo(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2))
        return
    for name, origin, match in rows:
        typer.echo(f"{name}  ({origin})")
        for matcher in match or ["every series"]:
            typer.echo(f"    {_short(matcher)}")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        wrong_usage(f"a label is written k=v, not {text}")
    return name, value.strip('"')


def _told(found: Explanation) -> str:
    lines = [f"{found.profile}  ({found.origin})"]
    lines += _block("matches", [_short(one) for one in found.because] or ["every series"])
    passed = [f"{one.profile} ({one.origin}): not {_short(one.obstacle)}" for one in found.passed]
    lines += _block("tried before", passed)
    settings = [f"{one.key:<17} {one.value:<40} {one.origin}" for one in found.settings]
    return "\n".join([*lines, *_block("settings", settings)])


def _short(matcher: str) -> str:
    return matcher if len(matcher) <= _WIDEST else f"{matcher[:_WIDEST]} ..."


def _block(title: str, lines: Sequence[str]) -> list[str]:
    return [f"  {title}", *(f"    {line}" for line in lines)] if lines else []
