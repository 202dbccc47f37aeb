"""The picture of a series: the line, the band thought normal, and what lay outside it."""

import gc
import io
import threading
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from importlib.util import find_spec

from routing.alert import Evidence
from routing.channels.finding import finding
from routing.channels.plot import Plot, Stretch, plot
from routing.channels.text import clean

_ALARM = "#d9363e"
_FONT = 11
_POINTS = 15.0  # of the PNG: a phone shows it at a third of its size
_QUICKLY = {"compress_level": 3}
_drawing = threading.Lock()


def svg(
    evidence: Evidence,
    *,
    since: float | None = None,
    until: float | None = None,
    stretches: Sequence[Stretch] | None = None,
    title: str | None = None,
    width: int = 360,
    height: int = 190,
) -> str:
    """An inline SVG for a page, or the empty string where there is nothing to draw.

    `title` is what it shows in words, by default what the evidence says. The picture takes the
    text's colour (`currentColor`) and, where the page defines them, the CSS variables
    `--chart-line` and `--chart-alarm`; times are UTC. For the others see :func:`plot`.
    """
    ticks = max(3, width // 90)
    drawn = plot(evidence, since=since, until=until, stretches=stretches, ticks=ticks)
    if drawn is None:
        return ""
    canvas = _Canvas(drawn, width, height)
    words = escape(f"{finding(evidence) if title is None else title} Times are UTC.")
    parts = [
        f'<svg class="chart" role="img" viewBox="0 0 {width} {height}" width="100%" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="{_FONT}" font-family="inherit">',
        f"<title>{words}</title>",
        *canvas.spans(),
        *canvas.grid(clean(evidence.unit, 12)),
        *canvas.bands(),
        *canvas.lines(),
        *canvas.mark(),
        "</svg>",
    ]
    return "".join(parts)


class _Canvas:
    """A plot laid out on so many pixels."""

    def __init__(self, drawn: Plot, width: int, height: int) -> None:
        widest = max(len(label) for _, label in drawn.values)
        self.plot = drawn
        self.left, self.right = 10 + 6.3 * widest, width - 8.0
        self.ceiling, self.floor = 20.0, height - 22.0

    def x(self, at: float) -> float:
        share = (at - self.plot.begin) / (self.plot.end - self.plot.begin)
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        share = (value - self.plot.bottom) / (self.plot.top - self.plot.bottom)
        return self.floor - share * (self.floor - self.ceiling)

    def spans(self) -> list[str]:
        """Where an anomaly was open, as rectangles over the whole height."""
        high = self.floor - self.ceiling
        return [
            f'<rect class="chart-span" x="{self.x(start):.1f}" y="{self.ceiling:.1f}" '
            f'width="{max(2.0, self.x(end) - self.x(start)):.1f}" height="{high:.1f}" '
            f'fill="var(--chart-alarm, {_ALARM})" fill-opacity="0.14"/>'
            for start, end in self.plot.spans
        ]

    def grid(self, unit: str) -> list[str]:
        """The lines and numbers of both axes; times that would touch others are left out."""
        parts = [_text(4, 11, f"{unit}, UTC" if unit else "UTC", "start")]
        for value, label in self.plot.values:
            y = self.y(value)
            parts.append(
                f'<path d="M{self.left:.1f} {y:.1f}H{self.right:.1f}" stroke="currentColor" '
                f'stroke-opacity="0.13"/>' + _text(self.left - 5, y + 4, label, "end")
            )
        for at, label in self._readable_times():
            x = self.x(at)
            parts.append(
                f'<path d="M{x:.1f} {self.floor:.1f}v4" stroke="currentColor" '
                f'stroke-opacity="0.4"/>' + _text(x, self.floor + 16, label, "middle")
            )
        return parts

    def _readable_times(self) -> list[tuple[float, str]]:
        half = 3.2 * max((len(label) for _, label in self.plot.times), default=0)
        kept: list[tuple[float, str]] = []
        for at, label in self.plot.times:
            x = self.x(at)
            is_clear = not kept or x - self.x(kept[-1][0]) > 2 * half + 8
            if is_clear and half <= x <= self.right + 6 - half:
                kept.append((at, label))
        return kept

    def bands(self) -> list[str]:
        """What was expected, as filled outlines, one for each run without a gap."""
        return [
            f'<path class="chart-band" d="{self._outline(band)}" '
            f'fill="var(--chart-line, currentColor)" fill-opacity="0.16"/>'
            for band in self.plot.bands
        ]

    def _outline(self, band: Sequence[tuple[float, float, float]]) -> str:
        there = [f"{self.x(at):.1f} {self.y(high):.1f}" for at, _, high in band]
        back = [f"{self.x(at):.1f} {self.y(low):.1f}" for at, low, _ in reversed(band)]
        return f"M{'L'.join(there + back)}Z"

    def lines(self) -> list[str]:
        """The values, a path for each stretch without a gap."""
        return [
            f'<path class="chart-line" d="{self._path(run)}" fill="none" '
            f'stroke="var(--chart-line, currentColor)" stroke-width="1.6" '
            f'stroke-linejoin="round" stroke-linecap="round"/>'
            for run in self.plot.runs
        ]

    def _path(self, run: Sequence[tuple[float, float]]) -> str:
        joined = "L".join(f"{self.x(at):.1f} {self.y(value):.1f}" for at, value in run)
        return f"M{joined}" + ("h0.1" if len(run) == 1 else "")

    def mark(self) -> list[str]:
        """A dot on the value that is told of, where there is one."""
        if self.plot.marked is None:
            return []
        at, value = self.plot.marked
        return [
            f'<circle class="chart-mark" cx="{self.x(at):.1f}" cy="{self.y(value):.1f}" r="4.5" '
            f'fill="var(--chart-alarm, {_ALARM})"/>'
        ]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor" '
        f'fill-opacity="0.75">{escape(text)}</text>'
    )


def can_draw_png() -> bool:
    """True where matplotlib, the extra `charts`, is installed."""
    return find_spec("matplotlib") is not None


def png(evidence: Evidence, *, since: float | None = None, until: float | None = None) -> bytes:
    """The same picture as a PNG of 960 x 420, or nothing where there is nothing to draw.

    Takes about 0.1 s of processor time, so call it in a thread. Needs the extra `charts`.
    """
    return _png(evidence, since, until)


@lru_cache(32)
def _png(evidence: Evidence, since: float | None, until: float | None) -> bytes:
    """Kept for a while: the same picture goes to everybody who is told."""
    drawn = plot(evidence, since=since, until=until, ticks=4)
    if drawn is None:
        return b""
    # A figure is full of cycles, and of megabytes that the collector does not count: a worker,
    # whose collector seldom runs, would keep hundreds of MB of them. One that is half drawn while
    # another is collected would be taken for long-lived, so there is one at a time.
    with _drawing:
        image = _drawn(drawn, clean(evidence.unit, 12))
        gc.collect(1)
    return image


def _drawn(drawn: Plot, unit: str) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 2.625), dpi=160, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes(_frame(drawn))
    for start, end in drawn.spans:
        axes.axvspan(start, end, color=_ALARM, alpha=0.14, linewidth=0)
    for band in drawn.bands:
        at, low, high = zip(*band, strict=True)
        axes.fill_between(at, low, high, color="#33415c", alpha=0.16, linewidth=0)
    for run in drawn.runs:
        axes.plot(*zip(*run, strict=True), color="#1f2a44", linewidth=2.0)
    if drawn.marked:
        axes.plot(*drawn.marked, "o", color=_ALARM, markersize=9, clip_on=False)
    axes.set(xlim=(drawn.begin, drawn.end), ylim=(drawn.bottom, drawn.top))
    axes.set_xticks([at for at, _ in drawn.times], [label for _, label in drawn.times])
    axes.set_yticks([level for level, _ in drawn.values], [label for _, label in drawn.values])
    axes.tick_params(labelsize=_POINTS, color="#999999", labelcolor="#444444")
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#bbbbbb")
    axes.set_title(
        f"{unit}, times in UTC" if unit else "times in UTC",
        loc="left",
        fontsize=_POINTS,
        color="#666666",
        parse_math=False,
    )
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None}, pil_kwargs=_QUICKLY)
    return out.getvalue()


def _frame(drawn: Plot) -> tuple[float, float, float, float]:
    """Where the axes are; a layout that measures the labels would draw everything twice."""
    longest = max((len(label) for _, label in drawn.values), default=0)
    left = 0.034 + 0.0195 * longest
    return left, 0.18, 0.96 - left, 0.68
