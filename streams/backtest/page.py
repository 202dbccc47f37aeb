"""The report as one page that needs nothing else: no script, no font, no picture from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from detectors.episodes import Episode
from streams.backtest import words
from streams.backtest.judged import Judged
from streams.backtest.passing import Passed
from streams.backtest.pictures import near, whole
from streams.backtest.report import Found, Line, Report

_MOST_SERIES = 100  # that are told of with pictures
_MOST_NEAR = 6  # anomalies of a series that have one of their own
_MOST_BAD = 100  # rows of a file that could not be read
_MOST_ROWS = 2000  # of the table of all series


@dataclass(frozen=True, slots=True)
class Section:
    """One series with its pictures: all of it for a desk and for a phone, and of anomalies."""

    number: int
    line: Line
    wide: Markup
    narrow: Markup
    near: Sequence[tuple[Found, Markup]]


def page_of(report: Report, passed: Passed) -> str:
    """The page. Everything is escaped: names of series come from strangers."""
    sections = [
        _section(number, report.series[number], passed.judged[number])
        for number in _chosen(report.series)
    ]
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            rows=list(enumerate(report.series[:_MOST_ROWS])),
            sections=sections,
            shown=_shown(sections),
            troubles=list(words.troubles(report, rows=_MOST_BAD)),
            words=words,
        )
    )


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _chosen(lines: Sequence[Line]) -> list[int]:
    """The series that are told of: all, or those with most anomalies, in their order."""
    by_count = sorted(range(len(lines)), key=lambda i: -len(lines[i].anomalies))
    return sorted(by_count[:_MOST_SERIES])


def _shown(sections: Iterable[Section]) -> Mapping[int, bool]:
    return {section.number: True for section in sections}


def _section(number: int, line: Line, one: Judged) -> Section:
    pairs = list(zip(line.anomalies, one.episodes, strict=True))
    surest = sorted(pairs, key=lambda pair: pair[0].p_value)[:_MOST_NEAR]
    surest.sort(key=lambda pair: pair[0].opened_at)
    return Section(
        number=number,
        line=line,
        wide=Markup(whole(one, width=960, height=220)),
        narrow=Markup(whole(one, width=360, height=200)),
        near=[(found, _near(one, episode)) for found, episode in surest],
    )


def _near(one: Judged, episode: Episode) -> Markup:
    return Markup(near(one, episode))
