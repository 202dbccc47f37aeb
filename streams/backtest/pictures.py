"""Pictures of a series: the whole of it, and one anomaly from near."""

import math

import numpy as np
import numpy.typing as npt

from detectors.detector import Floats
from detectors.episodes import Episode
from detectors.looks import Looks
from routing.alert import Evidence, Point
from routing.channels.chart import svg
from streams.backtest.judged import Judged
from streams.backtest.words import anomalies

_BEFORE, _AFTER, _MOST = 48, 12, 160  # samples of a near picture
_PIXELS = 3  # a part of a whole picture is so wide
_ROOM = 0.5  # of the values' range, for the band above and below


def whole(one: Judged, *, width: int, height: int) -> str:
    """All of a series: least and greatest value of each part of its time, anomalies marked."""
    found = anomalies(len(one.episodes)) if one.episodes else "no anomalies"
    return svg(
        _evidence(one.key, _parts(one.looks, width // _PIXELS), value=None),
        stretches=[_stretch(episode) for episode in one.episodes],
        title=f"{one.key}: all samples, {found}.",
        width=width,
        height=height,
    )


def near(one: Judged, episode: Episode) -> str:
    """One anomaly, with some samples before and after it."""
    looks, (since, until) = one.looks, _stretch(episode)
    begin = int(np.searchsorted(looks.at, since)) - _BEFORE
    end = int(np.searchsorted(looks.at, until)) + _AFTER
    begin = max(begin, 0)
    points = _points(*(column[begin : min(end, begin + _MOST)] for column in looks[:5]))
    return svg(_evidence(one.key, points), since=since, until=until, title=one.key)


def _stretch(episode: Episode) -> tuple[float, float]:
    return episode.opened_at, math.inf if episode.closed_at is None else episode.closed_at


def _evidence(series: str, points: tuple[Point, ...], *, value: float | None = 0.0) -> Evidence:
    return Evidence(
        series=series,
        value=value,
        expected=None,
        lower=None,
        upper=None,
        p_value=1.0,
        points=points,
    )


def _points(
    at: Floats, value: Floats, _: Floats, lower: Floats, upper: Floats
) -> tuple[Point, ...]:
    columns = (_known(value), _known(lower), _known(upper))
    return tuple(map(Point, at.tolist(), *columns))


def _parts(looks: Looks, count: int) -> tuple[Point, ...]:
    """Two points for each of so many equal parts of the time: its least and greatest value."""
    finite = np.isfinite(looks.at) & np.isfinite(looks.value)
    at, value = looks.at[finite], looks.value[finite]
    if len(at) <= 2 * count:
        return _points(at, value, value, looks.lower[finite], looks.upper[finite])
    order = np.argsort(at, kind="stable")
    edges = np.linspace(at.min(), at.max(), count + 1)
    part = np.minimum(np.searchsorted(edges, at[order], side="right") - 1, count - 1)
    first = np.searchsorted(part, np.arange(count))
    has = np.bincount(part, minlength=count) > 0
    low = _of_parts(np.minimum, value[order], first, has)
    high = _of_parts(np.maximum, value[order], first, has)
    room = _ROOM * float(np.ptp(value))
    bottom, top = value.min() - room, value.max() + room
    lower = np.clip(_of_parts(np.fmax, looks.lower[finite][order], first, has), bottom, top)
    upper = np.clip(_of_parts(np.fmin, looks.upper[finite][order], first, has), bottom, top)
    step = float(edges[1] - edges[0])
    when = np.column_stack((edges[:-1] + 0.25 * step, edges[:-1] + 0.75 * step)).ravel()
    both = np.column_stack((low, high)).ravel()
    return _points(when, both, both, np.repeat(lower, 2), np.repeat(upper, 2))


def _of_parts(
    least: np.ufunc, column: Floats, first: npt.NDArray[np.intp], has: npt.NDArray[np.bool_]
) -> Floats:
    """A reduction over each part, NaN where there is nothing in it."""
    found = np.full(len(first), np.nan)
    found[has] = least.reduceat(column, first[has])
    return found


def _known(column: Floats) -> list[float | None]:
    return [x if math.isfinite(x) else None for x in column.tolist()]
