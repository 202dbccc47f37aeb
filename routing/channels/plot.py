"""The geometry of a picture: what is drawn where, before anybody draws it."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

from msgspec import Struct

from routing.alert import Evidence, Point
from routing.channels.text import is_number

_HUGE, _TINY = 1e150, 1e-300
_LAST_DAY = datetime(9999, 12, 1, tzinfo=UTC).timestamp()
_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
_DAY = 86400
_GAP = 6  # so many usual steps without a sample are silence
_MOST_EMPTY = 100
_SIZES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


Stretch = tuple[float, float]  # epoch seconds: since, and until


class Plot(Struct, frozen=True, kw_only=True):
    """Points ready to be drawn: runs without gaps, the band, what is abnormal, and both axes.

    Times are epoch seconds. `marked` is the abnormal value farthest outside its band, and nothing
    where the finding is silence; `spans` are the abnormal stretches.
    """

    runs: tuple[tuple[tuple[float, float], ...], ...]
    bands: tuple[tuple[tuple[float, float, float], ...], ...]
    spans: tuple[tuple[float, float], ...]
    marked: tuple[float, float] | None
    begin: float
    end: float
    bottom: float
    top: float
    times: tuple[tuple[float, str], ...]
    values: tuple[tuple[float, str], ...]


def plot(
    evidence: Evidence,
    *,
    since: float | None = None,
    until: float | None = None,
    stretches: Sequence[Stretch] | None = None,
    ticks: int = 4,
) -> Plot | None:
    """The geometry of the evidence, or None where fewer than two points are known.

    `since` and `until` bound the abnormal stretch, or `stretches` are several; without either it is
    what lies outside the band or is missing at the end.
    """
    if stretches is None and since is not None:
        stretches = [(since, math.inf if until is None else until)]
    points = _with_gaps(
        sorted((p for p in evidence.points if 0 <= p.at < _LAST_DAY), key=lambda p: p.at)
    )
    levels = _levels(points)
    if len(points) < 2 or not levels or points[0].at == points[-1].at:
        return None
    begin, end = points[0].at, points[-1].at
    bottom, top = _range(levels)
    abnormal = _abnormal(points, stretches)
    values = tuple((level, compact(level)) for level in _nice(bottom, top, ticks))
    bottom, top = min(bottom, values[0][0]), max(top, values[-1][0])
    return Plot(
        runs=tuple(_runs((p.at, p.value) for p in points)),
        bands=tuple(_bands(points, bottom, top)),
        spans=tuple(_spans(points, abnormal)),
        marked=_marked(points, abnormal) if is_number(evidence.value) else None,
        begin=begin,
        end=end,
        bottom=bottom,
        top=top,
        times=tuple(_time_ticks(begin, end, ticks)),
        values=values,
    )


def _with_gaps(points: Sequence[Point]) -> Sequence[Point]:
    """The points, and where two are far apart that nothing is known between them."""
    steps = [after.at - before.at for before, after in pairwise(points)]
    usual = median(steps) if steps else 0.0
    filled = list(points[:1])
    for point, step, last_step in zip(points[1:], steps, [usual, *steps], strict=False):
        if usual > 0 and step > _GAP * max(usual, last_step):
            count = int(min(step / usual, _MOST_EMPTY))
            filled += (Point(point.at - step * i / count, None) for i in range(count - 1, 0, -1))
        filled.append(point)
    return filled


def _levels(points: Sequence[Point]) -> list[float]:
    every = (level for p in points for level in (p.value, p.lower, p.upper))
    return [_bounded(level) for level in every if level is not None and math.isfinite(level)]


def _bounded(level: float) -> float:
    return max(-_HUGE, min(level, _HUGE))


def _range(levels: Sequence[float]) -> tuple[float, float]:
    low, high = min(levels), max(levels)
    if high - low < _TINY:  # axes have no steps so small
        low, high = low - _margin(low), high + _margin(high)
    if 0 <= low < high / 3:
        low = 0.0
    pad = (high - low) * 0.06
    return (low if low == 0 else low - pad), high + pad


def _margin(level: float) -> float:
    return abs(level) / 10 if abs(level) > _TINY else 1.0


def _runs(pairs: Iterable[tuple[float, float | None]]) -> Iterable[tuple[tuple[float, float], ...]]:
    run: list[tuple[float, float]] = []
    for at, value in pairs:
        if value is not None and math.isfinite(value):
            run.append((at, _bounded(value)))
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _bands(
    points: Sequence[Point], bottom: float, top: float
) -> Iterable[tuple[tuple[float, float, float], ...]]:
    sides = {p.at: (_known(p.lower), _known(p.upper)) for p in points}
    edges = ((at, low if low is not None else high) for at, (low, high) in sides.items())
    for run in _runs(edges):
        yield tuple((at, _or(sides[at][0], bottom), _or(sides[at][1], top)) for at, _ in run)


def _known(level: float | None) -> float | None:
    return _bounded(level) if level is not None and math.isfinite(level) else None


def _or(level: float | None, edge: float) -> float:
    return edge if level is None else level


def _abnormal(points: Sequence[Point], stretches: Sequence[Stretch] | None) -> list[bool]:
    if stretches is not None:
        return [any(since <= point.at < until for since, until in stretches) for point in points]
    outside = [_is_outside(point) for point in points]
    for i in range(len(points) - 1, -1, -1):
        if is_number(points[i].value):
            break
        outside[i] = True
    return outside


def _is_outside(point: Point) -> bool:
    if point.value is None or not math.isfinite(point.value):
        return False
    above = point.upper is not None and point.value > point.upper
    return above or (point.lower is not None and point.value < point.lower)


def _spans(points: Sequence[Point], abnormal: Sequence[bool]) -> Iterable[tuple[float, float]]:
    half = (points[-1].at - points[0].at) / (len(points) - 1) / 2
    start: float | None = None
    for point, is_abnormal in zip(points, abnormal, strict=True):
        if is_abnormal and start is None:
            start = max(points[0].at, point.at - half)
        elif not is_abnormal and start is not None:
            yield start, point.at - half
            start = None
    if start is not None:
        yield min(start, points[-1].at - half), points[-1].at


def _marked(points: Sequence[Point], abnormal: Sequence[bool]) -> tuple[float, float] | None:
    found = [
        (_excess(point), point.at, point.value)
        for point, is_abnormal in zip(points, abnormal, strict=True)
        if is_abnormal and point.value is not None and math.isfinite(point.value)
    ]
    if not found:
        return None
    _, at, value = max(found)
    return at, _bounded(value)


def _excess(point: Point) -> float:
    """How far a value lies outside its band."""
    value = point.value or 0.0
    below = -math.inf if point.lower is None else point.lower - value
    above = -math.inf if point.upper is None else value - point.upper
    return max(below, above, 0.0)


def _nice(low: float, high: float, count: int) -> list[float]:
    raw = (high - low) / count
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def _time_ticks(begin: float, end: float, count: int) -> Iterable[tuple[float, str]]:
    raw = (end - begin) / count
    step = next((s for s in _TIME_STEPS if s >= raw), _DAY * max(1, math.ceil(raw / _DAY)))
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < _DAY else "%d %b"
    first, last = math.ceil(begin / step), math.floor(end / step)
    for index in range(first, min(last, first + 2 * count) + 1):
        is_date = end - begin > _DAY and index * step % _DAY == 0
        label = datetime.fromtimestamp(index * step, UTC).strftime("%d %b" if is_date else form)
        yield index * step, label


def compact(value: float) -> str:
    """A number short enough for an axis.

    >>> compact(1500), compact(0.25), compact(-2e9), compact(0)
    ('1.5k', '0.25', '-2G', '0')
    """
    for size, letter in _SIZES:
        if size <= abs(value) < size * 1000:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}" if abs(value) > 1e-12 else "0"
