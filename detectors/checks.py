"""Conformance: what every detector of the bank must hold to, ours and third parties'.

    for check in checks():
        check(lambda: MyDetector(limit=3))

A check raises AssertionError with a sentence when it is broken. None of them needs to know the
detector; values are around 100, once a minute, and a wild one is 1e4.
"""

import inspect
from collections.abc import Callable

import numpy as np

from detectors.detector import Detector, Floats
from detectors.objects import Holder
from detectors.state import State, fresh

Make = Callable[[], Detector]
Check = Callable[[Make], None]

_ROWS = 5
_STEP_S = 60.0
_EPOCH = 1_700_000_000.0
_HOURS = 30  # more than a day, so that a daily season is known
_FAR, _LASTS = 1e4, 180  # a wild value, and for how many steps it may have to last


def checks() -> tuple[Check, ...]:
    """All checks."""
    return (
        scoring_changes_nothing,
        a_memo_changes_nothing,
        many_rows_are_judged_as_one_row_is,
        rows_may_come_in_any_order,
        a_weight_of_zero_learns_no_level,
        a_wild_value_is_further_off_than_a_usual_one,
        the_present_level_can_be_accepted,
        odd_values_neither_warn_nor_break,
        a_long_gap_neither_warns_nor_breaks,
        parameters_are_keywords_and_shown,
    )


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
    alone = [_fresh(detector) for _ in range(_ROWS)]
    for i, state in enumerate(alone):
        for step in range(_steps()):
            detector.learn(state, _values(step)[i : i + 1], _at(step)[:1], np.ones(1))
        same = together.of([i]).bytes() == state.bytes()
        assert same, "learning together and alone differ"
    judged = detector.score(together, _values(7), at)
    for i, state in enumerate(alone):
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


def a_wild_value_is_further_off_than_a_usual_one(make: Make) -> None:
    """The residual of 1e4 is above that of 100, and positive; it is not NaN after a day.

    A detector that judges by what was before has a `delay`: so many samples may go by. One that
    expects no value may judge a window: then 1e4 may last three hours, and weighs nothing then.
    """
    detector = make()
    state, at = _taught(detector)
    usual = detector.score(state, np.full(_ROWS, 100.0), at).residual
    state, at = _strayed(detector)
    for _ in range(getattr(detector, "delay", 0)):
        detector.learn(state, np.full(_ROWS, 1e4), at, np.ones(_ROWS))
        at = at + _STEP_S
    wild = detector.score(state, np.full(_ROWS, 1e4), at).residual
    assert np.isfinite(wild).all(), "there is no opinion after more than a day"
    assert (wild > 0).all(), "a value far above is not a positive residual"
    assert (wild > np.abs(usual)).all(), "a wild value is no further off than a usual one"


def the_present_level_can_be_accepted(make: Make) -> None:
    """After `rebase` to 1e4, 1e4 is less far off than before; absolute detectors may refuse."""
    detector = make()
    state, at = _strayed(detector)
    x = np.full(_ROWS, 1e4)
    before = np.abs(detector.score(state, x, at).residual)
    detector.rebase(state, x, at)
    after = np.abs(detector.score(state, x, at + _STEP_S).residual)
    accepted = detector.is_absolute or bool((after < before / 2).all())
    assert accepted, "rebase did not make the level normal"


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
    state = _fresh(detector, _ROWS)
    steps = _steps() if steps is None else steps
    for step in range(steps):
        detector.learn(state, _values(step), _at(step), np.ones(_ROWS))
    return state, _at(steps)


def _fresh(detector: Detector, series: int = 1) -> State:
    holder = detector if isinstance(detector, Holder) else None
    state = fresh(detector.dtype, series, holder)
    detector.start(state)
    return state


def _strayed(detector: Detector) -> tuple[State, Floats]:
    """Taught state where 1e4 is far off: at once, or after a while where windows are judged."""
    state, at = _taught(detector)
    x, usual = np.full(_ROWS, _FAR), detector.score(state, np.full(_ROWS, 100.0), at)
    wild = detector.score(state, x, at)
    is_windowed = bool((np.isnan(wild.lower) & np.isnan(wild.upper)).all())
    is_far = bool((wild.residual > np.abs(usual.residual)).all())
    has_delay = bool(getattr(detector, "delay", 0))
    if is_far or not is_windowed or has_delay:
        return state, at
    for _ in range(_LASTS):
        detector.learn(state, x, at, np.zeros(_ROWS))
        at = at + _STEP_S
        if (detector.score(state, x, at).residual > _LASTS / 2).all():
            break
    return state, at


def _equal(a: Floats, b: Floats) -> bool:
    return bool(np.array_equal(a, b, equal_nan=True))
