"""The running range of values, by which they are scaled for models that need them in [0, 1]."""

import math

from msgspec import Struct

_LOW, _HIGH = 0.2, 0.8


class Range(Struct):
    """The running range of one feature; once old, it grows by a hundredth at a time.

    >>> values = Range(10.0, 20.0)
    >>> values.scale(15.0), values.scale(1e9)
    (0.5, 1.0)
    >>> values.unscale(0.5)
    15.0
    """

    low: float
    high: float
    seen: int = 1

    def scale(self, x: float) -> float:
        """Where a value lies: 0.2 to 0.8 within the range, 0 to 1 at the most."""
        return min(max(self.place(x), 0.0), 1.0)

    def place(self, x: float) -> float:
        """The same without an end: 1.4 is as far above the range as the range is wide."""
        width = self.high - self.low
        place = (x - self.low) / width if width > 0 else 0.5 + (x > self.low) - (x < self.low)
        return _LOW + (_HIGH - _LOW) * place

    def unscale(self, place: float) -> float:
        """The value that lies at a place."""
        return self.low + (place - _LOW) / (_HIGH - _LOW) * (self.high - self.low)

    def learn(self, x: float) -> None:
        """Take a value in."""
        outside = max(self.low - x, x - self.high, 0.0)
        most = max(0.01 * (self.high - self.low), 0.001 * outside)
        most = math.inf if self.seen < 100 else most
        self.low -= min(max(self.low - x, 0.0), most)
        self.high += min(max(x - self.high, 0.0), most)
        self.seen += 1
