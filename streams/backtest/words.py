"""The words of a report: for the terminal and for the page alike."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from routing.channels.text import duration, number, odds
from routing.wording import counted
from streams.backtest.report import Found, Kept, Labelled, Line, Other, Report

_PAUSE, _PAUSE_S = 10, 900.0  # how many usual steps, and seconds at least, are a pause to tell of


def span(seconds: float | None) -> str:
    """A length of time.

    >>> span(300.0), span(0.25), span(None)
    ('5 min', '0.25 s', 'unknown')
    """
    if seconds is None:
        return "unknown"
    return duration(timedelta(seconds=seconds)) if seconds >= 1 else f"{seconds:.3g} s"


def when(at: datetime | None) -> str:
    """An instant, in UTC."""
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def anomalies(count: int) -> str:
    """How many anomalies.

    >>> anomalies(1), anomalies(1200)
    ('1 anomaly', '1,200 anomalies')
    """
    return "1 anomaly" if count == 1 else f"{count:,} anomalies"


def finding(found: Found) -> str:
    """What was wrong: `6.2 where 5 was expected (4.1 to 5.9)`."""
    if found.kind == "silence":
        return "no samples"
    text = number(found.value)
    if found.expected is not None:
        text += f" where {number(found.expected)} was expected"
    if found.lower is not None and found.upper is not None:
        text += f" ({number(found.lower)} to {number(found.upper)})"
        text += _within(found, found.lower, found.upper)
    return text


def _within(found: Found, lower: float, upper: float) -> str:
    """Which detector told of a value that is usual by itself."""
    if found.value is None or not lower <= found.value <= upper or not found.detectors:
        return ""
    return f", by {max(found.detectors, key=found.detectors.__getitem__)}"


def lasting(found: Found) -> str:
    """How long it was open, and whether it only closed since it was the new normal."""
    if found.lasted_s is None:
        return "open at the end"
    return f"for {span(found.lasted_s)}" + (", then the new normal" if found.accepted else "")


def chance(found: Found) -> str:
    """Its p-value as odds."""
    return odds(found.p_value)


def kept(budget: Kept) -> str:
    """Whether the budget was kept, in a sentence."""
    if not budget.watched_days:
        return "nothing was watched: it all lies within the warm-up"
    return (
        f"{budget.verdict}: {counted(budget.found, 'alarm')} in {about(budget.watched_days)} days "
        f"past the warm-up, {about(budget.allowed)} allowed "
        f"(95 % bounds of the long run: {about(budget.low)} to {about(budget.high)})"
    )


def counts_all(report: Report) -> str:
    """That without labels true anomalies count against the budget, where there are any."""
    if report.labelled is not None or not report.budget.found:
        return ""
    return "Without labels every anomaly counts against the budget, the true ones as well."


def caution(others: Sequence[Other]) -> str:
    """Why there may be more anomalies where a larger change is asked for, where there are."""
    counts = [one.anomalies for one in others if one.setting.startswith("min_change_ratio")]
    if counts == sorted(counts, reverse=True):
        return ""
    return "A larger min_change_ratio gives more where a long anomaly falls into several."


def about(figure: float) -> str:
    """A number in two digits, more where it has them before the point.

    >>> about(0.2498), about(7.49), about(870.4), about(0.0)
    ('0.25', '7.5', '870', '0')
    """
    return f"{figure:,.0f}" if figure >= 10 else f"{figure:.2g}"


def labels(found: Labelled) -> str:
    """The anomalies beside the labels, in a sentence."""
    parts = [f"{found.found} of {counted(found.events, 'event')} found"]
    parts.append(f"{found.true} of {anomalies(found.anomalies)} true")
    for name, share in (("precision", found.precision), ("recall", found.recall)):
        parts += [f"{name} {share:.2f}"] if share is not None else []
    if found.delay_s is not None:
        parts.append(f"told after {span(found.delay_s)} (median)")
    return ", ".join(parts)


def facts(line: Line) -> Iterator[tuple[str, str]]:
    """What a series is."""
    yield "Samples", f"{line.samples:,}" + _apart(line)
    if line.begins_at is not None:
        yield "Time", f"{when(line.begins_at)} to {when(line.ends_at)} UTC, {span(line.span_s)}"
    yield "Cadence", span(line.cadence_s)
    if _is_long(line):
        told = any(found.kind == "silence" for found in line.anomalies)
        hint = "" if told else "; `absent_after` in a profile tells of such"
        yield "Pause", f"{span(line.pause_s)} without a sample after {when(line.pause_at)}{hint}"
    yield "Profile", line.profile
    yield "Budget", kept(line.budget)
    if line.labelled is not None:
        yield "Labels", labels(line.labelled)


def _is_long(line: Line) -> bool:
    """Whether the longest pause is one that somebody would like to hear of."""
    return line.cadence_s is not None and line.pause_s >= max(_PAUSE_S, _PAUSE * line.cadence_s)


def _apart(line: Line) -> str:
    apart = ((line.gaps, "without a value"), (line.out_of_order, "out of order, left out"))
    return "".join(f", {count:,} {what}" for count, what in apart if count)


def troubles(report: Report, *, rows: int) -> Iterator[str]:
    """What could not be read, was left out or taken for granted; so many bad rows of each file."""
    for file, reason in report.unreadable.items():
        yield f"{file} {reason}"
    for bad in report.bad:
        yield from (f"{bad.file}:{line}: {reason}" for line, reason in bad.first[:rows])
        if bad.rows > min(len(bad.first), rows):
            yield f"{bad.file}: and {bad.rows - min(len(bad.first), rows):,} more bad rows"
    yield from (_stale(line) for line in report.series if line.out_of_order)
    yield from _young([line for line in report.series if line.is_young])
    for file, notes in report.notes.items():
        yield from (f"{file}: {note}" for note in notes)
    if report.unwatched:
        shown = ", ".join(report.unwatched[:5]) + (", ..." if len(report.unwatched) > 5 else "")
        yield f"no profile watches {len(report.unwatched):,} series: {shown}"


def _young(lines: Sequence[Line]) -> Iterator[str]:
    """How many series were only learnt, and what would change that, for each length of warm-up."""
    for warm_up in dict.fromkeys((one.warm_up_s, one.warm_up_samples) for one in lines):
        mine = [one for one in lines if (one.warm_up_s, one.warm_up_samples) == warm_up]
        first, others = mine[0], f" and {len(mine) - 1:,} more" if len(mine) > 1 else ""
        yield (
            f"{first.series}{others}: only learnt, nothing could be told: "
            f"{counted(first.samples, 'sample')} over {span(first.span_s)}, and the warm-up lasts "
            f"{span(warm_up[0])} and {warm_up[1]} samples. Read more of the past, or set "
            "`warm_up` in a profile of yours (--config)"
        )


def _stale(line: Line) -> str:
    return (
        f"{line.series}: {line.out_of_order:,} of {counted(line.samples, 'sample')} are not "
        "newer than one before them and were left out, as a worker does; sort a file by time, and "
        "tell series that share it apart by --labels"
    )
