"""Silences: which mute, until when, and which are kept."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.alert import Alert, Severity
from routing.intervals import Part, TimeInterval, contains
from routing.labels import Matcher
from routing.mute import Quiet, names, quiet_until
from routing.policy import Silence
from routing.silences import KEPT, Silences, SilenceState, cut, in_order, kept, state
from tests.scenarios.story import START, minutes

ALERT = Alert(labels={"service": "api"}, severity=Severity.ERROR, starts_at=START)
API = Matcher(name="service", op="=", value="api")


NIGHT = TimeInterval(name="night", parts=(Part(times=((0, 240),)),))
INTERVALS = {"night": NIGHT}


def quiet(alerts: dict[str, Alert], given: list[Silence], now: datetime) -> Quiet:
    return Silences(given, {}, INTERVALS.get).quiet(alerts, now)


def silence(id_: str, start: float, end: float, *matchers: Matcher) -> Silence:
    return Silence(
        id=id_,
        matchers=matchers,
        starts_at=START + minutes(start),
        ends_at=START + minutes(end),
    )


def test_a_silence_mutes_from_its_start_and_not_at_its_end() -> None:
    made = silence("s", 1, 2, API)
    muted = [bool(quiet({"fp": ALERT}, [made], START + minutes(m))) for m in (0.9, 1, 1.9, 2)]
    assert muted == [False, True, True, False]


def test_a_silence_without_matchers_mutes_nothing() -> None:
    assert quiet({"fp": ALERT}, [silence("s", 0, 9)], START) == {}


def test_an_alert_is_heard_again_when_the_last_of_its_silences_ends() -> None:
    both = [silence("a", 0, 5, API), silence("b", 0, 7, API)]
    muted = quiet({"fp": ALERT}, both, START)
    assert names(muted) == ("a", "b")
    assert quiet_until(muted) == START + minutes(7)
    assert quiet_until({}) is None


def test_severity_can_be_silenced() -> None:
    errors = Matcher(name="severity", op="=~", value="error|warning")
    assert quiet({"fp": ALERT}, [silence("s", 0, 1, errors)], START)


def test_a_command_wins_over_the_policy_and_is_kept_while_it_matters() -> None:
    written = silence("w", 0, 60, API)
    made = {"w": cut(written, START), "gone": silence("gone", -9, -1, API)}
    found = Silences([written], made, INTERVALS.get).get("w")
    assert found is not None
    assert found.ends_at == START
    later = START + KEPT
    assert list(kept([written], made, later - minutes(2))) == ["w", "gone"]
    lasting = replace(written, ends_at=later + minutes(60))
    assert list(kept([lasting], made, later + minutes(1))) == ["w"]
    assert kept([written], made, later + minutes(61)) == {}


def test_a_silence_is_pending_then_active_then_expired() -> None:
    made = silence("s", 1, 2, API)
    assert [state(made, START + minutes(m)) for m in (0, 1, 2)] == [
        SilenceState.PENDING,
        SilenceState.ACTIVE,
        SilenceState.EXPIRED,
    ]
    cut_short = cut(made, START)
    assert state(cut_short, START) is SilenceState.EXPIRED


def test_any_of_several_sets_of_matchers_will_do_and_all_of_one_must() -> None:
    web, prod = (Matcher(name=n, op="=", value=v) for n, v in (("service", "web"), ("env", "prod")))
    made = replace(silence("s", 0, 9, web), alternatives=((API, prod), ()))
    prod_api = replace(ALERT, labels={"service": "api", "env": "prod"})
    assert set(quiet({"dev": ALERT, "prod": prod_api}, [made], START)) == {"prod"}


def test_a_silence_that_recurs_mutes_until_the_interval_ends_and_again_in_the_next() -> None:
    made = replace(silence("s", 0, 60 * 24 * 2, API), during=("night",))
    for hours, ends in ((0, 1), (2, None), (21.5, 25), (24.5, 25), (47, 48)):
        muted = quiet({"fp": ALERT}, [made], START + minutes(60 * hours))
        until = quiet_until(muted)
        assert until == (START + minutes(60 * ends) if ends else None), hours


def test_an_interval_that_nobody_knows_mutes_nothing() -> None:
    made = replace(silence("s", 0, 9, API), during=("nosuch",))
    assert quiet({"fp": ALERT}, [made], START) == {}


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 9), st.booleans()), max_size=5))
def test_the_index_mutes_what_each_silence_alone_mutes(
    drawn: list[tuple[int, int, bool]],
) -> None:
    made = [
        replace(silence(f"s{n}", first, last, API), during=("night",) if recurs else ())
        for n, (first, last, recurs) in enumerate(drawn)
    ]
    expected = {
        one.id
        for one in made
        if one.starts_at <= START < one.ends_at and (not one.during or contains(NIGHT, START))
    }
    muted = quiet({"fp": ALERT}, made, START)
    assert {mute.name for mute in muted.get("fp", ())} == expected


def test_silences_are_listed_as_they_matter() -> None:
    given = [
        silence("over", 0, 5, API),
        silence("long over", 0, 1, API),
        silence("to come", 20, 30, API),
        silence("next", 15, 90, API),
        silence("long", 0, 99, API),
        silence("short", 5, 12, API),
    ]
    named = [one.id for one in in_order(given, START + minutes(10))]
    assert named == ["short", "long", "next", "to come", "over", "long over"]
