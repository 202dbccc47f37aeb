"""Notices that the configuration was edited; no threads, the caller asks once a second."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from config.binding import Needed
from config.errors import ConfigError
from config.loader import config_files, load
from config.settings import Config

Stamp = tuple[tuple[str, int, int, int], ...]


class Watcher:
    """Watches the files of a configuration for edits.

    An edit is taken once it has stood still from one `poll` to the next, so that a file that is
    still being written is never read half. `digest` and `calendars` are those of the configuration
    in use.
    """

    def __init__(
        self,
        path: Path,
        *,
        environ: Mapping[str, str],
        digest: str = "",
        needed: Needed = "all",
        calendars: tuple[Path, ...] = (),
    ) -> None:
        self._path = path
        self._environ = environ
        self._needed = needed
        self._digest = digest
        self._error = ""
        self._calendars = calendars
        self._seen: Stamp | None = None
        self._taken: Stamp | None = None

    def poll(self, now: datetime | None = None) -> Config | ConfigError | None:
        """The edited configuration, why it is refused, or None when there is nothing new.

        A refusal is said once; when the edit is taken back, what is in use is said again. `now` is
        the instant from which on-call calendars are read.
        """
        stamp = self._stamp(now)
        is_settled, self._seen = stamp == self._seen, stamp
        if not is_settled or stamp == self._taken:
            return None
        self._taken = stamp
        return self._load(now)

    def _load(self, now: datetime | None) -> Config | ConfigError | None:
        try:
            config = load(self._path, environ=self._environ, needed=self._needed, now=now)
        except ConfigError as error:
            self._calendars = error.calendars or self._calendars
            is_new, self._error = error.render() != self._error, error.render()
            return error if is_new else None
        self._calendars = config.calendars
        had_error, self._error = bool(self._error), ""
        if config.digest == self._digest and not had_error:
            return None
        self._digest = config.digest
        return config

    def _stamp(self, now: datetime | None) -> Stamp:
        try:
            files = config_files(self._path)
        except ConfigError:
            return ()
        stamps = tuple(_file_stamp(file) for file in (*files, *self._calendars))
        return (*stamps, _month_stamp(now)) if self._calendars and now is not None else stamps


def _month_stamp(now: datetime) -> tuple[str, int, int, int]:
    """Calendars are read anew each month, since they are read for so long ahead only."""
    return "month", now.year, now.month, 0


def _file_stamp(file: Path) -> tuple[str, int, int, int]:
    try:
        status = file.stat()
    except OSError:
        return str(file), 0, 0, 0
    return str(file), status.st_mtime_ns, status.st_size, status.st_ino
