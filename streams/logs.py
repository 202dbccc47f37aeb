"""Logging: one structured line an event, to standard error."""

import logging
import os
import sys

import structlog
from structlog.typing import EventDict, Processor

PROCESS = "TOCSIN_PROCESS"  # which of several processes this is, told in each of its lines


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send our own lines, and warnings of the libraries, to standard error."""
    process = os.environ.get(PROCESS, "")
    logging.basicConfig(
        stream=sys.stderr,
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
