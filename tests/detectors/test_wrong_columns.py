"""What a third party's detector says in another form than it should is refused by its name."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from detectors.bank import Bank
from detectors.detector import Detector, Floats, Judgement
from detectors.level import Level
from detectors.profile import Profile
from detectors.state import State

SERIES = 3
Form = Callable[[Floats], Any]


class Theirs:
    """A detector of somebody else's, whose columns change their form after some rounds."""

    name = "theirs"
    dtype = np.dtype([("level", "f8")])
    is_absolute = False

    def __init__(self, form: Form, *, after: int = 0) -> None:
        self._form, self._after = form, after

    def start(self, state: State) -> None:
        """Zeroes are fresh."""

    def score(self, state: State, x: Floats, at: Floats) -> Judgement:
        self._after -= 1
        column = x - state["level"]
        return Judgement(*[column if self._after >= 0 else self._form(column)] * 4)

    def learn(self, state: State, x: Floats, at: Floats, weight: Floats, memo: Any = None) -> None:
        state["level"] = x

    def rebase(self, state: State, x: Floats, at: Floats) -> None:
        state["level"] = x


class Wrong(NamedTuple):
    what: str
    form: Form
    said: str


WRONG = [
    Wrong("single precision", lambda c: c.astype(np.float32), "an array of 3 float32"),
    Wrong("whole numbers", lambda c: c.astype(int), "an array of 3 int64"),
    Wrong("objects", lambda c: c.astype(object), "an array of 3 object"),
    Wrong("text", lambda c: c.astype(str), "an array of 3 <U32"),
    Wrong("a list", lambda c: c.tolist(), "of type list"),
    Wrong("a number", lambda _: 1.0, "of type float"),
    Wrong("an array of no dimension", lambda _: np.array(1.0), "an array of 1 float64"),
    Wrong("nothing", lambda _: None, "of type NoneType"),
    Wrong("too long", lambda c: np.append(c, [1.0] * 1000), "an array of 1003 float64"),
    Wrong("too short", lambda c: c[1:], "an array of 2 float64"),
    Wrong("a table", lambda c: c[:, None], "an array of 3 x 1 float64"),
]
OTHER_SIZES = [one for one in WRONG if one.what in {"a number", "nothing", "too long", "too short"}]


def observe(*detectors: Detector) -> Bank:
    bank = Bank(Profile(name="theirs", detectors=detectors))
    rows = bank.rows([str(i) for i in range(SERIES)])
    for step in range(5):
        bank.observe(rows, np.full(SERIES, float(step)), np.arange(SERIES) + step % 2, step)
    return bank


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.what)
@pytest.mark.parametrize("before", [(), (Level(),)], ids=["alone", "beside another"])
def test_other_columns_than_they_should_be_are_refused(
    case: Wrong, before: tuple[Detector, ...]
) -> None:
    said = f"theirs: residual is {case.said}, not an array of 3 float64"
    with pytest.raises(TypeError, match=f"^{said}$"):
        observe(*before, Theirs(case.form))


@pytest.mark.parametrize("case", OTHER_SIZES, ids=lambda case: case.what)
def test_columns_that_have_another_size_later_are_refused_as_well(case: Wrong) -> None:
    with pytest.raises(TypeError, match=f"^theirs: residual is {case.said}, not an array of 3"):
        observe(Level(), Theirs(case.form, after=2))


def test_columns_that_do_not_lie_together_are_as_good_as_others() -> None:
    apart, plain = observe(Theirs(lambda c: np.repeat(c, 2)[::2])), observe(Theirs(np.copy))
    for series in map(str, range(SERIES)):
        (one, other) = (bank.state(series)["tails"].bytes() for bank in (apart, plain))
        assert one == other
