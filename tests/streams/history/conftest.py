"""The past of each test."""

from pathlib import Path

import pytest

from tests.streams.history.past import Past


@pytest.fixture
def past(bootstrap: str, prefix: str, tmp_path: Path) -> Past:
    return Past(bootstrap, prefix, tmp_path)
