"""Why a series is watched as it is."""

from pathlib import Path

import pytest

from config.explanation import explain
from detectors.series import Series
from tests.config.samples import SMALL, loaded

SERIES = Series("latency_ms", {"service": "test"})


def test_what_was_tried_before_is_told_with_the_matcher_that_failed(tmp_path: Path) -> None:
    (found,) = explain(loaded(tmp_path), "shop", SERIES)
    assert (found.profile, found.origin) == ("latency", "shipped")
    first = found.passed[0]
    assert (first.profile, first.obstacle) == ("service", 'service!="test"')
    assert first.origin == "tocsin.yaml:9"


def test_a_setting_says_where_it_was_written(tmp_path: Path) -> None:
    text = SMALL.replace("    false_alarms: 1/30d\n", "    use: traffic\n    sensitivity: high\n")
    text = text.replace("""'service!="test"'""", """'name="x"'""")
    (found,) = explain(loaded(tmp_path, text), "shop", Series("x", {}))
    settings = {one.key: (one.value, one.origin) for one in found.settings}
    assert settings["false_alarms"] == ("1/7d", "tocsin.yaml:14, sensitivity")
    assert settings["detectors"] == ("ewma", "tocsin.yaml:11")
    assert settings["open_after"] == ("3 of 5", "tocsin.yaml:15")
    assert settings["min_change_ratio"] == ("0.15", "shipped")
    assert settings["warm_up"] == ("6h", "default")


@pytest.mark.parametrize(("per", "said"), [("profile", "profile"), ("[service]", "service")])
def test_a_shared_budget_says_who_shares_it(tmp_path: Path, per: str, said: str) -> None:
    text = SMALL.replace("    false_alarms: 1/30d\n", f"    false_alarms: 1/30d\n    per: {per}\n")
    text = text.replace("""'service!="test"'""", """'name="x"'""")
    (found,) = explain(loaded(tmp_path, text), "shop", Series("x", {}))
    settings = {one.key: (one.value, one.origin) for one in found.settings}
    assert settings["per"] == (said, "tocsin.yaml:14")


def test_what_nobody_watches_has_no_explanation(tmp_path: Path) -> None:
    text = SMALL.replace("profiles:\n", "shipped_profiles: false\nprofiles:\n")
    assert explain(loaded(tmp_path, text), "shop", SERIES) == []
