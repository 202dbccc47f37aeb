"""Messages of `tocsin.samples` in runs that are judged together.

What several sources showed of one moment comes in messages that follow each other; a run ends
after the last of them. Where that is still to come the messages wait for it, for some seconds at
the most: the worker that was writing them may have been killed.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from streams.shares import Message

ENOUGH = 5000  # samples of a run, after which it may end
LONGEST_S = 2.0


@dataclass(slots=True)
class Begun:
    """Messages whose end is still to come, what is done when they are, and since when they wait."""

    messages: list[Message]
    done: "asyncio.Future[None]"
    since: float
    generation: int


def runs(messages: list[Message]) -> Iterator[tuple[list[Message], bool]]:
    """Messages in runs, and whether a run is whole; only the last one may not be."""
    run: list[Message] = []
    followed: set[str] = set()
    samples = 0
    for message in messages:
        columns = message.columns
        run.append(message)
        samples += len(columns.at)
        (followed.add if columns.is_followed else followed.discard)(columns.input)
        if samples >= ENOUGH and not followed:
            yield run, True
            run, samples = [], 0
    if run:
        yield run, not followed
