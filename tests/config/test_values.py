"""Durations, budgets and matchers read back as they are written."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.durations import parse_budget, parse_duration
from config.errors import Wrong
from config.interpolation import interpolate
from config.matchers import parse_matcher, show
from routing.labels import Matcher
from routing.wording import say


@given(st.integers(0, 10**12).map(lambda ms: timedelta(milliseconds=ms)))
def test_a_duration_reads_back(duration: timedelta) -> None:
    assert parse_duration(say(duration)) == duration


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none())
def test_what_is_no_duration_is_refused_and_nothing_worse(value: object) -> None:
    try:
        parsed = parse_duration(value)
    except Wrong as error:
        said = str(error)
    else:
        said = say(parsed)
    assert said


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "5M", "1h30", "1e3s", "٥m", "5m\n"])
def test_a_duration_needs_number_and_unit(text: str) -> None:
    with pytest.raises(Wrong):
        parse_duration(text)


@pytest.mark.parametrize("text", ["30d", "1/", "0/30d", "1/0s", "1/30", "x/1d", "1 per 30d"])
def test_a_budget_needs_a_count_and_a_period(text: str) -> None:
    with pytest.raises(Wrong):
        parse_budget(text)


_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,20}", fullmatch=True)


@given(_NAMES, st.sampled_from(["=", "!="]), st.text(max_size=40))
def test_a_matcher_reads_back(name: str, op: str, value: str) -> None:
    matcher = Matcher(name=name, op=op, value=value)  # type: ignore[arg-type]
    assert parse_matcher(show(matcher)) == matcher


@given(st.text(max_size=60))
def test_what_is_no_matcher_is_refused_and_nothing_worse(text: str) -> None:
    try:
        matcher = parse_matcher(text)
    except Wrong as error:
        assert 0 <= error.offset <= len(text)  # noqa: PT017
    else:
        assert parse_matcher(show(matcher)) == matcher


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("service=checkout", "checkout"),
        ('service = "check out"', "check out"),
        ('service=""', ""),
        ("service=", ""),
        (r'service="say \"hi\""', 'say "hi"'),
        (r'service=~"a\\.b"', r"a\.b"),
        (r'service=~"a\.b"', r"a\.b"),
        ("service=~web-[0-9]+", "web-[0-9]+"),
    ],
)
def test_a_value_is_read_with_and_without_quotes(text: str, value: str) -> None:
    assert parse_matcher(text).value == value


@given(st.text(alphabet="${}:-ABab_ \\"))
def test_interpolation_fills_or_refuses(text: str) -> None:
    try:
        filled = interpolate(text, {"A": "1"})
    except Wrong as error:
        assert "is not set" in str(error)  # noqa: PT017
    else:
        assert "${A}" not in filled.replace("$${A}", "") or "$${A}" in text
