"""`tocsin oncall who`, `gaps` and `calendar`: what they say of the files, and their exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app
from tests.config.samples import SMALL, write

NIGHTS = SMALL.replace(
    '        handoff: "09:00"\n',
    '        handoff: "09:00"\n'
    "        restrictions: [{start_time: '22:00', end_time: '06:00', weekdays: [monday:friday]}]\n",
)
AT = ("--at", "2026-03-27T12:00:00Z")  # a Friday; clocks go forward on Sunday


def answer(tmp_path: Path, *arguments: str, text: str = NIGHTS) -> tuple[int, str]:
    """Exit code, and what was printed."""
    verb, *rest = arguments
    file = str(write(tmp_path, text))
    done = CliRunner().invoke(app, ["oncall", verb, "-c", file, "--files-only", *rest])
    return done.exit_code, done.output


def test_who_says_who_until_when_and_who_then(tmp_path: Path) -> None:
    code, said = answer(tmp_path, "who", "--at", "2026-03-27T23:00:00+01:00")
    assert code == 0
    assert said == "primary  ana, until Sat 2026-03-28 06:00 CET, then nobody\n"


def test_who_fails_where_nobody_is(tmp_path: Path) -> None:
    code, said = answer(tmp_path, "who", "primary", *AT)
    assert code == 1
    assert said == "primary  nobody, until Fri 2026-03-27 22:00 CET, then ana\n"


def test_who_as_json(tmp_path: Path) -> None:
    _, said = answer(tmp_path, "who", "--json", *AT)
    (found,) = json.loads(said)
    assert found["user"] is None
    assert (found["until"], found["next"]) == ("2026-03-27T21:00:00+00:00", "ana")


def test_who_of_a_single_rotation_has_no_end(tmp_path: Path) -> None:
    code, said = answer(tmp_path, "who", *AT, text=SMALL)
    assert (code, said) == (0, "primary  ana, for the next year at least\n")


def test_who_until_lists_the_shifts_of_the_range(tmp_path: Path) -> None:
    code, said = answer(tmp_path, "who", *AT, "--until", "2026-03-28T12:00:00Z")
    assert code == 1
    assert said.splitlines() == [
        "primary, Europe/Vienna",
        "  Fri 2026-03-27 13:00 CET - Fri 2026-03-27 22:00 CET  nobody  (9h)",
        "  Fri 2026-03-27 22:00 CET - Sat 2026-03-28 06:00 CET  ana  (8h)",
        "  Sat 2026-03-28 06:00 CET - Sat 2026-03-28 13:00 CET  nobody  (7h)",
    ]


def test_gaps_are_listed_in_the_zone_of_the_schedule(tmp_path: Path) -> None:
    code, said = answer(tmp_path, "gaps", "--for", "4d", *AT)
    assert code == 1
    assert said.splitlines() == [
        "primary, Europe/Vienna: 3 gaps",
        "  Fri 2026-03-27 13:00 CET - Fri 2026-03-27 22:00 CET  (9h)",
        "  Sat 2026-03-28 06:00 CET - Mon 2026-03-30 22:00 CEST  (2d15h)",
        "  Tue 2026-03-31 06:00 CEST - Tue 2026-03-31 14:00 CEST  (8h)",
    ]


def test_gaps_that_are_meant_are_listed_and_no_failure(tmp_path: Path) -> None:
    meant = NIGHTS.replace("    layers:\n", "    may_have_gaps: true\n    layers:\n", 1)
    code, said = answer(tmp_path, "gaps", "--for", "1mo", "--json", *AT, text=meant)
    assert code == 0
    (found,) = json.loads(said)
    assert found["may_have_gaps"] is True
    assert len(found["gaps"]) > 20


def test_no_gaps_are_said_with_how_far_was_looked(tmp_path: Path) -> None:
    code, said = answer(tmp_path, "gaps", *AT, text=SMALL)
    assert code == 0
    assert said == "primary: somebody is on call until Sat 2027-03-27 13:00 CET\n"


def test_a_calendar_has_a_line_a_day(tmp_path: Path) -> None:
    code, said = answer(tmp_path, "calendar", "primary", "--weeks", "1", *AT)
    assert code == 0
    assert said.splitlines()[:5] == [
        "primary, Europe/Vienna",
        "",
        "week 13",
        "  Mon 23 Mar  nobody, 22:00 ana",
        "  Tue 24 Mar  ana, 06:00 nobody, 22:00 ana",
    ]
    assert said.splitlines()[-1] == "  Sun 29 Mar  nobody"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("who", "primry"), 'there is no schedule "primry" (did you mean "primary"?)'),
        (("who", "other"), "there are: primary"),
        (("who", "--at", "soon"), "--at takes an instant"),
        (("who", *AT, "--until", "2026-03-27T12:00:00Z"), "--until is not after"),
        (("gaps", "--for", "1y"), "--for:"),
        (("calendar", "primry"), 'did you mean "primary"?'),
    ],
)
def test_wrong_usage_is_said_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, said = answer(tmp_path, *arguments)
    assert code == 2
    assert message in said
    assert len(said.splitlines()) == 1


def test_without_schedules_there_is_nothing_to_ask(tmp_path: Path) -> None:
    start, end = SMALL.index("schedules:"), SMALL.index("escalations:")
    text = SMALL[:start] + SMALL[end:].replace("schedule: primary", "user: ana")
    assert answer(tmp_path, "who", text=text) == (2, "tocsin: no schedules are configured\n")


def test_where_no_broker_answers_it_is_said_that_only_the_files_count(tmp_path: Path) -> None:
    text = SMALL.replace("kafka:9092", "127.0.0.1:1")
    done = CliRunner().invoke(app, ["oncall", "who", "-c", str(write(tmp_path, text))])
    assert done.exit_code == 0
    assert "overrides made by command are not looked at: " in done.output


def test_that_calendars_are_not_read_for_ever_is_said(tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:ana\nDTSTART:20260105T000000Z\nDURATION:P7D\n"
        "RRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    start, end = SMALL.index("      - users: [ana]"), SMALL.index("escalations:")
    text = SMALL[:start] + "      - calendar: rota.ics\n" + SMALL[end:]
    code, said = answer(tmp_path, "gaps", "--for", "12mo", text=text)
    assert (code, "calendars are read until" in said) == (0, False)
    code, said = answer(tmp_path, "gaps", "--for", "24mo", text=text)
    assert (code, "calendars are read until" in said) == (1, True)


@pytest.mark.parametrize("verb", ["who", "gaps"])
def test_an_instant_that_is_none_is_said_before_kafka_is_asked(tmp_path: Path, verb: str) -> None:
    file = str(write(tmp_path, NIGHTS))
    done = CliRunner().invoke(app, ["oncall", verb, "-c", file, "--at", "soon"])
    assert done.exit_code == 2
    assert "--at takes an instant" in done.output
    assert "overrides made by command" not in done.output
