"""The post of each test."""

from pathlib import Path

import pytest

from tests.streams.letters.post import Post


@pytest.fixture
def post(bootstrap: str, prefix: str, tmp_path: Path) -> Post:
    return Post(bootstrap, prefix, tmp_path)
