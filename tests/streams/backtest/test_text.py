"""The words of a report: what is listed, and what is said beside it."""

from datetime import UTC, datetime

from msgspec.structs import replace

from streams.backtest import words
from streams.backtest.report import Found, Kept, Line, Other, Report
from streams.backtest.text import text_of

AT = datetime(2026, 3, 2, tzinfo=UTC)

FOUND = Found(
    opened_at=AT, told_at=AT, closed_at=AT, lasted_s=600.0, accepted=False, severity="warning",
    p_value=1e-6, kind="above", value=9.0, expected=1.0, lower=0.0, upper=2.0,
    detectors={"level": 0.2, "level_shift": 0.8},
)  # fmt: skip

KEPT = Kept(
    false_alarms_per_day=1 / 30, watched_days=30.0, allowed=1.0, found=1, low=0.1, high=4.7,
    verdict="too short to tell",
)  # fmt: skip


def line(name: str, *found: Found) -> Line:
    return Line(
        series=name, file=f"{name}.csv", profile="default", samples=9000, gaps=0, out_of_order=0,
        begins_at=AT, ends_at=AT, span_s=2.6e6, cadence_s=300.0, pause_s=300.0, pause_at=AT,
        anomalies=list(found), budget=KEPT, others=[], warm_up_s=21600.0, warm_up_samples=120,
    )  # fmt: skip


def report(*lines: Line) -> Report:
    return Report(
        version=1, files=len(lines), topic="", samples=9000, series=list(lines), budget=KEPT,
        others=[], labelled=None, unwatched=[], unreadable={}, bad=[], notes={},
    )  # fmt: skip


def test_of_many_series_only_the_least_likely_anomalies_are_listed() -> None:
    likely = [replace(FOUND, value=7.0, p_value=1e-5)] * 5
    said = text_of(report(line("a", *likely), *(line(f"b{i}", *[FOUND] * 4) for i in range(5))))
    assert "The 20 least likely anomalies; report.html has all series (--out DIR):" in said
    assert said.count("9 where 1 was expected (0 to 2), warning") == 20
    assert "7 where 1 was expected" not in said


def test_where_all_are_listed_it_says_so() -> None:
    said = text_of(report(line("a", FOUND), *(line(f"b{i}") for i in range(5))))
    assert "\nAnomalies:\n  a  2026-03-02 00:00  for 10 min: 9 where 1 was expected" in said
    assert "Anomalies" not in text_of(report(*(line(f"b{i}") for i in range(6))))


def test_more_anomalies_of_a_series_than_are_listed_say_where_they_are() -> None:
    said = text_of(report(line("a", *[FOUND] * 25)))
    assert said.endswith("  and 5 more; report.json has them (--out DIR)")


def test_a_value_within_its_band_is_told_with_the_detector_that_found_it() -> None:
    within = replace(FOUND, value=1.5)
    assert words.finding(within) == "1.5 where 1 was expected (0 to 2), by level_shift"
    assert words.finding(FOUND) == "9 where 1 was expected (0 to 2)"


def test_more_anomalies_for_a_larger_change_are_explained() -> None:
    def counted(*counts: int) -> list[Other]:
        return [
            Other(setting=f"min_change_ratio: {number}", anomalies=count)
            for number, count in enumerate(counts)
        ]

    assert words.caution(counted(3, 3, 2, 0)) == ""
    assert "falls into several" in words.caution(counted(3, 4, 2, 5))


def test_a_long_pause_is_a_fact_of_its_series_and_what_would_tell_of_it_is_said() -> None:
    paused = replace(line("a"), pause_s=18000.0)
    told = "5 h without a sample after 2026-03-02 00:00"
    hint = "; `absent_after` in a profile tells of such"
    assert dict(words.facts(paused))["Pause"] == told + hint
    silence = replace(FOUND, kind="silence", value=None)
    assert dict(words.facts(replace(paused, anomalies=[silence])))["Pause"] == told
    assert "Pause" not in dict(words.facts(line("a")))
