"""The period of a series, found on the way: by the autocorrelation of its means over four scales.

Rings of 64 bins hold the last samples, and means of 8, 64 and 512 of them: so lags from 2 samples
to 16,384 can be seen with 1 KB. From time to time, first after some 128 samples, then each time the
series has become up to twice as old, in the end every 4,096 samples, each ring is freed of its line
and of what is wild, and searched for the first peak of its autocorrelation near the highest:

    r(l) = sum y_i y_{i+l} / sqrt(sum y_i^2 sum y_{i+l}^2)

A peak counts when two periods fit what is known, when it is 0.45 and 3.5 / sqrt(pairs) high, and
0.25 above the lowest r before it (so that a slow return to the mean is none). Of several rings the
finest wins whose peak explains nearly as much variance as any. The place of a peak is interpolated,
made more precise at its second and third repetition, and taken for an hour, a day or a week where
it is next to one.

What is found is a candidate and no more: that it explains the series has to be shown by forecasts.

Cost: 0.1 µs a sample at 1,000 rows, 20 µs a search of a row; 1,056 bytes. It misleads where a
period is no whole number of samples and its shape is sharp: a multiple of it is found then, which
explains as much. Two cycles place a long period to 5 % only; a week of samples a minute apart needs
five weeks, and is not found where the level explains it as well.

Reference: G. E. P. Box, G. M. Jenkins, 1970, Time Series Analysis: Forecasting and Control.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.constants import constant32
from detectors.detector import Floats
from detectors.flags import Flags, some, which
from detectors.kernels import period as kernels
from detectors.state import Index, State

Floats32 = npt.NDArray[np.float32]

RINGS, BINS, SHIFT = kernels.RINGS, kernels.BINS, kernels.SHIFT
PERIOD: list[Any] = [
    ("base", "f8"),  # seconds of the finest bin; 0 until the pace is known
    ("number", "i8"),  # the finest bin of the last sample, counted from the epoch
    ("due", "i8"),  # when to search next, in bins of 64 samples
    ("pace", "f8"),  # mean of the logarithm of the first steps
    ("rings", "f4", (RINGS * BINS, 1)),
]

_PACED = 16  # samples until the pace is known
_FILLED = 7 * BINS // 8  # of the finest bins: with fewer they are too fine
_LAGS, _REPEATED = BINS // 2, 3 * BINS // 4  # of peaks, and of their repetitions
_LEAST, _SURE, _RISE, _NEAR = 0.45, 3.5, 0.25, 0.85
_FINE = 0.7
_UNKNOWN = constant32(np.nan)
_CALENDAR = np.array([60, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 604800.0])


class Found(NamedTuple):
    """Rows that were searched, and the period of each in seconds; 0 for none."""

    rows: Index
    period_s: Floats


def learn(state: State, x: Floats, at: Floats) -> Found | None:
    """Take samples into the rings, in place, and search those that are due; None where none is.

    Values are taken relative to the `origin` of the season, which learns of them afterwards: `at`
    and `seen` tell of the samples before.
    """
    if some(state["base"] == 0):
        _begin(state, x, at)
    own = (state[name] for name in ("number", "due", "base"))
    rings, is_due = state.cells["rings"], np.empty(len(x), np.bool_)
    kernels.learn(*own, rings.flat, rings.base, state["origin"], x, at, is_due)
    due = which(is_due)
    return _searched(state, due) if len(due) else None


def _begin(state: State, x: Floats, at: Floats) -> None:
    """Learn the pace of young rows: the usual distance of their first samples."""
    rows = which((state["base"] == 0) & (state["seen"] >= 1) & (at > state["at"]))
    if not len(rows):
        return
    seen, pace = state["seen"][rows], state["pace"][rows]
    pace = pace + (np.log(at[rows] - state["at"][rows]) - pace) / seen
    state.put(rows, {"pace": pace})
    is_paced = seen >= _PACED
    if some(is_paced):
        ready = rows[is_paced]
        y = np.clip(x[ready] - state["origin"][ready], -kernels.HIGHEST, kernels.HIGHEST)
        _restart(state, ready, np.exp(pace[is_paced]), at[ready], y)


def _restart(state: State, rows: Index, base: Floats, at: Floats, y: Floats) -> None:
    """Empty the rings of rows, and let the finest bin be `base` seconds."""
    rings = state.cells["rings"].of(rows)
    for place in range(RINGS * BINS):
        rings.put(rings.at(np.full(len(rows), place)), _UNKNOWN)
    number = _bin(at, base)
    state.put(
        rows, {"base": base, "number": number, "due": (number >> kernels.TURN) + 2 + _mixed(y, 4)}
    )


def _searched(state: State, rows: Index) -> Found:
    number = state["number"][rows]
    levels = np.arange(RINGS)[:, None]
    last = (number[:, None, None] >> (SHIFT * levels)) - (levels > 0)
    order = BINS * levels + ((last - (BINS - 1) + np.arange(BINS)) & (BINS - 1))
    rings = state.cells["rings"].of(rows).values()[:, :, 0]
    y = np.take_along_axis(rings, order.reshape(len(rows), -1), axis=1).astype(np.float64)
    y = y.reshape(len(rows), RINGS, BINS)
    is_sparse = np.count_nonzero(np.isfinite(y[:, 0]), axis=1) < _FILLED
    _age(state, rows, rings.reshape(-1, RINGS, BINS), is_sparse)
    width = state["base"][rows][:, None] * (1 << SHIFT * np.arange(RINGS))
    lag, explained = _candidates(y.reshape(-1, BINS))
    of_ring = explained.reshape(-1, RINGS)
    best = np.argmax(
        of_ring >= np.maximum(_FINE * of_ring.max(axis=1, keepdims=True), 1e-300), axis=1
    )
    chosen = np.arange(len(rows)) * RINGS + best
    lag, explained, width = lag[chosen], explained[chosen], width.reshape(-1)[chosen]
    period = _named(lag * width, width, best == 0)
    return Found(rows, np.where((explained > 0) & ~is_sparse, period, 0.0))


def _age(state: State, rows: Index, rings: Floats32, is_sparse: Flags) -> None:
    """Say when to search again: after about as long as the row is old, and not all rows at once."""
    known = np.count_nonzero(np.isfinite(rings[:, 2]), axis=1)  # of bins of 64 samples
    wait = np.maximum(known - _mixed(rings[:, 0, 0], known // 2), 1)
    state.put(rows, {"due": (state["number"][rows] >> kernels.TURN) + wait})
    slow = rows[is_sparse]
    if len(slow):
        base = state["base"][slow]
        _restart(state, slow, 2 * base, state["number"][slow] * base, np.zeros(len(slow)))


def _mixed(value: Floats | Floats32, below: Index | int) -> Index:
    """A whole number from 0 to below `below` that depends on all digits of a value."""
    bits = np.asarray(value, np.float32).view(np.uint32).astype(np.int64)
    mixed: Index = ((bits * 2654435761) >> 16) % np.maximum(below, 1)
    return mixed


def _candidates(y: Floats) -> tuple[Floats, Floats]:
    """For each ring of (n, bins): a period in bins, and the variance that it explains."""
    known = np.isfinite(y)
    y = _levelled(np.where(known, y, 0.0), known)
    r, pairs = _autocorrelation(y, known * 1.0)
    lags = np.arange(2, _LAGS + 1)
    here, before, after = r[:, 2 : _LAGS + 1], r[:, 1:_LAGS], r[:, 3 : _LAGS + 2]
    lowest = np.minimum.accumulate(r[:, 1:_LAGS], axis=1)
    many = pairs[:, 2 : _LAGS + 1]
    least = np.maximum(_LEAST, _SURE / np.sqrt(np.maximum(many, 1)))
    fits = 2 * lags <= np.count_nonzero(known, axis=1)[:, None]
    is_peak = (here >= before) & (here > after) & (here >= least) & (here - lowest >= _RISE) & fits
    height = np.where(is_peak, here, 0.0)
    best = height.max(axis=1)
    first = np.argmax(height >= np.maximum(_NEAR * best, 1e-9)[:, None], axis=1)
    lag = _interpolated(r, lags[first])
    for repeated in (2, 3):
        lag = _sharpened(r, lag, repeated)
    there = np.take_along_axis(height, first[:, None], axis=1)[:, 0]
    variance = (y * y).sum(axis=1) / np.maximum(np.count_nonzero(known, axis=1), 1)
    return lag, np.where(best > 0, there * variance, 0.0)


def _levelled(y: Floats, known: Flags) -> Floats:
    """Without its line, and with what is further off than four mean deviations pulled in."""
    count = np.maximum(np.count_nonzero(known, axis=1), 1)[:, None]
    t = np.where(known, np.arange(BINS), 0.0)
    t = np.where(known, t - t.sum(axis=1)[:, None] / count, 0.0)
    y = np.where(known, y - y.sum(axis=1)[:, None] / count, 0.0)
    slope = (t * y).sum(axis=1) / np.maximum((t * t).sum(axis=1), 1e-9)
    y = y - slope[:, None] * t
    far = 4 * np.abs(y).sum(axis=1)[:, None] / count
    bounded: Floats = np.minimum(np.maximum(y, -far), far)
    return bounded


def _autocorrelation(y: Floats, known: Floats) -> tuple[Floats, Floats]:
    """r at every lag below the bins, and how many pairs it rests on."""
    size = 2 * BINS
    of_y, of_square, of_known = (np.fft.rfft(part, size) for part in (y, y * y, known))
    product = np.fft.irfft(np.abs(of_y) ** 2, size)[:, :BINS]
    crossed = np.fft.irfft(of_square * of_known.conj(), size)  # of y^2 and what is known
    later, earlier = crossed[:, :BINS], crossed[:, -np.arange(BINS)]
    pairs = np.fft.irfft(np.abs(of_known) ** 2, size)[:, :BINS]
    scale = np.sqrt(np.maximum(later, 0) * np.maximum(earlier, 0))
    floor = 1e-9 * crossed[:, :1] + 1e-300
    return np.where(scale > floor, product / np.maximum(scale, floor), 0.0), pairs


def _interpolated(r: Floats, lag: Index) -> Floats:
    """The top of the parabola through a peak and its neighbours."""
    left, here, right = (np.take_along_axis(r, lag[:, None] + i, axis=1)[:, 0] for i in (-1, 0, 1))
    bend = np.minimum(left + right - 2 * here, -1e-9)
    shift: Floats = np.minimum(np.maximum((left - right) / (2 * bend), -0.5), 0.5)
    return lag + shift


def _sharpened(r: Floats, lag: Floats, repeated: int) -> Floats:
    """The lag by the place of its repetition, where that lies within the ring and is a peak."""
    near = np.rint(lag * repeated).astype(np.intp)
    is_inside = near + 2 < _REPEATED
    near = np.where(is_inside, near, 2)
    around = np.stack([np.take_along_axis(r, near[:, None] + i, axis=1)[:, 0] for i in (-1, 0, 1)])
    near = near + np.argmax(around, axis=0) - 1
    near = np.maximum(near, 2)
    is_good = is_inside & (around.max(axis=0) > _LEAST)
    return np.where(is_good, _interpolated(r, near) / repeated, lag)


def _named(period_s: Floats, width: Floats, is_finest: Flags) -> Floats:
    """The period of the calendar next to a period; among samples, their whole number if near."""
    off = np.abs(period_s[:, None] - _CALENDAR)
    near = np.argmin(off, axis=1)
    named = _CALENDAR[near]
    is_named = off[np.arange(len(near)), near] <= np.maximum(0.4 * width, 0.01 * named)
    samples = np.maximum(np.rint(period_s / width), 1)
    is_whole = is_finest & (np.abs(period_s / width - samples) < 0.15)
    return np.where(is_named & ~is_finest, named, np.where(is_whole, samples * width, period_s))


def _bin(at: Floats, base: Floats) -> Index:
    places = np.clip(at / base, -kernels.FARTHEST, kernels.FARTHEST)
    return np.floor(places).astype(np.intp)
