"""Workers and the broker are killed, and nothing is lost or told twice: a minute of bench.chaos."""

import asyncio
import json
from pathlib import Path

import pytest

from bench.chaos.__main__ import run
from bench.chaos.run import Options


@pytest.mark.kafka
def test_storm_changes_neither_state_nor_incidents_nor_pages(tmp_path: Path) -> None:
    options = Options(seed=7, kills=5, workers=3, seconds=25, history=500, series=40)
    summary = asyncio.run(run(options, tmp_path))
    assert summary["done"]["kill"] == 5
    assert summary["ok"], json.dumps(summary, indent=2, default=str)
