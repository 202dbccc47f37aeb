"""Profiles that name river's models, in the banks of a worker, across a restart."""

from pathlib import Path

import numpy as np
import pytest

from config.loader import load
from detectors.anomaly import Anomaly
from streams.banks import PartitionBanks
from streams.samples import RECORD_BITS, Columns
from streams.shares import Message
from streams.stats import Stats

CONFIG = """
inputs: [{{name: app, topic: app}}]
profiles:
  - name: ours
    match: ['input="app"']
    {watched}
    open_after: 2 of 3
    warm_up: 6h
receivers: {{ops: []}}
route: {{receiver: ops}}
"""
SERIES = [f'{name}{{service="pay"}}' for name in ("latency", "requests")]
T0, STEPS, FAULT = 1.79e9, 500, 480


def banks(folder: Path, watched: str) -> PartitionBanks:
    path = folder / "tocsin.yaml"
    path.write_text(CONFIG.format(watched=watched))
    return PartitionBanks(load(path, environ={}), lambda: 100.0, Stats())


def feed(banks: PartitionBanks, x: np.ndarray, first: int) -> list[Anomaly]:
    """A sample of both series each minute."""
    found: list[Anomaly] = []
    for step, values in enumerate(x, first):
        at = T0 + 60 * step
        columns = Columns(
            "app", "app/0", at, SERIES, np.arange(2, dtype=np.int32),
            np.full(2, at), values, np.array([2 * step, 2 * step + 1]) << RECORD_BITS,
        )  # fmt: skip
        found += banks.observe([Message(columns, step)])
    return found


@pytest.mark.parametrize(
    "watched",
    [
        "detectors: {river.GaussianScorer: {window_size: 300}}",
        "detectors: {river.PredictiveAnomalyDetection: }",
        "model: {river.HalfSpaceTrees: {window_size: 100}}\n    by: [service]",
    ],
)
def test_a_worker_judges_by_a_model_of_river_and_goes_on_after_a_restart(
    tmp_path: Path, watched: str
) -> None:
    x = np.random.default_rng(1).normal(100, 5, (STEPS, 2))
    x[FAULT : FAULT + 10] = [900, 0]
    before, after = banks(tmp_path, watched), banks(tmp_path, watched)
    assert feed(before, x[:300], 0) == []
    for key, value in before.snapshot():
        assert value is not None
        after.restore(key, value)
    found = feed(after, x[300:], 300)
    assert found
    assert found[0].opened_at == pytest.approx(T0 + 60 * FAULT, abs=120)
    straight = feed(banks(tmp_path, watched), x, 0)
    assert repr(found) == repr(straight)
