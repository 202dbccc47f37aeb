"""What the log says of a configuration that is followed as it is edited."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from streams.live import LiveConfig
from tests.config.samples import ENVIRON, SMALL, write

ODD = SMALL + "time_intervals:\n  weekends: [{weekdays: [saturday]}]\n"
ODDER = ODD.replace("receivers:\n", "receivers:\n  nobody: []\n")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with capture_logs() as logs:
        yield logs


def edit(live: LiveConfig, folder: Path, text: str, *, at: int) -> None:
    """The text, saved at an instant and standing still."""
    os.utime(write(folder, text), (at, at))
    live.poll()
    live.poll()


def told(logs: Sequence[EventDict], event: str = "config.warning") -> list[tuple[str, str]]:
    """Level and problem of the lines of an event, without the folder."""
    lines = (one for one in logs if one["event"] == event)
    return [(one["log_level"], one["problem"].rpartition("/")[2]) for one in lines]


UNUSED = "is defined, and nothing uses it"


def test_warnings_of_what_it_starts_with_are_logged_once(
    tmp_path: Path, logged: list[EventDict]
) -> None:
    live = LiveConfig(write(tmp_path, ODD))
    for _ in range(3):
        live.poll()
    assert told(logged) == [
        ("warning", f"tocsin.yaml:56:3: warning: time_intervals.weekends: {UNUSED}")
    ]


def test_warnings_of_an_edit_are_logged_once_it_is_accepted(
    tmp_path: Path, logged: list[EventDict]
) -> None:
    live = LiveConfig(write(tmp_path, SMALL))
    assert told(logged) == []
    edit(live, tmp_path, ODDER, at=1)
    live.poll()
    assert told(logged) == [
        ("warning", f"tocsin.yaml:40:3: warning: receivers.nobody: {UNUSED}"),
        ("warning", f"tocsin.yaml:57:3: warning: time_intervals.weekends: {UNUSED}"),
    ]


def test_what_is_only_odd_in_a_refused_edit_is_logged_as_a_warning(
    tmp_path: Path, logged: list[EventDict]
) -> None:
    live = LiveConfig(write(tmp_path, SMALL))
    edit(live, tmp_path, ODD.replace("- users: [ana]", "- users: [ann]"), at=1)
    assert told(logged) == [
        ("warning", f"tocsin.yaml:22:3: warning: users.ana: {UNUSED}"),
        ("warning", f"tocsin.yaml:56:3: warning: time_intervals.weekends: {UNUSED}"),
    ]
    ((level, problem),) = told(logged, "config.refused")
    assert level == "error"
    assert 'did you mean "ana"' in problem
