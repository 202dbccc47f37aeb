"""A profile refuses what cannot be meant, in one sentence."""

import pytest

from detectors.counts import Counts
from detectors.ewma import Ewma
from detectors.half_space_trees import HalfSpaceTrees
from detectors.level_shift import LevelShift
from detectors.profile import Grade, Profile


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "name must not be empty"),
        ({"detectors": ()}, "either detectors or a model"),
        ({"model": HalfSpaceTrees()}, "either detectors or a model"),
        ({"detectors": (Ewma(), Ewma())}, "named only once"),
        (
            {"detectors": (LevelShift(reference="ewma"), Ewma())},
            "level_shift: its reference, ewma, is not among the detectors before it",
        ),
        ({"false_alarms_per_s": 0}, "false_alarms_per_s must be above 0"),
        ({"direction": "sideways"}, "up, down or both|both, up or down"),
        ({"open_samples": 6}, "1 <= m <= n <= 32"),
        ({"open_of": 33}, "1 <= m <= n <= 32"),
        ({"absent_after": 0.5}, "absent_after must be above 1"),
        (
            {"detectors": (Counts(),), "count_every_s": 60, "absent_after": 3},
            "leave out absent_after",
        ),
        ({"absent_at_most_s": 10}, "absent_at_most_s must be above"),
        ({"relearn_after_s": -1}, "relearn_after_s must be above 0"),
        ({"severity": 4}, "severity must be 0, 1, 2 or 3"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_profile_that_cannot_be_meant_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Profile(**{"name": "p", "detectors": (Ewma(),), **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"severity": 7}, {"p_below": 0}, {"after_s": -1}])
def test_a_grade_that_cannot_be_meant_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Grade(**{"severity": 1, **wrong})  # type: ignore[arg-type]
