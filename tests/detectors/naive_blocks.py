"""Blocks of time and slow spreads of one series, in plain Python."""

import math
from statistics import median

import numpy as np


class NaiveBlocks:
    """Means of blocks by their number, as narrow as they are kept."""

    def __init__(self, width_s: float, count: int) -> None:
        self.width_s, self.count = width_s, count
        self.origin: float | None = None
        self.means: dict[int, float] = {}
        self.number, self.held = -1, 0

    def now(self, x: float, at: float) -> tuple[int, float]:
        """The block that a sample falls in, and its mean with it."""
        number = math.floor(at / self.width_s)
        origin = x if self.origin is None else self.origin
        before, held = (self.means[number], self.held) if number == self.number else (0.0, 0)
        return number, before + (x - origin - before) / (held + 1)

    def ages(self, x: float, at: float) -> list[float]:
        """The newest first, NaN where nothing was."""
        number, mean = self.now(x, at)
        past = [self.means.get(number - age, math.nan) for age in range(1, self.count)]
        return [mean, *past]

    def keep(self, x: float, at: float) -> None:
        number, mean = self.now(x, at)
        self.origin = x if self.origin is None else self.origin
        self.held = self.held + 1 if number == self.number else 1
        self.number, self.means[number] = number, float(np.float32(mean))


class NaiveSpread:
    """The usual size of something."""

    def __init__(self, spread_s: float) -> None:
        self.spread_s, self.size, self.judged = spread_s, 0.0, 0.0

    def scale(self, level: float) -> float:
        return max(1.2533 * self.size, 1e-9 * abs(level) + 1e-12)

    def keep(self, e: float, dt: float, weight: float) -> None:
        if math.isnan(e):
            return
        b, taken = max(1 - math.exp(-dt / self.spread_s), 1 / (self.judged + 1)), abs(e)
        if self.judged >= 20:
            b = min(b, 0.2)
            taken = min(taken, 5 * self.size) if self.size else taken
        self.size += weight * b * (taken - self.size)
        self.judged += weight


def mean(blocks: list[float]) -> float:
    """Of those that are known; NaN where fewer than two are."""
    known = [block for block in blocks if not math.isnan(block)]
    return math.nan if len(known) < 2 else sum(known) / len(known)


def slopes(blocks: list[float], width_s: float) -> list[float]:
    """All known slopes between blocks half a window apart, none where they are too few."""
    half = len(blocks) // 2
    pairs = zip(blocks[:half], blocks[half:], strict=True)
    known = sorted((new - old) / (half * width_s) for new, old in pairs if new - old == new - old)
    return known if len(known) >= half // 2 else []


def slope(blocks: list[float], width_s: float) -> float:
    """The median of them."""
    known = slopes(blocks, width_s)
    return median(known) if known else math.nan
