"""What is told of labelled events: a planted fault within a label counts, one outside does not."""

import numpy as np

from bench.detection.labelled import Labelled
from bench.recall import told


def series(name: str, fault: slice, labelled: slice) -> Labelled:
    rng = np.random.default_rng([7, len(name)])
    at = 1_700_000_000.0 + 300.0 * np.arange(3000)
    value = 100 + 5 * rng.normal(size=3000)
    value[fault] += 200
    is_free = np.ones(3000, np.bool_)
    is_free[labelled] = False
    return Labelled(name, at, value, is_free)


def test_what_opens_in_an_event_tells_it_and_the_rest_is_held_against_the_budget() -> None:
    seen = series("seen", slice(2000, 2010), slice(1990, 2020))
    missed = series("missed", slice(2500, 2510), slice(1990, 2020))
    early = series("early", slice(2000, 2010), slice(5, 20))
    found = told("both", [seen, missed, early], "1/month")
    assert (found.events, found.told, found.outside) == (2, 1, 2)
    assert 1 < found.outside_to_budget < 3
