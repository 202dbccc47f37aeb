"""What is wrong with a configuration, said with a position.

    ConfigError      the configuration cannot be used; `problems` holds every reason

A `Wrong` is the ValueError that our own validators raise: it carries what a message needs besides
its words (a hint, and how far into the value the fault lies).
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from config.redact import redact

EMPTY = "is empty: give it a value, or remove the key"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: a file, line and column from 1, its width, and its source text."""

    file: Path
    line: int
    column: int
    width: int = 1
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, at one place. `path` reads like `route.routes[0].receiver`."""

    place: Place
    path: str
    message: str
    source: str = ""
    level: Literal["error", "warning"] = "error"

    @property
    def headline(self) -> str:
        """`file:line:column: path: what is wrong`."""
        where = f"{self.place.file}:{self.place.line}:{self.place.column}"
        label = "warning: " if self.level == "warning" else ""
        path = f"{self.path}: " if self.path else ""
        return f"{where}: {label}{path}{redact(self.message)}"

    def render(self) -> str:
        """The headline, the source line, and a caret under the place."""
        if not self.source.strip():
            return self.headline
        line = redact(self.source.rstrip()).expandtabs(1)
        start = min(self.place.column - 1, len(line))
        width = max(1, min(self.place.width, len(line) - start))
        return f"{self.headline}\n    {line}\n    {' ' * start}^{'~' * (width - 1)}"


class ConfigError(Exception):
    """A configuration that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem], *, calendars: Iterable[Path] = ()) -> None:
        self.problems = tuple(problems)
        self.calendars = tuple(calendars)  # files beside the YAML that may be what is wrong
        super().__init__(self.render())

    def render(self) -> str:
        """All problems as text for a terminal; holds no secret."""
        return "\n".join(problem.render() for problem in self.problems)


class Wrong(ValueError):
    """A value that will not do. `offset` counts characters into the value."""

    def __init__(self, message: str, *, offset: int = 0) -> None:
        self.offset = offset
        super().__init__(message)


class BareSecret(Wrong):
    """A secret's own text stands where its source should; the text is shown nowhere."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion to append to a message, or nothing.

    >>> did_you_mean("recever", ["receiver", "routes"])
    ' (did you mean "receiver"?)'
    >>> did_you_mean("zebra", ["receiver", "routes"])
    ''
    """
    names = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f' (did you mean "{names[close[0]]}"?)' if close else ""


def listed(words: Iterable[str]) -> str:
    """Words for a message: `"a", "b" or "c"`.

    >>> listed(["a", "b", "c"])
    '"a", "b" or "c"'
    """
    quoted = [f'"{word}"' for word in words]
    return " or ".join(part for part in (", ".join(quoted[:-1]), *quoted[-1:]) if part)
