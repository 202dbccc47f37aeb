"""The report as lines of text, for the terminal."""

from collections.abc import Iterator

from routing.wording import counted
from streams.backtest import words
from streams.backtest.report import Found, Line, Other, Report

_FEW = 5  # series that are told of one by one
_MOST_ANOMALIES = 20
_MOST_TROUBLES = 20
_FEW_ROWS = 3  # of a file that could not be read
_LONGEST = 60


def text_of(report: Report) -> str:
    """All of it."""
    one_by_one = map(_one, _few(report)) if _few(report) else [_foremost(report)]
    parts = [_summary(report), _table(report), *one_by_one, _others(report.others)]
    return "\n\n".join("\n".join(part) for part in map(list, [*parts, _troubles(report)]) if part)


def _summary(report: Report) -> Iterator[str]:
    yield (
        f"{words.anomalies(report.anomalies)} in {counted(report.samples, 'sample')} of "
        f"{len(report.series):,} series from {_origin(report)}"
    )
    if report.series:
        yield f"Budget of all together: {words.kept(report.budget)}"
    if remark := words.counts_all(report):
        yield remark
    if report.labelled is not None:
        yield f"Labels: {words.labels(report.labelled)}"


def _origin(report: Report) -> str:
    return f"topic {report.topic}" if report.topic else counted(report.files, "file")


def _few(report: Report) -> list[Line]:
    return report.series if len(report.series) <= _FEW else []


def _table(report: Report) -> Iterator[str]:
    if len(report.series) <= _FEW:
        return
    rows = [("series", "samples", "span", "anomalies", "budget")]
    rows += [
        (
            _clipped(line.series),
            f"{line.samples:,}",
            words.span(line.span_s),
            str(len(line.anomalies)),
            line.budget.verdict,
        )
        for line in report.series
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, samples, span, count, verdict in rows:
        left, right = f"{name:{widths[0]}}  {samples:>{widths[1]}}", f"{count:>{widths[3]}}"
        yield f"{left}  {span:{widths[2]}}  {right}  {verdict}"


def _one(line: Line) -> Iterator[str]:
    yield line.series
    for name, fact in words.facts(line):
        yield f"  {name:9} {fact}"
    for found in line.anomalies[:_MOST_ANOMALIES]:
        yield f"  {_told(found)}"
    if len(line.anomalies) > _MOST_ANOMALIES:
        left = len(line.anomalies) - _MOST_ANOMALIES
        yield f"  and {left:,} more; report.json has them (--out DIR)"


def _foremost(report: Report) -> Iterator[str]:
    """The least likely anomalies of many series, in the order of their times."""
    pairs = [(found, line.series) for line in report.series for found in line.anomalies]
    chosen = sorted(pairs, key=lambda pair: pair[0].p_value)[:_MOST_ANOMALIES]
    if not chosen:
        return
    if len(pairs) > len(chosen):
        yield f"The {len(chosen)} least likely anomalies; report.html has all series (--out DIR):"
    else:
        yield "Anomalies:"
    for found, series in sorted(chosen, key=lambda pair: pair[0].opened_at):
        yield f"  {_clipped(series)}  {_told(found)}"


def _told(found: Found) -> str:
    opened, lasting = words.when(found.opened_at), words.lasting(found)
    return f"{opened}  {lasting}: {words.finding(found)}, {found.severity}"


def _others(others: list[Other]) -> Iterator[str]:
    if others:
        yield "Anomalies with other settings, counted from the same pass:"
        width = max(len(other.setting) for other in others)
        yield from (f"  {other.setting:{width}}  {other.anomalies:,}" for other in others)
        if remark := words.caution(others):
            yield remark


def _troubles(report: Report) -> Iterator[str]:
    told = list(words.troubles(report, rows=_FEW_ROWS))
    yield from (f"! {trouble}" for trouble in told[:_MOST_TROUBLES])
    if len(told) > _MOST_TROUBLES:
        yield f"! and {len(told) - _MOST_TROUBLES:,} more; report.json has them (--out DIR)"


def _clipped(name: str) -> str:
    return name if len(name) <= _LONGEST else "..." + name[3 - _LONGEST :]
