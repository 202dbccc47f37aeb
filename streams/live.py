"""The configuration in force: followed as it is edited, all or nothing."""

import os
from collections.abc import Iterable
from pathlib import Path

import structlog

from config.errors import ConfigError, Problem
from config.loader import load
from config.settings import Config
from config.watch import Watcher
from streams import clock

log = structlog.get_logger(__name__)


class LiveConfig:
    """Holds the newest valid configuration and, if the newest edit was refused, why.

    Raises ConfigError when the configuration it starts with is wrong.
    """

    def __init__(self, path: Path) -> None:
        self.current: Config = load(path, environ=os.environ, now=clock.now())
        self._watcher = Watcher(
            path, environ=os.environ, digest=self.current.digest, calendars=self.current.calendars
        )
        self.error = ""
        _tell(self.current.warnings)

    def poll(self) -> Config | None:
        """The new configuration, when a valid edit has been made since the last call."""
        answer = self._watcher.poll(clock.now())
        if answer is None:
            return None
        if isinstance(answer, ConfigError):
            self.error = answer.render()
            _tell(answer.problems)
            return None
        self.error = ""
        if answer.digest == self.current.digest:
            return None
        log.info("config.accepted", digest=answer.digest, before=self.current.digest)
        _tell(answer.warnings)
        self.current = answer
        return answer


def _tell(problems: Iterable[Problem]) -> None:
    for problem in problems:
        if problem.level == "warning":
            log.warning("config.warning", problem=problem.headline)
        else:
            log.error("config.refused", problem=problem.headline)
