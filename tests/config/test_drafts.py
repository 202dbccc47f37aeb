"""Drafts: what a person asks for, checked before it is in force."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from config.drafts import Draft, check_override, check_silence, parse_set
from config.errors import Wrong
from config.silences import ALWAYS
from routing.intervals import TimeInterval
from routing.labels import Matcher
from routing.oncall.schedule import Override
from routing.policy import Silence
from tests.scenarios.story import START, policy, rota

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
API, WEB = (Matcher(name="service", op="=", value=value) for value in ("api", "web"))
OLD = Silence(
    id="old",
    matchers=(API,),
    alternatives=((WEB,),),
    starts_at=NOW - HOUR,
    ends_at=NOW + HOUR,
    created_by="ana",
    comment="A move.",
)
NIGHT = TimeInterval(name="night", parts=())
GIVEN = replace(policy(schedules=(rota("web", "ana"),)), intervals=(NIGHT,))


def test_a_silence_lasts_an_hour_from_now_where_nothing_else_is_said() -> None:
    made = Draft(matchers=(API,), by="ana").silence(None, NOW)
    assert (made.starts_at, made.ends_at) == (NOW, NOW + HOUR)
    assert (made.matchers, made.created_by) == ((API,), "ana")
    assert made.id != Draft(matchers=(API,), by="bo").silence(None, NOW).id


def test_a_silence_that_recurs_has_no_end_of_its_own() -> None:
    made = Draft(matchers=(API,), during=("night",), by="ana").silence(None, NOW)
    assert made.ends_at == ALWAYS[1]
    check_silence(made, GIVEN, NOW)


def test_what_is_not_said_of_a_silence_that_is_changed_stays() -> None:
    made = Draft(lasts=2 * HOUR, by="bo").silence(OLD, NOW)
    assert made == replace(OLD, ends_at=NOW + 2 * HOUR, created_by="bo")
    assert Draft(matchers=(WEB,), by="ana").silence(OLD, NOW) == replace(
        OLD, matchers=(WEB,), alternatives=()
    )
    other = Matcher(name="service", op="=", value="shop")
    assert Draft(alternatives=((other,),), by="ana").silence(OLD, NOW) == replace(
        OLD, alternatives=((other,),)
    )


def test_times_that_are_thousands_of_years_away_are_wrong() -> None:
    late = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    with pytest.raises(Wrong, match="too far away"):
        Draft(matchers=(API,), starts_at=late, lasts=HOUR, by="ana").silence(None, NOW)
    made = Override(schedule="web", user="bo", starts_at=NOW, ends_at=late)
    with pytest.raises(Wrong, match="1970 to 9998"):
        check_override(made, GIVEN, NOW)


def test_a_silence_that_is_over_begins_anew() -> None:
    over = replace(OLD, ends_at=NOW - HOUR / 2)
    made = Draft(by="ana").silence(over, NOW)
    assert (made.starts_at, made.ends_at) == (NOW, NOW + HOUR)


def test_a_silence_that_is_to_come_lasts_from_its_start() -> None:
    made = Draft(matchers=(API,), starts_at=NOW + HOUR, lasts=HOUR, by="ana").silence(None, NOW)
    assert (made.starts_at, made.ends_at) == (NOW + HOUR, NOW + 2 * HOUR)


def test_sets_alone_are_enough() -> None:
    made = Draft(alternatives=((WEB,), (API,)), by="ana").silence(None, NOW)
    assert (made.matchers, made.alternatives) == ((WEB,), ((API,),))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"matchers": ()}, "silences everything"),
        ({"alternatives": ((Matcher(name="a", op="!=", value="b"),),)}, "silences everything"),
        ({"during": ("nigth",)}, 'no time interval "nigth" (did you mean "night"?)'),
        ({"ends_at": NOW - HOUR / 2}, "over already"),
        ({"starts_at": NOW + 2 * HOUR}, "above zero and at most a year"),
        ({"ends_at": NOW + timedelta(days=367)}, "above zero and at most a year"),
    ],
)
def test_a_silence_that_will_not_do_is_refused(changes: dict[str, object], problem: str) -> None:
    check_silence(OLD, GIVEN, NOW)
    with pytest.raises(Wrong) as caught:
        check_silence(replace(OLD, **changes), GIVEN, NOW)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"schedule": "wbe"}, 'no schedule "wbe" (did you mean "web"?)'),
        ({"user": "zoe"}, 'no user "zoe"'),
        ({"replaces": "bo"}, "cannot stand in for bo"),
        ({"replaces": "", "is_swap": True}, "between two people"),
        ({"ends_at": START}, "still to come"),
    ],
)
def test_an_override_that_will_not_do_is_refused(changes: dict[str, object], problem: str) -> None:
    span = {"starts_at": NOW, "ends_at": NOW + HOUR}
    made = Override(id="o", schedule="web", user="bo", replaces="ana", **span)
    check_override(made, GIVEN, NOW)
    with pytest.raises(Wrong) as caught:
        check_override(replace(made, **changes), GIVEN, NOW)
    assert problem in str(caught.value)


def test_a_set_is_matchers_with_commas_between_them() -> None:
    found = parse_set('service="a, b", env!=test')
    assert [(one.name, one.value) for one in found] == [("service", "a, b"), ("env", "test")]
    for text, problem in (
        ("a==b", "no operator =="),
        ("", "no matcher"),
        ("a", "after"),
        ('a="', "quotes"),
    ):
        with pytest.raises(Wrong, match=problem):
            parse_set(text)
