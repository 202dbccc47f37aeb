"""The picture: valid, bounded and honest whatever the numbers."""

import gc
import io
import math
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from routing.alert import Evidence, Point
from routing.channels import chart
from routing.channels.plot import plot
from routing.channels.samples import AT, HOSTILE, evidence, points

SVG = "{http://www.w3.org/2000/svg}"
levels = st.one_of(st.none(), st.floats())
any_points = st.lists(st.builds(Point, st.floats(0, 4e9), levels, levels, levels), max_size=64).map(
    tuple
)


def drawn(given_: Evidence, **options: float) -> ElementTree.Element:
    return ElementTree.fromstring(chart.svg(given_, **options))  # type: ignore[arg-type]


def test_chart_says_in_words_what_it_shows() -> None:
    title = drawn(evidence()).find(f"{SVG}title")
    assert title is not None
    assert title.text is not None
    assert "747 ms; 125 ms was expected (97 to 153 ms)" in title.text


def test_spike_is_the_one_marked_span_and_its_last_value_the_dot() -> None:
    svg = drawn(evidence())
    assert len(svg.findall(f"{SVG}rect")) == 1
    shape = plot(evidence())
    assert shape is not None
    assert shape.marked == (points()[-1].at, 747.0)


def test_several_stretches_are_each_marked_and_the_picture_named() -> None:
    first, last = (points()[5].at, points()[9].at), (points()[20].at, points()[24].at)
    shape = plot(evidence(), stretches=[first, last])
    assert shape is not None
    assert len(shape.spans) == 2
    svg = drawn(evidence(), stretches=[first, last], title="All <of> it.")  # type: ignore[arg-type]
    assert len(svg.findall(f"{SVG}rect")) == 2
    title = svg.find(f"{SVG}title")
    assert title is not None
    assert title.text == "All <of> it. Times are UTC."
    assert not drawn(evidence(), stretches=[]).findall(f"{SVG}rect")  # type: ignore[arg-type]


def test_time_axis_is_in_utc_hours_and_minutes() -> None:
    labels = [text.text for text in drawn(evidence()).findall(f"{SVG}text")]
    assert "10:30" in labels
    assert "ms, UTC" in labels


def test_a_picture_of_days_says_which_days() -> None:
    start = AT.timestamp()
    shape = plot(evidence(points=tuple(Point(start + 3600.0 * i, 1.0 + i % 2) for i in range(40))))
    assert shape is not None
    labels = [label for _, label in shape.times]
    assert any(label[0].isdigit() and label[-1].isalpha() for label in labels)
    assert any(":" in label for label in labels)


def test_a_gap_is_a_gap() -> None:
    with_gap = tuple(
        Point(p.at, None if 20 <= i < 25 else p.value, p.lower, p.upper)
        for i, p in enumerate(points())
    )
    shape = plot(evidence(points=with_gap))
    assert shape is not None
    assert [len(run) for run in shape.runs] == [20, 39]


def test_samples_that_never_came_are_a_gap() -> None:
    kept = points()[:20] + points()[35:]
    shape = plot(evidence(points=kept))
    assert shape is not None
    assert [len(run) for run in shape.runs] == [20, 29]


def test_samples_that_come_less_often_are_no_gap() -> None:
    start = AT.timestamp()
    slowing = tuple(Point(start + at, 1.0) for at in (*range(30), *range(30, 90, 4)))
    shape = plot(evidence(points=slowing))
    assert shape is not None
    assert len(shape.runs) == 1


def test_silence_that_ended_spans_the_gap_and_marks_no_value() -> None:
    kept = points()[:20] + points()[35:]
    since, until = points()[23].at, points()[35].at
    shape = plot(evidence(points=kept, value=None), since=since, until=until)
    assert shape is not None
    assert shape.marked is None
    ((begin, end),) = shape.spans
    assert begin == pytest.approx(since, abs=60)
    assert end == pytest.approx(until, abs=60)


def test_silence_at_the_end_is_marked() -> None:
    silent = tuple(Point(AT.timestamp() + i, None if i > 7 else 1.0) for i in range(10))
    shape = plot(evidence(points=silent))
    assert shape is not None
    assert shape.spans == ((AT.timestamp() + 7.5, AT.timestamp() + 9),)


def test_a_band_with_one_side_is_open_to_the_edge() -> None:
    floor = tuple(Point(AT.timestamp() + i, 5.0, 1.0, None) for i in range(5))
    shape = plot(evidence(points=floor))
    assert shape is not None
    assert {high for _, _, high in shape.bands[0]} == {shape.top}


def test_since_bounds_the_span() -> None:
    start = AT.timestamp()
    shape = plot(evidence(), since=start + 600, until=start + 1200)
    assert shape is not None
    assert shape.spans == ((start + 570, start + 1170),)


@pytest.mark.parametrize("given_", [(), points()[:1], (Point(1, None), Point(2, math.nan))])
def test_too_little_to_draw_is_nothing(given_: tuple[Point, ...]) -> None:
    assert chart.svg(evidence(points=given_)) == ""
    assert chart.png(evidence(points=given_)) == b""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_stays_text(name: str) -> None:
    svg = drawn(evidence(series=HOSTILE[name], unit=HOSTILE[name]))
    assert {element.tag for element in svg.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "rect", "path", "text", "circle")
    }


@settings(deadline=None)
@given(any_points)
@example((Point(0, 1), Point(0, 2), Point(1, None), Point(2e-311, 3)))  # next to no gap
def test_any_points_give_a_picture_within_its_frame(given_: tuple[Point, ...]) -> None:
    text = chart.svg(evidence(points=given_))
    if not text:
        return
    ElementTree.fromstring(text)
    assert not re.search(r"nan|inf(?!\w)", re.sub(r"<title>.*?</title>", "", text))
    for x in re.findall(r' c?x="(-?[\d.]+)"', text):
        assert -40 <= float(x) <= 400


@pytest.mark.skipif(not chart.can_draw_png(), reason="matplotlib, the extra `charts`, is missing")
@settings(deadline=None, max_examples=8)
@given(any_points)
def test_any_points_give_a_png_or_nothing(given_: tuple[Point, ...]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = chart.png(evidence(points=given_))
    assert data == b"" or data.startswith(b"\x89PNG")


@pytest.mark.skipif(not chart.can_draw_png(), reason="matplotlib, the extra `charts`, is missing")
def test_figures_are_freed_though_the_collector_seldom_runs() -> None:
    found = evidence()
    chart.png(found)
    gc.collect()
    threshold = gc.get_threshold()
    gc.set_threshold(1_000_000)
    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(chart.png, [found] * 8))
        kept = [one for one in gc.get_objects() if type(one).__name__ == "Figure"]
    finally:
        gc.set_threshold(*threshold)
    assert kept == []


@pytest.mark.skipif(not chart.can_draw_png(), reason="matplotlib, the extra `charts`, is missing")
def test_a_picture_is_drawn_once_for_all_who_are_told() -> None:
    given_ = evidence(value=701.0)
    assert chart.png(given_) is chart.png(evidence(value=701.0))
    assert chart.png(given_, since=points()[50].at) != chart.png(given_)


@pytest.mark.skipif(not chart.can_draw_png(), reason="matplotlib, the extra `charts`, is missing")
@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e7])
def test_labels_of_any_length_are_within_the_picture(factor: float) -> None:
    """Nothing but paper at the left edge, where a label would be cut."""
    many = tuple(Point(p.at, (p.value or 0) * factor, None, None) for p in points())
    picture = Image.open(io.BytesIO(chart.png(evidence(points=many, value=None, unit="s"))))
    edge = picture.convert("RGB").crop((0, 0, 2, picture.height))
    assert edge.getcolors() == [(2 * picture.height, (255, 255, 255))]


@pytest.mark.parametrize(
    "given_",
    [
        (Point(0.0, 5e-324), Point(60.0, 1e-323)),
        (Point(0.0, -1e-310), Point(60.0, 1e-310)),
        (Point(0.0, 1.0), Point(60.0, 2.0), Point(1e12, 3.0)),
        (Point(0.0, 1.0), Point(60.0, 2.0), Point(1e300, 3.0)),
        (Point(-1e18, 1.0), Point(0.0, 1.0), Point(60.0, 2.0)),
    ],
    ids=["tiny", "tiny on both sides", "milliseconds for seconds", "no time", "before all time"],
)
def test_nothing_that_may_be_measured_fails_to_be_drawn(given_: tuple[Point, ...]) -> None:
    drawn = plot(evidence(points=given_))
    assert drawn is not None
    assert (drawn.begin, drawn.end) == (0.0, 60.0)
    assert drawn.bottom < drawn.top
