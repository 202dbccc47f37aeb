"""Silences: which mute, until when, and which are kept."""

from routing.alert import Alert, Severity
from routing.labels import Matcher
from routing.mute import names, quiet_until
from routing.policy import Silence
from routing.silences import cut, in_force, kept, quiet
from tests.scenarios.story import START, minutes

ALERT = Alert(labels={"service": "api"}, severity=Severity.ERROR, starts_at=START)
API = Matcher(name="service", op="=", value="api")


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
    assert in_force([written], made)[0].ends_at == START
    assert list(kept([written], made, START + minutes(1))) == ["w"]
    assert kept([written], made, START + minutes(61)) == {}
