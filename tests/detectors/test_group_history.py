"""The past of groups: judged as a bank does that hears of it live, and causally."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.group_bank import GroupBank
from detectors.group_history import groups_watched
from detectors.history import Samples
from detectors.leeway import Said, Window
from tests.detectors import test_group_bank as groups

N, T0 = 400, groups.T0
GROUP = groups.GROUP.decode()


def past(x: np.ndarray) -> dict[str, Samples]:
    at = T0 + 60.0 * np.arange(len(x))
    return {key: Samples(at, x[:, column]) for column, key in enumerate(groups.KEYS)}


def odd() -> np.ndarray:
    x = groups.values(N)
    x[340:360] = [600, 0, 0.6]
    return x


def test_groups_of_the_past_are_judged_as_they_were_live() -> None:
    told = groups_watched(groups.QUICK, past(odd()))
    live = groups.feed(GroupBank(groups.QUICK), odd())
    assert [(one.series, one.is_open) for one in told.anomalies[GROUP]] == live
    assert live[0] == (GROUP, True)
    judged = T0 + 60.0 * np.arange(N - len(told.looks[GROUP].at), N)  # the model knew a window
    assert told.looks[GROUP].at.tolist() == judged.tolist()
    assert len(judged) > 250


@pytest.mark.parametrize("cut", [150, 341, 350])
def test_nothing_that_is_said_of_a_vector_depends_on_a_later_one(cut: int) -> None:
    whole = groups_watched(groups.QUICK, past(odd())).looks[GROUP]
    part = groups_watched(groups.QUICK, past(odd()[:cut])).looks[GROUP]
    assert len(part.at) > 40
    for now, later in zip(part, whole, strict=True):
        np.testing.assert_array_equal(now, later[: len(part.at)])


def test_a_group_that_falls_silent_is_told_when_it_does() -> None:
    profile = replace(groups.QUICK, absent_after=5.0)
    x = groups.values(N)
    end = T0 + 60.0 * N
    told = groups_watched(profile, past(x), ends_at=end + 3600).anomalies[GROUP]
    absent = told[-1]
    assert absent.is_open
    assert end < absent.opened_at + 120 < end + 300
    assert groups_watched(profile, past(x)).anomalies[GROUP] == told[:-1]


def test_a_group_in_maintenance_opens_nothing() -> None:
    window = Window(T0 + 60 * 290, T0 + 60 * N, True, lambda key: key == GROUP)
    told = groups_watched(groups.QUICK, past(odd()), said=Said(lambda _: 0, (window,)))
    assert not any(one.opened_at >= window.begins_at for one in told.anomalies[GROUP])
