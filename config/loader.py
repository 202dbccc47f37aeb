"""A file or a directory of YAML to one checked configuration, all of it or none."""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from config.binding import Needed
from config.build import build
from config.documents import Document, read_document
from config.errors import ConfigError, Place, Problem
from config.merging import merge
from config.settings import Config

_SUFFIXES = frozenset({".yaml", ".yml"})


def load(
    path: Path,
    *,
    environ: Mapping[str, str],
    needed: Needed = "all",
    now: datetime | None = None,
) -> Config:
    """The configuration in a file, or in the `*.yaml` files of a directory.

    Raises :class:`ConfigError` with every problem. `environ` answers `${NAME}` and `{env: NAME}`;
    of the secrets that are not `needed`, absent ones are stand-ins: who only talks to Kafka needs
    `kafka`. With `now`, on-call calendars are read from then on, and gaps are warned of.
    """
    files = config_files(path)
    document = merge(_read(file, environ) for file in files)
    config = None
    if not document.is_broken:
        config = build(document, environ, tuple(files), needed=needed, now=now)
    problems = tuple(_presentable(document))
    if config is None or any(problem.level == "error" for problem in problems):
        raise ConfigError(problems, calendars=document.calendars)
    return dataclasses.replace(config, warnings=problems)


def config_files(path: Path) -> list[Path]:
    """The files that make up the configuration, in the order they are joined."""
    try:
        if not path.is_dir():
            return [path]
        files = sorted(
            file
            for file in path.iterdir()
            if file.suffix in _SUFFIXES and not file.name.startswith(".") and file.is_file()
        )
    except OSError as error:
        raise _unreadable(path, error) from None
    if not files:
        raise ConfigError([_problem(path, "no *.yaml file in this directory")])
    return files


def _read(file: Path, environ: Mapping[str, str]) -> Document:
    try:
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None
    return read_document(file, content, environ)


def _unreadable(path: Path, error: Exception) -> ConfigError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ConfigError([_problem(path, f"cannot be read: {why[:1].lower()}{why[1:]}")])


def _problem(path: Path, message: str) -> Problem:
    return Problem(place=Place(path, 1, 1), path="", message=message)


def _presentable(document: Document) -> Iterable[Problem]:
    """The problems in the order of the text, secrets out, one of a kind at each place."""
    order = {file: i for i, file in enumerate(document.lines)}
    hidden = sorted(document.hidden, key=len, reverse=True)
    seen: set[tuple[Path, int, int]] = set()
    for problem in sorted(
        document.problems,
        key=lambda p: (order.get(p.place.file, len(order)), p.place.line, p.place.column),
    ):
        at = (problem.place.file, problem.place.line, problem.place.column)
        if at in seen and problem.level == "warning":
            continue
        seen.add(at)
        yield dataclasses.replace(
            problem,
            message=_without(problem.message, [text for text in hidden if len(text) > 3]),
            source=_without(problem.source, hidden),
        )


def _without(text: str, hidden: Iterable[str]) -> str:
    for secret in hidden:
        for line in secret.splitlines():
            if line.strip():
                text = text.replace(line.strip(), "***")
    return text
