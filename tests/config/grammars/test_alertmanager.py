"""The grammars of matchers, against Alertmanager's own cases."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.errors import Wrong
from config.grammars import classic, fallback, utf8
from routing.labels import Matcher

CASES = Path(__file__).parents[4] / "shared" / "data" / "alertmanager" / "matchers.json"

GRAMMARS: dict[str, Callable[[str], tuple[Matcher, ...]]] = {
    "classic": classic.matchers,
    "utf8": utf8.matchers,
    "utf8-single": lambda text: (utf8.matcher(text),),
    "fallback": fallback.matchers,
    "fallback-single": lambda text: (fallback.matcher(text),),
}


def recorded() -> list[Any]:
    if not CASES.is_file():
        reason = "../shared/data/alertmanager/matchers.json is not here"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]
    return [
        pytest.param(case, id=f"{index}-{case['parser']}")
        for index, case in enumerate(json.loads(CASES.read_text())["cases"])
    ]


@pytest.mark.parametrize("case", recorded())
def test_matchers_are_read_as_alertmanager_reads_them(case: dict[str, Any]) -> None:
    # A case that upstream skips is one of the classic grammar that the UTF-8 one does not have.
    skipped = case.get("skipped_upstream", False)
    read = classic.matchers if skipped else GRAMMARS[case["parser"]]
    if "error" in case:
        with pytest.raises(Wrong):
            read(case["input"])
        return
    found = [{"name": m.name, "op": m.op, "value": m.value} for m in read(case["input"])]
    assert found == case["matchers"]
