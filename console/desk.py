"""The desk: what every page handler works with."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from config.marks.marks import Marks
from config.settings import ConsoleSettings
from console.bell import Bell
from console.clock import now as time_of_day
from console.commands import CommandLog
from console.csrf import FormGuard
from console.projection import Projection
from console.reader import Health
from console.taken import Taken
from routing.channels.channel import Channel
from routing.policy import Policy, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The projection, the command log, and what is needed around them.

    `clock` is the steady clock that records are stamped with, `now` the time of day, `requests`
    counts answers by route and status. `config_digest` names the configuration that was read
    at the start. `budgets` says which budget a series has under marks.
    `channels` are those that people answer through; `heard` counts what came, by channel and by
    what became of it, `taken` are their ids, `saying` what is being said back.
    """

    projection: Projection
    commands: CommandLog
    health: Callable[[], Health]
    clock: Callable[[], float]
    bell: Bell
    guard: FormGuard
    settings: ConsoleSettings
    budgets: Callable[[str, Marks], str]
    users: tuple[User, ...] = ()
    policy: Policy | None = None
    config_digest: str = ""
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    now: Callable[[], datetime] = time_of_day
    channels: Mapping[str, Channel] = field(default_factory=dict)
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)
    taken: Taken = field(default_factory=Taken)
    saying: set[asyncio.Task[None]] = field(default_factory=set)


DESK = web.AppKey("desk", Desk)


def desk_of(request: web.Request) -> Desk:
    """The desk of the application that serves the request."""
    return request.app[DESK]
