"""What the commands about marks share: who speaks, and which series are meant."""

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

import typer

from config.errors import Wrong
from config.loader import load
from config.marks.mark import NOTE_LIMIT
from config.matchers import parse_matcher
from config.settings import Config
from detectors.series import Series
from routing.channels.text import clean
from routing.labels import Matcher
from streams.commands.options import wrong_usage
from streams.marks.known import LOOK_S

ByOption = Annotated[str, typer.Option(help="Who says so. Unset: $USER.")]
NoteOption = Annotated[str, typer.Option(help="A few words for others.")]


class Meant(NamedTuple):
    """Series by their keys, and tests that all must hold for others."""

    series: tuple[str, ...] = ()
    matchers: tuple[Matcher, ...] = ()


def loaded(path: Path) -> Config:
    """The configuration, as far as it is needed to reach Kafka."""
    return load(path, environ=os.environ, needed="kafka")


@contextmanager
def looking(*, patience_s: float = 1.0) -> Iterator[None]:
    """Say that series are looked up, once that has lasted a while; within a running loop."""
    words = f"looking through the series that workers know, for {LOOK_S:.0f} s at most"
    later = asyncio.get_running_loop().call_later(patience_s, partial(typer.echo, words, err=True))
    try:
        yield
    finally:
        later.cancel()


def fail(problem: str) -> NoReturn:
    """Tell in one line what stands in the way, and exit with 1."""
    sys.stderr.write(f"tocsin: {problem}\n")
    raise typer.Exit(1)


def speaker(by: str) -> str:
    """The name of who speaks."""
    return clean(by or os.environ.get("USER", ""), 80) or "somebody"


def short(note: str) -> str:
    """A note of a length that a notification can carry."""
    return clean(note, NOTE_LIMIT)


def matchers_of(option: str, texts: Sequence[str]) -> tuple[Matcher, ...]:
    """The tests that texts say. Exits with 2 for what is none."""
    try:
        return tuple(map(parse_matcher, texts))
    except Wrong as error:
        wrong_usage(f"{option}: {error}")


def series_meant(option: str, texts: Sequence[str]) -> Meant:
    """Which series people mean: keys as they are shown, or tests of labels such as host=a."""
    keys = [text for text in texts if "{" in text or "=" not in text]
    try:
        series = tuple(Series.parse(key).key for key in keys)
    except ValueError as error:
        wrong_usage(f"{option}: {error}: copy it from the console, or say service=NAME")
    return Meant(series, matchers_of(option, [text for text in texts if text not in keys]))
