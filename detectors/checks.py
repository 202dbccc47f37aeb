"""Conformance: what every detector of the bank must hold to, ours and third parties'.

    def test_mine_conforms() -> None:
        check_detector(lambda: MyDetector(limit=3))

runs all checks, and says which are broken; :func:`checks` gives them one by one, for a test of
each. A check raises AssertionError with a sentence when it is broken. None of them needs to know
the detector; values are around 100, once a minute, and a wild one is 1e4, so a detector that needs
a bound or a whole is given one between them or above them.

A detector that judges a window rather than a value says so: `delay_s` is for how many seconds a
lasting change may stand before it is told, at a sample a minute. Without it, at once.
"""

import copy
import inspect
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from detectors.detector import Detector, Floats
from detectors.objects import Holder
from detectors.state import State, fresh

Make = Callable[[], Detector]
Check = Callable[[Make], None]

_ROWS = 5
_ALONE = (0, 3)
_STEP_S = 60.0
_EPOCH = 1_700_000_000.0
_HOURS = 30  # more than a day, so that a daily season is known
_FAR = 1e4
_USUAL, _RARE = 100, 5  # samples, and how many of them may be as far off as a wild one
_LONGEST_S = 6 * 3600.0  # of a delay


def check_detector(make: Make) -> None:
    """Run all checks. Raises AssertionError that names those that are broken, with their reasons.

    >>> from detectors.level import Level
    >>> check_detector(Level)
    """
    run(make, checks())


def run(make: Make, suite: Sequence[Check]) -> None:
    """Run some checks; none at all is a failure, and so are checks that cannot fail."""
    if not __debug__:
        raise RuntimeError("checks are assertions: run them without -O")
    assert suite, "there is not one check to run"
    broken = [reason for check in suite if (reason := _broken(check, make))]
    assert not broken, "\n".join(broken)


def _broken(check: Check, make: Make) -> str:
    try:
        check(make)
    except (AssertionError, ArithmeticError) as error:
        return f"{check.__name__}: {error}"
    return ""


def checks() -> tuple[Check, ...]:
    """All checks."""
    return (
        a_judgement_has_a_number_for_every_row,
        scoring_changes_nothing,
        a_memo_changes_nothing,
        many_rows_are_judged_as_one_row_is,
        rows_may_come_in_any_order,
        a_weight_of_zero_learns_no_level,
        a_wild_value_is_further_off_than_usual_ones,
        the_present_level_can_be_accepted,
        a_band_is_around_what_is_expected,
        odd_values_neither_warn_nor_break,
        a_long_gap_neither_warns_nor_breaks,
        what_is_kept_can_be_saved,
        parameters_are_keywords_and_shown,
    )


def a_judgement_has_a_number_for_every_row(make: Make) -> None:
    """Residual, expected, lower and upper are arrays of n float64, of a fresh state as well."""
    detector = make()
    for state, at in ((_fresh(detector, _ROWS), _at(0)), _taught(detector)):
        for column in detector.score(state, _values(1), at)[:4]:
            is_array = isinstance(column, np.ndarray) and column.dtype == np.float64
            assert is_array, "a column of a judgement is no array of float64"
            assert column.shape == (_ROWS,), "a column of a judgement has not a number for each row"


def scoring_changes_nothing(make: Make) -> None:
    """`score` leaves the state as it was."""
    detector = make()
    state, at = _taught(detector)
    before = state.bytes()
    detector.score(state, _values(1), at)
    assert state.bytes() == before, "score changed the state"


def a_memo_changes_nothing(make: Make) -> None:
    """Learning gives the same with the memo of the judgement and without."""
    detector = make()
    for steps in (3, 300, _steps()):
        (with_it, at), (without, _) = _taught(detector, steps), _taught(detector, steps)
        x, weight = _values(2), np.ones(_ROWS)
        detector.learn(with_it, x, at, weight, detector.score(with_it, x, at).memo)
        detector.learn(without, x, at, weight)
        assert with_it.bytes() == without.bytes(), "the memo changes what is learnt"


def many_rows_are_judged_as_one_row_is(make: Make) -> None:
    """One call over n rows gives bit for bit what n calls over one row give."""
    detector = make()
    together, at = _taught(detector)
    alone = {i: _fresh(detector) for i in _ALONE}
    for i, state in alone.items():
        for step in range(_steps()):
            detector.learn(state, _values(step)[i : i + 1], _at(step)[:1], np.ones(1))
        same = together.of([i]).bytes() == state.bytes()
        assert same, "learning together and alone differ"
    judged = detector.score(together, _values(7), at)
    for i, state in alone.items():
        single = detector.score(state, _values(7)[i : i + 1], at[:1])
        same = all(_equal(a[i : i + 1], b) for a, b in zip(judged[:-1], single[:-1], strict=True))
        assert same, "scoring together and alone differ"


def rows_may_come_in_any_order(make: Make) -> None:
    """A permutation of rows permutes the judgement."""
    detector = make()
    state, at = _taught(detector)
    order = np.arange(_ROWS)[::-1].copy()
    straight = detector.score(state, _values(3), at)
    turned = detector.score(state.of(order), _values(3)[order], at)
    same = all(_equal(a[order], b) for a, b in zip(straight[:-1], turned[:-1], strict=True))
    assert same, "the order of rows changes the judgement"


def a_weight_of_zero_learns_no_level(make: Make) -> None:
    """What is expected does not depend on a value that weighed nothing."""
    detector = make()
    expected = []
    for value in (100.0, 1e4):
        state, at = _taught(detector)
        detector.learn(state, np.full(_ROWS, value), at, np.zeros(_ROWS))
        expected.append(detector.score(state, _values(0), at + _STEP_S).expected)
    assert _equal(*expected), "a sample of weight 0 moved what is expected"


def a_wild_value_is_further_off_than_usual_ones(make: Make) -> None:
    """The residual of 1e4 is positive, and above those of 95 of the last hundred usual values.

    At once; or, of a detector with a `delay_s`, of a sample within it, while 1e4 lasts. Nothing is
    learnt meanwhile: samples weigh nothing, as those of an open anomaly do.
    """
    detector = make()
    usual, told = _usual(detector), [residual for _, _, residual in _strayed(detector)]
    assert np.isfinite([usual, *told]).all(), "there is no opinion after more than a day"
    wild = np.max(told, axis=0)
    assert (wild > 0).all(), "a value far above is not a positive residual"
    assert (wild > usual).all(), "a wild value is not further off than usual ones"


def the_present_level_can_be_accepted(make: Make) -> None:
    """After `rebase` to 1e4, 1e4 is not half as far off, or not at all; absolute ones may refuse.

    At the last sample of its `delay_s`, of a detector that has one.
    """
    detector, x = make(), np.full(_ROWS, _FAR)
    *_, (state, at, before) = _strayed(detector)
    detector.rebase(state, x, at)
    after = np.abs(detector.score(state, x, at + _STEP_S).residual)
    accepted = detector.is_absolute or bool(((after < np.abs(before) / 2) | (after == 0)).all())
    assert accepted, "rebase did not make the level normal"


def a_band_is_around_what_is_expected(make: Make) -> None:
    """Lower is at most expected, and expected at most upper, where there are any."""
    detector = make()
    state, at = _taught(detector)
    for x in (_values(1), np.full(_ROWS, _FAR)):
        _, expected, lower, upper, _ = detector.score(state, x, at)
        is_outside = (lower > expected) | (expected > upper) | (lower > upper)
        assert not is_outside.any(), "what is expected lies outside of its band"


def odd_values_neither_warn_nor_break(make: Make) -> None:
    """Constants, zeros, huge and negative values give finite residuals or NaN, silently."""
    detector = make()
    odd = [np.array([0.0, 5.0, -1e100, 1e100, 1e-300])] * 60 + [np.array([1.0, 5.0, 1e100, 0, 1])]
    with np.errstate(all="raise", under="ignore"):
        state = _fresh(detector, _ROWS)
        for step, x in enumerate(odd):
            residual = detector.score(state, x, _at(step)).residual
            assert not np.isinf(residual).any(), "a residual is infinite"
            detector.learn(state, x, _at(step), np.ones(_ROWS))


def a_long_gap_neither_warns_nor_breaks(make: Make) -> None:
    """A month without samples is a case, not an accident."""
    detector = make()
    state, at = _taught(detector)
    later = at + 30 * 86400.0
    with np.errstate(all="raise", under="ignore"):
        assert not np.isinf(detector.score(state, _values(0), later).residual).any()
        detector.learn(state, _values(0), later, np.ones(_ROWS))
        assert not np.isinf(detector.score(state, _values(1), later + 30).residual).any()


def what_is_kept_can_be_saved(make: Make) -> None:
    """State is numbers of a fixed size; an object beside them is the same after `load(dump())`."""
    detector = make()
    assert not detector.dtype.hasobject, (
        "a field of the state is an object: see detectors/objects.py"
    )
    state, at = _taught(detector)
    if not isinstance(detector, Holder):
        assert state.objects is None, "objects are kept, and nothing says how they are saved"
        return
    held = state.objects
    assert held is not None
    before = detector.score(state, _values(1), at)
    saved = held.packed()
    for i, data in enumerate(saved):
        assert data is not None, "a series that was learnt has no object"
        held[i] = detector.load(data)
    assert held.packed() == saved, "an object is another once it was saved and read"
    after = detector.score(state, _values(1), at)
    same = all(_equal(a, b) for a, b in zip(before[:4], after[:4], strict=True))
    assert same, "an object judges otherwise once it was saved and read"


def parameters_are_keywords_and_shown(make: Make) -> None:
    """Every parameter is keyword-only, and stands in `repr`, which signs saved state."""
    detector = make()
    for name, parameter in inspect.signature(type(detector)).parameters.items():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, f"{name} is not keyword-only"
        assert f"{name}=" in repr(detector), f"{name} is not in repr"


def _steps() -> int:
    return int(_HOURS * 3600 / _STEP_S)


def _at(step: int) -> Floats:
    return np.full(_ROWS, _EPOCH + _STEP_S * step)


def _values(step: int) -> Floats:
    values: Floats = 100.0 + 5.0 * np.sin(np.arange(_ROWS) + 7.3 * step) + (step * 31 % 17) / 4
    return values


def _taught(detector: Detector, steps: int | None = None) -> tuple[State, Floats]:
    """State after more than a day, and the time of the next sample."""
    steps = _steps() if steps is None else steps
    if not isinstance(detector, Hashable):
        return _state_after(detector, steps), _at(steps)
    return copy.deepcopy(_known_state(detector, steps)), _at(steps)


@lru_cache(maxsize=8)
def _known_state(detector: Any, steps: int) -> State:
    return _state_after(detector, steps)


def _state_after(detector: Detector, steps: int) -> State:
    state = _fresh(detector, _ROWS)
    for step in range(steps):
        detector.learn(state, _values(step), _at(step), np.ones(_ROWS))
    return state


def _usual(detector: Detector) -> Floats:
    """How far off the last hundred usual samples of each row were, five apart."""
    state, _ = _taught(detector, _steps() - _USUAL)
    sizes = []
    for step in range(_steps() - _USUAL, _steps()):
        x, at = _values(step), _at(step)
        sizes.append(np.abs(detector.score(state, x, at).residual))
        detector.learn(state, x, at, np.ones(_ROWS))
    rarely: Floats = np.sort(sizes, axis=0)[-_RARE - 1]
    return rarely


def _fresh(detector: Detector, series: int = 1) -> State:
    holder = detector if isinstance(detector, Holder) else None
    state = fresh(detector.dtype, series, holder)
    detector.start(state)
    return state


def _delay_s(detector: Detector) -> float:
    delay_s = float(getattr(detector, "delay_s", 0.0))
    assert 0 <= delay_s <= _LONGEST_S, "delay_s is not from 0 to six hours"
    return delay_s


def _strayed(detector: Detector) -> Iterator[tuple[State, Floats, Floats]]:
    """Taught state where 1e4 has come, at each sample for as long as the detector asks for.

    With the time of the sample, and the residual of 1e4.
    """
    state, at = _taught(detector)
    x, until = np.full(_ROWS, _FAR), at + _delay_s(detector)
    while (at <= until).all():
        yield state, at, detector.score(state, x, at).residual
        detector.learn(state, x, at, np.zeros(_ROWS))
        at = at + _STEP_S


def _equal(a: Floats, b: Floats) -> bool:
    return bool(np.array_equal(a, b, equal_nan=True))
