"""The only clock: everything else takes `now` as an argument."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def epoch_s() -> float:
    """The present instant as epoch seconds."""
    return time.time()


def instant(epoch: float) -> datetime:
    """Epoch seconds as an aware instant."""
    return datetime.fromtimestamp(epoch, UTC)
