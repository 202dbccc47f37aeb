"""Levels of tests in a row, so that of what is found few are nothing: LORD++ and SAFFRON.

Of R findings at most a share `rate` may be nothing, on average and in the long run. A test at level
a, of a p-value, is a finding where p <= a. The t-th test has the level

    a = w g(t) + (rate - w) g(t - t1) + rate (g(t - t2) + g(t - t3) + ...),  w = rate / 2
    g(j) = 0.079 log(max(j, 2)) / (j exp(sqrt(log j)))

after findings at t1, t2, ...: g adds up to 1, so that the levels of all tests never add up to more
than rate R (LORD++). SAFFRON spends less on what is nothing: tests with p <= `bar` = 0.5 are not
counted by t, and the level is min(bar, (1 - bar) a). LORD++ is the same with `bar` = 0.

Both hold where the p-values of what is nothing do not depend on each other. A level may be below
what it could be, and is where tests run at once or findings are put together.

References: A. Javanmard, A. Montanari, 2018, Online Rules for Control of False Discovery Rate and
False Discovery Exceedance (LORD, g); A. Ramdas, F. Yang, M. Wainwright, M. Jordan, 2017, Online
Control of the False Discovery Rate with Decaying Memory (LORD++); A. Ramdas, T. Zrnic,
M. Wainwright, M. Jordan, 2018, SAFFRON: an Adaptive Algorithm for Online Control of the False
Discovery Rate; T. Zrnic, A. Ramdas, M. Jordan, 2021, Asynchronous Online Testing of Multiple
Hypotheses (tests that run at once).
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from detectors.detector import Floats

Method = Literal["lord", "saffron"]
BARS: dict[Method, float] = {"lord": 0.0, "saffron": 0.5}
"""The p-value up to which a test costs nothing, by method."""

_WHOLE = 0.079  # 1 / the sum of the rest over all j is 0.0791
_MOST_FINDS = 24


class Spending(NamedTuple):
    """How levels are spent: the share of findings that may be nothing, and the bar."""

    rate: float
    bar: float


class Finds(NamedTuple):
    """So many findings of one owner, none before that many tests had been counted."""

    after: int
    found: int


def share(number: Floats) -> Floats:
    """g(j), which falls with j >= 1.

    >>> share(np.array([1.0, 2.0, 1000.0])).round(6).tolist()
    [0.054759, 0.011908, 3.9e-05]
    """
    shares: Floats = (
        _WHOLE * np.log(np.maximum(number, 2.0)) / (number * np.exp(np.sqrt(np.log(number))))
    )
    return shares


def level(spending: Spending, number: Floats, finds: Sequence[Finds]) -> Floats:
    """The levels of tests by their number, each as if nothing were found after `finds`.

    >>> level(Spending(0.1, 0.0), np.array([1.0, 50.0]), []).round(6).tolist()
    [0.002738, 4.3e-05]
    >>> level(Spending(0.1, 0.0), np.array([50.0]), [Finds(49, 1)]).round(6).tolist()
    [0.002781]
    """
    rate, bar = spending
    total = rate / 2 * share(number)
    for nth, (after, found) in enumerate(finds):
        total += (rate * found - (rate / 2 if nth == 0 else 0.0)) * share(number - after)
    return np.minimum((1 - bar) * total, bar or 1.0)


def put_together(finds: Sequence[Finds], now: int) -> list[Finds]:
    """At most 24 of them: the two whose ages are most alike count as the older one."""
    kept = list(finds)
    while len(kept) > _MOST_FINDS:
        ages = [now - one.after + 1 for one in kept]
        nth = min(range(len(kept) - 1), key=lambda i: ages[i] / ages[i + 1])
        older, younger = kept[nth : nth + 2]
        kept[nth : nth + 2] = [Finds(older.after, older.found + younger.found)]
    return kept
