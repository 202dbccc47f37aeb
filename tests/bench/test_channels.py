"""The measurement of channels measures each of ours, and fails where one does not send."""

import pytest

from bench.channels import CHANNELS, main
from routing.channels.registry import OURS


def test_every_channel_is_measured() -> None:
    assert set(CHANNELS) == {*OURS, "slack alone"}  # that is without pictures


def test_a_line_has_a_rate_and_two_waits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--only", "webhook", "--count", "8"])
    main()
    head, line = capsys.readouterr().out.splitlines()
    assert head.split()[0] == "channel"
    kind, rate, p50, p99, cpu = line.split()
    assert kind == "webhook"
    assert float(rate) > 0
    assert 0 < float(p50) <= float(p99)
    assert float(cpu) > 0
