"""Every message is as it was when it was last looked at."""

from pathlib import Path

import pytest

from tests.routing.channels.golden import FOLDER, written

FILES = dict(written())
RENEW = "if it is meant: python -m tests.routing.channels.golden, and read the difference"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_message_reads_as_it_did(path: Path) -> None:
    assert path.is_file(), f"it is new; {RENEW}"
    assert path.read_text(encoding="utf-8") == FILES[path], RENEW


def test_no_file_is_left_of_a_message_that_is_gone() -> None:
    assert {path for path in FOLDER.rglob("*.*") if path.is_file()} == set(FILES), RENEW
