"""Time intervals in YAML: Alertmanager's own cases, read by our models."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from config.documents import Document
from config.intervals import build_intervals
from config.models.intervals import IntervalModel
from routing.intervals import contains

CASES = Path(__file__).parents[3] / "shared" / "data" / "alertmanager" / "timeintervals.json"
ZONES = {"+1000": "Australia/Sydney", "+1100": "Australia/Sydney", "-0400": "America/New_York"}
"""The zones of cases that were written in Go and have none in YAML, by the offset they show."""
MODEL = TypeAdapter(list[IntervalModel])


def cases() -> list[Any]:
    if not CASES.is_file():
        reason = "../shared/data/alertmanager/timeintervals.json is not here"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(case) for case in json.loads(CASES.read_text())["cases"]]


@pytest.mark.parametrize("case", cases())
def test_intervals_contain_what_they_contain_in_alertmanager(case: dict[str, Any]) -> None:
    parts = yaml.safe_load(case["yaml"])
    for part in parts:
        if "location" in part:
            part["time_zone"] = part.pop("location")
        elif case["contains"] and (zone := ZONES.get(case["contains"][0][-5:])):
            part["time_zone"] = zone
    if case["expect_error"] or case.get("struct_only"):  # which YAML cannot say there either
        with pytest.raises(ValidationError):
            MODEL.validate_python(parts)
        return
    document: Document = None  # type: ignore[assignment]  # every zone of the cases exists
    (interval,) = build_intervals(document, {"x": MODEL.validate_python(parts)})
    for text, is_inside in [
        *((text, True) for text in case["contains"]),
        *((text, False) for text in case["excludes"]),
    ]:
        at = datetime.strptime(text, "%d %b %y %H:%M %z")
        assert contains(interval, at) is is_inside, text
