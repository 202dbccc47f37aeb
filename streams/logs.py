"""Logging: one structured line an event, to standard error."""

import logging
import os
import sys
from math import inf

import structlog
from structlog.typing import EventDict, Processor

PROCESS = "TOCSIN_PROCESS"  # which of several processes this is, told in each of its lines
_MOST_KINDS = 1000


class Seldom(logging.Filter):
    """Lets a message through once in `every_s`, and says how many like it came meanwhile.

    The Kafka client says some ninety times a second that a broker is away. What comes with a
    traceback always passes.
    """

    def __init__(self, every_s: float = 30.0) -> None:
        super().__init__()
        self._every_s = every_s
        self._said: dict[tuple[str, str], tuple[float, int]] = {}  # when, and how many since

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say it now."""
        if record.exc_info:
            return True
        kind = (record.name, str(record.msg))
        said_at, held_back = self._said.get(kind, (-inf, 0))
        if record.created - said_at < self._every_s:
            self._said[kind] = (said_at, held_back + 1)
            return False
        if len(self._said) >= _MOST_KINDS:
            self._said.clear()
        self._said[kind] = (record.created, 0)
        if held_back:
            record.msg, record.args = f"{record.getMessage()} (and {held_back} more like it)", ()
        return True


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send our own lines, and warnings of the libraries, to standard error."""
    process = os.environ.get(PROCESS, "")
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Seldom())
    logging.basicConfig(
        handlers=[handler],
        level=logging.WARNING,
        format=f"%(asctime)s {process and process + ' '}%(name)s: %(message)s",
    )
    # It warns of timers that wait while a backlog is judged; lag and rates say that better.
    logging.getLogger("mode.timers").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            *([_speaker(process)] if process else []),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(
                key_order=["timestamp", "level", *(["process"] if process else []), "event"]
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _speaker(process: str) -> Processor:
    def say(_logger: object, _method: str, event: EventDict) -> EventDict:
        return {"process": process, **event}

    return say
