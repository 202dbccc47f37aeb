"""Detect: banks that live through edits of the configuration."""

from pathlib import Path

import numpy as np
import pytest

from config.loader import load
from config.settings import Config
from detectors.anomaly import Anomaly
from streams.banks import PartitionBanks
from streams.samples import RECORD_BITS, Columns
from streams.shares import Message
from streams.stats import Stats

CONFIG = """
inputs: [{inputs}]
profiles:
  - name: bound
    match: [{match}]
    detectors: {{threshold: {{upper: {upper}}}}}
    min_change_ratio: 0
    open_after: 1 of 1
    close_after: 0s
    warm_up: 0s
    warm_up_samples: 0
    absent_after: 3
    absent_at_least: 10s
    severity: {severity}
receivers: {{ops: []}}
route: {{receiver: ops}}
"""
APP, OTHER = "{name: app, topic: app}", "{name: other, topic: other}"


class Here:
    """The banks of a partition, a clock that stands still, and configurations to edit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wall = 100.0
        self.at = 1.79e9
        self.stats = Stats()
        self.banks = self.under(self.config())

    def under(self, config: Config) -> PartitionBanks:
        return PartitionBanks(config, lambda: self.wall, self.stats)

    def config(
        self,
        *,
        upper: int = 100,
        severity: str = "error",
        match: str = "'input=\"app\"'",
        inputs: str = APP,
    ) -> Config:
        path = self.folder / "tocsin.yaml"
        path.write_text(CONFIG.format(upper=upper, severity=severity, match=match, inputs=inputs))
        return load(path, environ={})

    def see(self, *values: float) -> list[Anomaly]:
        """Samples of one series, a second apart."""
        found: list[Anomaly] = []
        for value in values:
            self.at += 1
            columns = Columns(
                "app", "app/0", self.at, ["load"], np.zeros(1, np.int32),
                np.array([self.at]), np.array([value]), np.array([int(self.at) << RECORD_BITS]),
            )  # fmt: skip
            found += self.banks.observe([Message(columns, int(self.at))])
        return found


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_edit_of_a_severity_takes_effect_and_forgets_nothing(here: Here) -> None:
    here.see(50, 50)
    before = here.banks.banks["app", "bound"]
    assert here.banks.adopt(here.config(severity="critical")) == []
    (anomaly,) = here.see(500)
    assert anomaly.severity == 3
    assert here.banks.banks["app", "bound"] is before


def test_what_is_open_in_a_bank_that_starts_afresh_ends(here: Here) -> None:
    (opened,) = here.see(50, 500)
    (ended,) = here.banks.adopt(here.config(upper=1000))
    assert (ended.series, ended.opened_at, ended.closed_at) == ("load", opened.opened_at, here.at)
    assert here.see(500, 500) == []


def test_series_that_an_edit_gave_away_is_not_absent(here: Here) -> None:
    here.see(50, 50, 50, 50)
    assert here.banks.adopt(here.config(match="'name=\"other\"'")) == []
    here.wall += 3600
    assert here.banks.elapse() == []


def test_series_of_an_input_that_is_read_no_more_is_not_absent(here: Here) -> None:
    here.see(50, 50, 50, 50)
    saved = [*here.banks.snapshot(), *here.banks.seal()]
    for inputs, expected in ((APP, 1), (OTHER, 0)):
        restored = here.under(here.config(inputs=inputs))
        for key, value in saved:
            assert value is not None
            restored.restore(key, value)
        here.wall += 3600
        assert len(restored.elapse()) == expected
