"""What docs/on-call.md shows is taken as it stands there."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.loader import load
from routing.oncall.shifts import gaps, on_call
from tests.config.samples import ENVIRON, SMALL, write

DOCUMENT = Path(__file__).parents[3] / "docs" / "on-call.md"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_the_schedule_of_the_document_is_good_and_has_no_gap(tmp_path: Path) -> None:
    (shown, layer) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    users = "".join(
        f"  {name}: {{contacts: [{{channel: slack, address: U024BE91{name[0].upper()}}}]}}\n"
        for name in ("ben", "cai", "lena", "otto")
    )
    start, end = SMALL.index("schedules:"), SMALL.index("escalations:")
    file = write(tmp_path, SMALL[:start] + users + shown + SMALL[end:])
    config = load(file, environ=ENVIRON, now=NOW)
    assert config.warnings == ()
    (primary,) = config.policy.schedules
    assert gaps(primary, NOW, NOW + timedelta(days=366)) == []
    assert on_call(primary, datetime(2026, 12, 25, 12, tzinfo=UTC)) == "ben"
    (tmp_path / "rota.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    added = shown.replace("    overrides:\n", f"{layer}    overrides:\n")
    file = write(tmp_path, SMALL[:start] + users + added + SMALL[end:])
    assert len(load(file, environ=ENVIRON, now=NOW).policy.schedules[0].layers) == 3
