"""Every detector of ours says in its file what people need to choose it."""

import importlib
import re

import pytest

from detectors.registry import MODELS, OURS

PARTS = {
    "its formula": r"^    \S.* = ",
    "what high means": r"\bHigh:\s|in nats, and absolute",
    "its range": r"\bRange:\s",
    "its warm-up": r"\bWarm-up:\s",
    "its cost": r"\bCost:\s",
    "when it misleads": r"\bmisleads\b",
    "a reference": r"^References?: .*\b(17|18|19|20)\d\d\b",
}
OWN = {**OURS, "half_space_trees": MODELS["half_space_trees"]}


@pytest.mark.parametrize("name", OWN)
def test_a_detector_says_all_that_is_needed_to_choose_it(name: str) -> None:
    said = importlib.import_module(OWN[name].__module__).__doc__ or ""
    missing = [part for part, form in PARTS.items() if not re.search(form, said, re.M | re.S)]
    assert missing == []


@pytest.mark.parametrize("name", OURS)
def test_a_detector_shows_how_it_is_used(name: str) -> None:
    assert ">>> " in (OURS[name].__doc__ or "")
