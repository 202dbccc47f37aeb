"""The disturbances: which, and when, from a seed."""

import enum
import random
from typing import NamedTuple


class Blow(enum.StrEnum):
    """One way to disturb."""

    KILL = "kill"
    """`kill -9` of a worker, which is started again at once."""
    LEAVE = "leave"
    """SIGTERM to a worker; another takes its place a little later."""
    JOIN = "join"
    """One worker more, for a while."""
    BROKER_KILL = "broker_kill"
    """`kill -9` of the broker, which starts again on its data."""
    BROKER_STOP = "broker_stop"
    """SIGTERM to the broker, which starts again."""


class Disturbance(NamedTuple):
    """A blow at a moment; `victim` chooses the worker, `pause_s` is how long what is down stays."""

    at_s: float
    blow: Blow
    victim: int
    pause_s: float


def storm(*, seed: int, kills: int, seconds: float) -> list[Disturbance]:
    """`kills` kills at random moments, and among them the other blows, in order of time.

    >>> [d.blow.value for d in storm(seed=1, kills=2, seconds=10.0)]
    ['kill', 'kill', 'join', 'leave', 'broker_kill']
    """
    chance = random.Random(seed)
    brokers = max(1, kills // 20)
    moves = max(1, kills // 10)
    blows = [Blow.KILL] * kills + [Blow.LEAVE] * moves + [Blow.JOIN] * moves
    blows += [(Blow.BROKER_KILL, Blow.BROKER_STOP)[n % 2] for n in range(brokers)]
    found = [
        Disturbance(chance.uniform(0, seconds), blow, chance.randrange(1000), chance.uniform(0, 3))
        for blow in blows
    ]
    return sorted(found)
